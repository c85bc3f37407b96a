import { createHash } from 'node:crypto';
import { badUserInput } from './errors.ts';
import { type IdPrefix, idPrefixes, isUuid, toGlobalId } from './id.ts';

const markBytes = 8;
const sequenceBytes = 8;
const cursorPattern = /^[\w-]{22}$/;

/**
 * The place behind a fact in its organization's order, as clients keep it: the same in `events` and in live updates. Opaque,
 * and of no use to another organization.
 */
export function eventCursor(organizationId: string, sequence: bigint): string {
  const bytes = Buffer.alloc(sequenceBytes + markBytes);
  bytes.writeBigInt64BE(sequence);
  markOf(organizationId, sequence).copy(bytes, sequenceBytes);
  return bytes.toString('base64url');
}

/** The sequence behind a cursor. BAD_USER_INPUT at the argument for garbled ones and those of another organization alike. */
export function readEventCursor(organizationId: string, cursor: string, argument: string): bigint {
  const bytes = cursorPattern.test(cursor) ? Buffer.from(cursor, 'base64url') : null;
  const sequence = bytes?.readBigInt64BE() ?? -1n;
  if (!bytes || sequence < 0n || eventCursor(organizationId, sequence) !== cursor) {
    throw badUserInput([argument], 'This is no cursor of these events.');
  }
  return sequence;
}

/** Not a secret: it tells a cursor of another organization, or a mistyped one, from one of this. */
function markOf(organizationId: string, sequence: bigint): Buffer {
  return createHash('sha256').update(`live ${organizationId} ${sequence}`).digest().subarray(0, markBytes);
}

/** `payment_method` for `PaymentMethod`, as facts name their objects. */
const snakeCase = (name: string) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();

const prefixByObjectType = new Map(
  Object.entries(idPrefixes).map(([prefix, name]): [string, IdPrefix] => [snakeCase(name), prefix as IdPrefix]),
);

/** The id of a fact's object as clients know it, or null for an object that has none. */
export function objectIdText(objectType: string, uuid: string): string | null {
  const prefix = prefixByObjectType.get(objectType);
  return prefix ? toGlobalId(prefix, uuid) : null;
}

const prefixByStem = new Map(
  Object.entries(idPrefixes).map(([prefix, name]): [string, IdPrefix] => [name.toLowerCase(), prefix as IdPrefix]),
);
/** Keys whose words do not end in the name of a type. */
const otherStems: Readonly<Record<string, IdPrefix>> = {
  attempt: 'att',
  application: 'app',
  line: 'il',
  item: 'si',
  clock: 'clk',
};

/** `accountId` and `billToAccountId` are of accounts: the longest type name that the key ends in decides. */
function prefixOfKey(key: string): IdPrefix | null {
  const match = /^(.*?)Ids?$/.exec(key);
  if (!match) return null;
  const words = match[1]!.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  for (let from = 0; from < words.length; from += 1) {
    const stem = words.slice(from).join('');
    const prefix = prefixByStem.get(stem) ?? (Object.hasOwn(otherStems, stem) ? otherStems[stem] : undefined);
    if (prefix) return prefix;
  }
  return null;
}

/** An actor as clients know it, from the text that facts and history keep. */
export function readActor(text: string): { type: string; id: string } {
  const [type = '', ...rest] = text.split(':');
  const id = rest.join(':');
  return { type, id: isUuid(id) ? (objectIdText(type, id) ?? id) : id };
}

/** What changed, field by field with its old and its new value, as clients see it. */
export function publicChange(change: unknown): unknown {
  if (typeof change !== 'object' || change === null) return change;
  const fields = Object.entries(change).map(([field, values]): [string, unknown] => {
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      return [field, publicValue(field, values)];
    const sides = Object.entries(values as Record<string, unknown>);
    const isSides = sides.every(([side]) => side === 'old' || side === 'new');
    const told = sides.map(([side, value]) => [side, publicValue(isSides ? field : side, value)]);
    return [field, Object.fromEntries(told)];
  });
  return Object.fromEntries(fields);
}

/** A fact's data as clients see it: the ids in it are those of the API. */
export function publicData(data: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, publicValue(key, value)]));
}

/** One value of a fact or of a history; `key` says what an id in it is of. */
export function publicValue(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => publicValue(key, part));
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return publicData(value as Record<string, unknown>);
  const prefix = typeof value === 'string' && isUuid(value) ? prefixOfKey(key) : null;
  return prefix ? toGlobalId(prefix, value as string) : value;
}
