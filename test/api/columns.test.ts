import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GraphQLObjectType, getNamedType, isObjectType } from 'graphql';
import { type FullOrganization, fullOrganization } from '../support/full-organization.ts';
import { selectionOf } from '../support/schema-selection.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let full: FullOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  full = await fullOrganization(world, 'columns');
});

afterAll(() => world.close());

interface Listed {
  list: { nodes: Record<string, unknown>[] };
}

const lists: Record<string, (selection: string) => string> = {
  Invoice: (selection) => `{ list: invoices { nodes { id ${selection} } } }`,
  InvoiceLine: (selection) => `{ list: invoices { nodes { id lines { id ${selection} } } } }`,
  Subscription: (selection) => `{ list: subscriptions { nodes { id ${selection} } } }`,
};

/** Fields that need no arguments, each with its whole selection. */
function fieldsOf(name: string): { name: string; selection: string }[] {
  const type = world.schema.getType(name) as GraphQLObjectType;
  return Object.values(type.getFields()).flatMap((field) => {
    const inner = isObjectType(getNamedType(field.type)) ? selectionOf(field.type, 1) : '';
    return inner.startsWith('{ __typename') ? [] : [{ name: field.name, selection: `${field.name} ${inner}` }];
  });
}

async function read(type: string, selection: string): Promise<Record<string, unknown>[]> {
  const answer = await world.graphql<Listed>(lists[type]!(selection), {}, { as: full.organization });
  expect(answer.errors).toBeUndefined();
  const { nodes } = answer.data!.list;
  return type === 'InvoiceLine' ? nodes.flatMap((node) => node.lines as Record<string, unknown>[]) : nodes;
}

describe('a field answers the same alone as among all others', () => {
  it.each(Object.keys(lists))('%s', async (type) => {
    const fields = fieldsOf(type);
    const all = await read(type, fields.map(({ selection }) => selection).join(' '));
    expect(all.length).toBeGreaterThan(0);
    for (const { name, selection } of fields) {
      const alone = await read(type, selection);
      expect({ name, values: alone.map((node) => node[name]) }).toEqual({
        name,
        values: all.map((node) => node[name]),
      });
    }
  });
});
