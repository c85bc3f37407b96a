/**
 * The law of the house as data: which parts of `src` a part may import. The same picture as the tree in
 * `src/README.md`. A part is the longest listed path a file lies under.
 */
export const floors: Readonly<Record<string, readonly string[]>> = {
  'src/rules': [],
  'src/config.ts': [],
  'src/platform': ['src/rules', 'src/config.ts'],
  'src/accounts': ['src/platform', 'src/rules', 'src/config.ts'],

  'src/collecting/ledger': ['src/accounts'],
  'src/collecting/tax': ['src/accounts'],
  'src/collecting/credits': ['src/collecting/ledger', 'src/collecting/tax'],
  'src/collecting/invoicing': ['src/collecting/credits'],
  'src/collecting/wallets': ['src/collecting/invoicing'],
  'src/collecting/payments': ['src/collecting/wallets'],
  'src/collecting/documents': ['src/collecting/payments'],
  'src/collecting/dunning': ['src/collecting/payments'],

  'src/selling/catalog': ['src/collecting/dunning', 'src/collecting/documents', 'src/collecting/payments'],
  'src/selling/coupons': ['src/selling/catalog'],
  'src/selling/subscriptions': ['src/selling/coupons'],
  'src/selling/plan-migrations': ['src/selling/subscriptions'],

  'src/reporting/audit': ['src/selling/subscriptions'],
  'src/reporting/books': ['src/selling/subscriptions'],
  'src/reporting/exchange-rates': ['src/accounts'],
  'src/reporting/live': ['src/selling/subscriptions'],

  'src/modules.ts': [
    'src/selling/plan-migrations',
    'src/reporting/audit',
    'src/reporting/books',
    'src/reporting/exchange-rates',
    'src/reporting/live',
  ],
  'src/schema.ts': ['src/modules.ts'],
  'src/app.ts': ['src/modules.ts'],
  'src/entrypoints': ['src/app.ts', 'src/schema.ts'],
  'src/main.ts': ['src/entrypoints'],
  'src/entrypoints/cli': ['src/main.ts'],
};

/** Every part beneath a part: what it may import, and what those may. */
export function beneath(part: string): Set<string> {
  const found = new Set<string>();
  const walk = (name: string) => {
    for (const lower of floors[name] ?? []) {
      if (found.has(lower)) continue;
      found.add(lower);
      walk(lower);
    }
  };
  walk(part);
  return found;
}

export function partOf(file: string): string | undefined {
  return Object.keys(floors)
    .filter((part) => file === part || file.startsWith(`${part}/`))
    .sort((left, right) => right.length - left.length)[0];
}

/** A module: entered from other parts through its `index.ts`, or by the app through its `*.module.ts`. */
export const modulePattern = /^src\/(accounts|(?:collecting|selling|reporting)\/[a-z-]+)\//;
