import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  buildSchema as buildSchemaFromText,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  parse,
  printSchema,
  validateSchema,
} from 'graphql';
import { schemaText } from '../../src/entrypoints/cli/schema.ts';
import { costOfOperation, costRules } from '../../src/entrypoints/graphql/cost.ts';
import { modules } from '../../src/modules.ts';
import { buildSchema } from '../../src/schema.ts';

const schema = buildSchema(modules);
const types = Object.values(schema.getTypeMap()).filter((type) => !type.name.startsWith('__'));
const queries = Object.values(schema.getQueryType()?.getFields() ?? {});
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
const following = Object.values(schema.getSubscriptionType()?.getFields() ?? {});

/** What mutations begin with; a new one is added here on purpose, since an API with few verbs is learned once. */
const verbs =
  `add advance apply archive attach cancel capture change check confirm connect create deactivate decide delete detach disconnect end erase
  extend finalize grant hold log mark migrate pause publish reactivate record refresh release remove renew replace resume retry
  reverse revoke run set top unarchive undo update void withdraw`.split(/\s+/);

/** Mutations that have nothing to be told. */
const withoutInput = ['disconnectStripe', 'endSessions'];

const capital = (name: string) => `${name[0]?.toUpperCase()}${name.slice(1)}`;

interface Place {
  place: string;
  description: string | null | undefined;
}

function described(type: GraphQLNamedType): Place[] {
  const places: Place[] = [{ place: type.name, description: type.description }];
  if (isEnumType(type)) {
    for (const value of type.getValues()) places.push({ ...value, place: `${type.name}.${value.name}` });
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) places.push({ ...field, place: `${type.name}.${field.name}` });
  }
  for (const field of fieldsOf(type)) {
    places.push({ ...field, place: `${type.name}.${field.name}` });
    for (const argument of field.args) {
      places.push({ ...argument, place: `${type.name}.${field.name}(${argument.name})` });
    }
  }
  return places;
}

function fieldsOf(type: GraphQLNamedType): GraphQLField<unknown, unknown>[] {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

function allValues(): { place: string; name: string; type: string }[] {
  const listed = (place: string, entries: readonly (GraphQLArgument | GraphQLField<unknown, unknown>)[]) =>
    entries.map(({ name, type }) => ({ place: `${place}.${name}`, name, type: getNamedType(type).name }));
  return types.flatMap((type) => [
    ...listed(type.name, fieldsOf(type)),
    ...fieldsOf(type).flatMap((field) => listed(`${type.name}.${field.name}`, field.args)),
    ...(isInputObjectType(type)
      ? Object.values(type.getFields()).map((field) => ({
          place: `${type.name}.${field.name}`,
          name: field.name,
          type: getNamedType(field.type).name,
        }))
      : []),
  ]);
}

describe('the schema', () => {
  test('is the one that is committed (npm run schema writes it)', () => {
    const committed = readFileSync(join(process.cwd(), 'schema.graphql'), 'utf8');
    expect(committed === schemaText()).toBe(true);
  });

  test('is valid, and so is its text', () => {
    expect(validateSchema(schema)).toEqual([]);
    const read = buildSchemaFromText(printSchema(schema));
    expect(read.getSubscriptionType()?.name).toBe('LiveUpdates');
    expect(fieldsOf(read.getType('Subscription')!).map(({ name }) => name)).toContain('currentPeriod');
  });

  test('describes every type, field, argument, enum value and input field', () => {
    const silent = types.flatMap(described).filter(({ description }) => !description?.trim());
    expect(silent.map(({ place }) => place)).toEqual([]);
  });

  test('names types and fields as the others do', () => {
    const wrong = [
      ...types.filter(({ name }) => !/^[A-Z][A-Za-z0-9]*$/.test(name)).map(({ name }) => name),
      ...allValues().filter(({ name }) => !/^[a-z][A-Za-z0-9]*$/.test(name)),
      ...types
        .filter(isEnumType)
        .flatMap((type) => type.getValues())
        .filter(({ name }) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name)),
    ];
    expect(wrong).toEqual([]);
  });
});

describe('money', () => {
  test('is never a floating number', () => {
    expect(allValues().filter(({ type }) => type === 'Float')).toEqual([]);
  });

  test('is Money, or a whole or exact number of minor units', () => {
    // Steps of a derivation are in the main unit, and finer than any minor one: they are exact figures, not money.
    const exact = ['Money', 'MoneyInput', 'BigInt', 'Decimal', 'Exact'];
    const named = allValues().filter(({ name }) =>
      /(^|[a-z])(amount|total|balance|due|paid|price)$/i.test(name.replace(/(amount)Minor$/i, '$1')),
    );
    const wrong = named.filter(
      ({ type, name }) => !exact.includes(type) && !['price', 'quotePrice', 'pastDue'].includes(name),
    );
    expect(wrong).toEqual([]);
    expect(named.length).toBeGreaterThan(20);
  });
});

