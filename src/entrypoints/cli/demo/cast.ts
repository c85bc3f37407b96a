/** Who is in the demo: the same accounts in every demo, so that pictures and tests agree. */
export interface Player {
  externalId: string;
  name: string;
  email: string;
  region: Region;
  plan: string;
  seats: number;
  /** A method of the sandbox, or null for who pays by hand. */
  method: string | null;
  /** Days after the beginning of the demo's year on which the account comes. */
  comesOnDay: number;
  /** Days after coming on which it cancels, if it does. */
  leavesAfterDays: number | null;
  /** The external id of the account above it, which has come before. */
  parent?: string;
  /** What else is said of the account, and of its subscription. */
  account?: Record<string, unknown>;
  subscription?: Record<string, unknown>;
}

export interface Region {
  key: 'berlin' | 'new_york' | 'tokyo' | 'kuwait';
  currency: string;
  timezone: string;
  locale: string;
  country: string;
  city: string;
}

export const regions: readonly Region[] = [
  { key: 'berlin', currency: 'EUR', timezone: 'Europe/Berlin', locale: 'de-DE', country: 'DE', city: 'Berlin' },
  { key: 'new_york', currency: 'USD', timezone: 'America/New_York', locale: 'en-US', country: 'US', city: 'New York' },
  { key: 'tokyo', currency: 'JPY', timezone: 'Asia/Tokyo', locale: 'ja-JP', country: 'JP', city: 'Tokyo' },
  { key: 'kuwait', currency: 'KWD', timezone: 'Asia/Kuwait', locale: 'ar-KW', country: 'KW', city: 'Kuwait City' },
];

const firsts = [
  'Alder',
  'Birch',
  'Cedar',
  'Dune',
  'Ember',
  'Fjord',
  'Grove',
  'Harbor',
  'Iris',
  'Juniper',
  'Kestrel',
  'Linden',
  'Maple',
  'North',
  'Orchid',
  'Pine',
  'Quarry',
  'Rowan',
  'Sable',
  'Tern',
];
const seconds = [
  'Analytics',
  'Bakery',
  'Clinic',
  'Design',
  'Energy',
  'Freight',
  'Games',
  'Homes',
  'Labs',
  'Media',
  'Robotics',
  'Studio',
  'Travel',
];
const forms: Record<Region['key'], string> = { berlin: 'GmbH', new_york: 'Inc.', tokyo: 'K.K.', kuwait: 'W.L.L.' };

/** A small generator of our own, so that the cast depends on nothing but its seed. */
export function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * sides);
  };
}

/** Methods in the order in which they are dealt: most succeed, some do everything else that cards do. */
const troubles = [
  'insufficient_funds',
  'card_declined',
  'expired_card',
  'lost_card',
  'authentication_required',
  'processing_succeeds',
  'lost_answer_succeeded',
  'fraudulent',
];

/** The cast of a demo. Most come in the first weeks, the others over the year. */
export function cast(count: number): Player[] {
  const roll = dice(2026);
  return Array.from({ length: count }, (_, index) => {
    const region = regions[index % regions.length]!;
    const name = `${firsts[index % firsts.length]} ${seconds[Math.floor(index / firsts.length) % seconds.length]} ${forms[region.key]}`;
    const trouble = index % 9 === 4 ? troubles[Math.floor(index / 9) % troubles.length]! : null;
    return {
      externalId: `demo-${String(index + 1).padStart(4, '0')}`,
      name,
      email: `billing+${index + 1}@example.com`,
      region,
      plan: ['starter', 'starter', 'team', 'team', 'studio', 'annual', 'metro'][roll(7)]!,
      seats: 2 + roll(18),
      method: index % 14 === 6 ? null : (trouble ?? ['success', 'mastercard', 'amex'][roll(3)]!),
      comesOnDay: index < count * 0.6 ? roll(24) : 24 + roll(336),
      leavesAfterDays: roll(6) === 0 ? 40 + roll(200) : null,
    };
  });
}
