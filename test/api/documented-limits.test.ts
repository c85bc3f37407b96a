import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { createGuard } from '../../src/entrypoints/graphql/guard.ts';
import { documentLimits } from '../../src/entrypoints/graphql/limits.ts';
import { modules } from '../../src/modules.ts';
import { buildSchema } from '../../src/schema.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/frontend.md', import.meta.url)), 'utf8');
const guard = createGuard({ schema: buildSchema(modules) });

/** The cell beside the first row that begins so. */
function stated(row: string): string {
  const line = page.split('\n').find((one) => one.startsWith(`| ${row}`));
  return line?.split('|')[2]?.trim() ?? `no row "${row}"`;
}

describe('the limits that the documentation names', () => {
  it('are those of the door', () => {
    const { depth, aliases, rootFields, repeats, fields, fragments, directives } = documentLimits;
    const count = (number: number) => number.toLocaleString('en');
    expect(stated('levels of fields')).toBe(count(depth));
    expect(stated('aliases')).toBe(count(aliases));
    expect(stated('root fields')).toBe(count(rootFields));
    expect(stated('fields of the same name')).toBe(count(repeats));
    expect(stated('fields in all')).toBe([fields, fragments, directives].map(count).join('; '));
    expect(stated('tokens')).toBe(count(guard.maxTokens));
  });

  it('let thirty aliased root fields through', () => {
    const roots = Array.from({ length: 30 }, (_, index) => `a${index}: viewer { mode }`).join(' ');
    expect(guard.admit(`{ ${roots} }`, null, {})?.rootFields).toHaveLength(30);
  });

  it('come with an example that costs what it says', () => {
    const example = /```graphql\n(query \{ invoices\(first: 50\)[\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(page).toContain('= 600 points');
    expect(guard.admit(example, null, {})?.cost).toBe(600);
    const most = Number(stated('points of one operation').replace(',', ''));
    const invoices = (alias: string) => `${alias}: invoices(first: 50) { nodes { account { name } lines { id } } }`;
    const text = (count: number) =>
      `{ ${Array.from({ length: count }, (_, index) => invoices(`a${index}`)).join(' ')} }`;
    const fit = Math.floor(most / 600);
    expect(guard.admit(text(fit), null, {})?.cost).toBe(600 * fit);
    expect(() => guard.admit(text(fit + 1), null, {})).toThrow(`at most ${most} are allowed`);
  });
});
