import fc from 'fast-check';

/** 26 offsets from −12 to +14, half and quarter hours, and the zones whose clocks have surprised others. */
export const ZONES: readonly string[] = [
  'UTC',
  'Etc/GMT+12',
  'Pacific/Pago_Pago',
  'Pacific/Honolulu',
  'America/Juneau',
  'America/Los_Angeles',
  'America/Denver',
  'America/Chicago',
  'America/New_York',
  'America/Caracas',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Santiago',
  'Atlantic/Azores',
  'Europe/London',
  'Europe/Dublin',
  'Europe/Berlin',
  'Africa/Cairo',
  'Asia/Beirut',
  'Europe/Moscow',
  'Asia/Tehran',
  'Asia/Dubai',
  'Asia/Kabul',
  'Asia/Karachi',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Dhaka',
  'Asia/Yangon',
  'Asia/Bangkok',
  'Asia/Shanghai',
  'Asia/Tokyo',
  'Australia/Adelaide',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Pacific/Noumea',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Pacific/Kiritimati',
];

/** Zones whose daylight saving the incidents of the field were about. */
export const DST_ZONES: readonly string[] = [
  'America/New_York',
  'America/Los_Angeles',
  'America/Juneau',
  'Europe/London',
  'America/Sao_Paulo',
  'Australia/Sydney',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
];

export const anyZone = fc.constantFrom(...ZONES);

const FIRST = Date.UTC(1965, 0, 1);
const LAST = Date.UTC(2060, 0, 1);

/** Instants on either side of the epoch; half of them on a quarter of an hour, where clocks change. */
export const anyInstant = fc
  .oneof(
    fc.integer({ min: FIRST, max: LAST }),
    fc.integer({ min: FIRST / 900_000, max: LAST / 900_000 }).map((quarter) => quarter * 900_000),
  )
  .map((milliseconds) => new Date(milliseconds));
