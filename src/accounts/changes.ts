import type { Fact } from '../platform/outbox.ts';

/** What a mutation changed, by field, as the audit keeps it. */
export type Change = Record<string, { old: unknown; new: unknown }>;

/** The fields of a new row that say something. */
export function creationOf<Row extends object>(row: Row, keys: readonly (keyof Row & string)[]): Change {
  return Object.fromEntries(keys.filter((key) => !isEmpty(row[key])).map((key) => [key, { old: null, new: row[key] }]));
}

/** The fields whose value differs, old and new; null if none does. Fields left out (undefined) are unchanged. */
export function changeOf<Row extends object>(row: Row, wanted: Partial<Row>): Change | null {
  const changed: Change = {};
  for (const [key, value] of Object.entries(wanted)) {
    const old = (row as Record<string, unknown>)[key];
    if (value === undefined || isSame(old, value)) continue;
    changed[key] = { old: old ?? null, new: value };
  }
  return Object.keys(changed).length > 0 ? changed : null;
}

/** The new values of a change, to write. */
export function changedValues<Row extends object>(change: Change): Partial<Row> {
  return Object.fromEntries(Object.entries(change).map(([key, { new: value }]) => [key, value])) as Partial<Row>;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.length === 0);
}

function isSame(left: unknown, right: unknown): boolean {
  return canonical(left) === canonical(right);
}

/** JSON columns come back with their keys in another order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value instanceof Date || typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}

/** An account was changed at an instant of its clock, by somebody or because one above it was. */
export function accountUpdated(account: { organizationId: string; id: string }, change: Change, at: Date): Fact {
  const { organizationId, id } = account;
  return {
    type: 'account.updated',
    ...{ organizationId, objectType: 'account', objectId: id, accountId: id, at },
    data: { accountId: id, changed: Object.keys(change).sort() },
    change,
  };
}