describe('mutations', () => {
  test.each(mutations.map((field) => [field.name, field] as const))('%s', (name, field) => {
    const [verb = '', noun] = name.split(/(?=[A-Z])/);
    expect(verbs).toContain(verb);
    expect(noun).toBeDefined();
    const asked = field.args.map((argument) => `${argument.name}: ${argument.type}`);
    expect(asked).toEqual(withoutInput.includes(name) ? [] : [`input: ${capital(name)}Input!`]);
    expect(String(field.type)).toBe(`${capital(name)}Payload!`);
    const answered = fieldsOf(getNamedType(field.type));
    expect(String(answered.find((one) => one.name === 'userErrors')?.type)).toBe('[UserError!]!');
    // Where it is refused there is nothing else to say.
    for (const one of answered) if (one.name !== 'userErrors') expect(isNonNullType(one.type)).toBe(false);
    expect(answered.length).toBeGreaterThan(1);
  });

  test('have inputs of their own', () => {
    const inputs = mutations.flatMap((field) => field.args.map((argument) => getNamedType(argument.type).name));
    expect(new Set(inputs).size).toBe(inputs.length);
  });
});

describe('lists', () => {
  const connections = types.filter(({ name }) => name.endsWith('Connection'));

  test.each(connections.map((type) => [type.name, type] as const))('%s', (name, type) => {
    const node = name.replace(/Connection$/, '');
    const fields = Object.fromEntries(fieldsOf(type).map((field) => [field.name, String(field.type)]));
    expect(fields).toEqual({
      edges: `[${node}Edge!]!`,
      nodes: `[${node}!]!`,
      pageInfo: 'PageInfo!',
      totalCount: 'Int!',
    });
  });

  test('are asked for page by page', () => {
    const pages = types.flatMap(fieldsOf).filter((field) => getNamedType(field.type).name.endsWith('Connection'));
    for (const field of pages) {
      const asked = Object.fromEntries(field.args.map((argument) => [argument.name, String(argument.type)]));
      expect(asked).toMatchObject({ first: 'Int', after: 'String', last: 'Int', before: 'String' });
    }
    expect(pages.length).toBeGreaterThan(10);
  });

  test('have no holes, but for ids that are asked for', () => {
    const holed = types
      .flatMap((type) => fieldsOf(type).map((field) => ({ place: `${type.name}.${field.name}`, type: field.type })))
      .map(({ place, type }) => ({ place, list: isNonNullType(type) ? type.ofType : type }))
      .filter(({ list }) => isListType(list) && !isNonNullType(list.ofType));
    expect(holed.map(({ place }) => place)).toEqual(['Query.nodes']);
  });
});

describe('objects', () => {
  const nodes = types.filter(isObjectType).filter((type) => type.getInterfaces().some(({ name }) => name === 'Node'));

  test.each(nodes.map((type) => [type.name, type] as const))(
    '%s has an id, and metadata where it changes',
    (_, type) => {
      const fields = Object.fromEntries(fieldsOf(type).map((field) => [field.name, String(field.type)]));
      expect(fields.id).toBe('ID!');
      if (fields.metadata !== undefined) {
        expect(fields).toMatchObject({ metadata: 'Metadata!', createdAt: 'DateTime!', updatedAt: 'DateTime!' });
      }
    },
  );

  test('queries by an id may find nothing', () => {
    const byId = queries.filter((field) => field.args.some(({ name }) => name === 'id'));
    expect(byId.filter((field) => isNonNullType(field.type)).map(({ name }) => name)).toEqual([]);
    expect(byId.length).toBeGreaterThan(8);
  });

  test('live updates resume from a cursor', () => {
    for (const field of following) {
      expect(field.args.map(({ name }) => name)).toContain('after');
      const told = fieldsOf(getNamedType(field.type)).map(({ name }) => name);
      expect(told).toEqual(expect.arrayContaining(['cursor', 'sequence', 'occurredAt']));
    }
    expect(following.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['paymentStatusChanged', 'paymentEvents', 'invoiceUpdated']),
    );
  });
});

describe('what questions cost', () => {
  test('parts that are free are types of the schema', () => {
    expect(costRules.freeTypes.filter((name) => !schema.getType(name))).toEqual([]);
  });

  test('a whole preview, derivations and what comes next included, can be asked for', () => {
    const taxes = 'taxes { name percent taxable { amountMinor } amount { amountMinor } }';
    const derivation = `derivation { planVersion { id version } quantitySteps { quantity } steps { __typename amount }
      discountSteps { __typename } taxSteps { __typename } }`;
    const invoice = `currency total { amountMinor } ${taxes} lines { description amount { amountMinor } ${taxes} ${derivation} }`;
    const document = parse(
      `{ previewSubscription(input: {}) { preview { token invoices { ${invoice} } upcoming { ${invoice} } } userErrors { code } } }`,
    );
    const operation = document.definitions[0] as OperationDefinitionNode;
    expect(costOfOperation(schema, document, operation, {}, costRules).points).toBeLessThanOrEqual(5_000);
  });
});
