import { randomFillSync } from 'node:crypto';

/** The prefix of each kind of object's id, and the name of its GraphQL type. One line makes a type reachable by `node(id)`. */
export const idPrefixes = {
  org: 'Organization',
  mem: 'Member',
  key: 'ApiKey',
  acc: 'Account',
  le: 'LegalEntity',
  plan: 'Plan',
  plv: 'PlanVersion',
  price: 'Price',
  cpn: 'Coupon',
  promo: 'PromotionCode',
  dis: 'Discount',
  plm: 'PlanMigration',
  sub: 'Subscription',
  si: 'SubscriptionItem',
  sch: 'PendingChange',
  chg: 'Charge',
  inv: 'Invoice',
  il: 'InvoiceLine',
  invd: 'InvoiceDiscount',
  cg: 'CreditGrant',
  ce: 'CreditEntry',
  crh: 'CreditHold',
  ctu: 'CreditTopUp',
  cn: 'CreditNote',
  cnl: 'CreditNoteLine',
  txr: 'TaxRate',
  txn: 'TaxRegistration',
  pay: 'Payment',
  att: 'PaymentAttempt',
  app: 'PaymentApplication',
  pm: 'PaymentMethod',
  re: 'Refund',
  rcp: 'Receipt',
  spe: 'StripeEvent',
  evt: 'Event',
  clk: 'TestClock',
  strc: 'StripeConnection',
} as const;

export type IdPrefix = keyof typeof idPrefixes;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Crockford's base 32 as TypeID has it: 26 characters for 128 bits, so the first is at most 7. */
const globalIdPattern = /^([a-z]{2,8})_([0-7][0-9a-hjkmnp-tv-z]{25})$/;
const longestGlobalId = 8 + 1 + 26;

/** Random bytes are drawn for many ids at once: one system call each would cost more than the id. */
const bytesPerId = 10;
const randomPool = Buffer.alloc(bytesPerId * 400);
let randomAt = randomPool.length;
const { timeOrigin } = performance;
let lastMillisecond = 0;
let counter = 0;

/**
 * A new UUID version 7 (RFC 9562): 48 bits of milliseconds, a 12-bit counter that begins at random below its
 * half, 62 random bits. Within a process ids only grow, also when the clock of the machine is set back,
 * so rows made in order sort in order. The time in it orders ids; nothing may read it as a business time.
 */
export function newId(): string {
  if (randomAt === randomPool.length) {
    randomFillSync(randomPool);
    randomAt = 0;
  }
  const start = randomAt;
  randomAt += bytesPerId;
  nextTick(randomPool.readUInt16BE(start));
  randomPool[start + 2] = ((randomPool[start + 2] ?? 0) & 0x3f) | 0x80;
  const tick = lastMillisecond.toString(16).padStart(12, '0');
  const tail = randomPool.toString('hex', start + 2, start + bytesPerId);
  const sequence = counter.toString(16).padStart(3, '0');
  return `${tick.slice(0, 8)}-${tick.slice(8)}-7${sequence}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** Moves to the next (millisecond, counter) pair; a full counter borrows from the next millisecond. */
function nextTick(seed: number): void {
  const now = Math.floor(timeOrigin + performance.now());
  if (now > lastMillisecond) {
    lastMillisecond = now;
    counter = seed & 0x7ff;
  } else if (counter < 0xfff) {
    counter += 1;
  } else {
    lastMillisecond += 1;
    counter = seed & 0x7ff;
  }
}

/** True for the text of a uuid in lower case, as PostgreSQL prints it. */
export function isUuid(text: string): boolean {
  return text.length === 36 && uuidPattern.test(text);
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const valueOfCharacter = new Map([...alphabet].map((character, value): [string, number] => [character, value]));

/**
 * The id as clients see it: `toGlobalId('acc', uuid)` is `acc_01j…` (TypeID 0.3: 128 bits behind two zero bits, in
 * Crockford's base 32). Throws on text that is not a uuid. Written by hand because lists need hundreds of them.
 */
export function toGlobalId(prefix: IdPrefix, uuid: string): string {
  if (!isUuid(uuid)) throw new TypeError('not a uuid');
  let text = `${prefix}_`;
  let held = 0;
  let bits = 2;
  for (let at = 0; at < 36; at += 1) {
    const code = uuid.charCodeAt(at);
    if (code === 45) continue;
    held = (held << 4) | (code < 58 ? code - 48 : code - 87);
    bits += 4;
    if (bits >= 5) {
      bits -= 5;
      text += alphabet[held >> bits];
      held &= (1 << bits) - 1;
    }
  }
  return text;
}

/** The uuid behind a client's id, or null if it is of another kind or no id at all. Never throws. */
export function fromGlobalId(prefix: IdPrefix, text: string): string | null {
  const parsed = parseGlobalId(text);
  return parsed?.prefix === prefix ? parsed.uuid : null;
}

/** Kind and uuid of a client's id of any kind, or null: what `node(id)` begins with. Never throws. */
export function parseGlobalId(text: string): { prefix: IdPrefix; uuid: string } | null {
  if (typeof text !== 'string' || text.length > longestGlobalId) return null;
  const match = globalIdPattern.exec(text);
  if (!match) return null;
  const [, prefix = '', suffix = ''] = match;
  if (!Object.hasOwn(idPrefixes, prefix)) return null;
  return { prefix: prefix as IdPrefix, uuid: uuidOfSuffix(suffix) };
}

function uuidOfSuffix(suffix: string): string {
  let digits = '';
  let held = 0;
  let bits = -2;
  for (const character of suffix) {
    held = (held << 5) | (valueOfCharacter.get(character) ?? 0);
    bits += 5;
    while (bits >= 4) {
      bits -= 4;
      digits += (held >> bits).toString(16);
      held &= (1 << bits) - 1;
    }
  }
  const part = (from: number, to: number) => digits.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
}
