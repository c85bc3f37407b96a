import { describe, expect, it } from '@jest/globals';
import { beneath, partOf } from './floors.ts';
import { sources } from './source.ts';

/** Where each table is declared: its owner. */
const owners = new Map(
  sources.flatMap(({ path, code }) =>
    [...code.matchAll(/tableName: '([a-z_]+)'/g)].map(([, table]) => [table!, partOf(path)!] as const),
  ),
);

/** Statements that look up, with the reason. Nothing is to be added here that could be told by a fact or an argument. */
const looksUp: Readonly<Record<string, string>> = {
  'src/collecting/credits/debts-behind.ts invoices': 'invoices are locked before credit, and a hold is ended here',
  'src/collecting/credits/grant-credit.ts plans': 'credit may be for some plans: are there such ones?',
  'src/collecting/credits/load-balances.ts plan_versions': 'lines name prices, grants name plans',
  'src/collecting/credits/load-balances.ts prices': 'the same',
  'src/collecting/tax/check-tax-id.ts legal_entities': 'a register asks who is asking',
  'src/collecting/tax/create-tax-registration.ts legal_entities': 'registrations are of issuers',
  'src/collecting/tax/watch-tax-ids.ts legal_entities': 'issuers say how old an answer may be',
  'src/collecting/wallets/refund-bought.ts refunds': 'of which payment an earlier refund was',
  'src/selling/coupons/give-discounts.ts subscriptions': 'has the account bought anything before?',
};

/** The tables that statements of a file name behind one of these words, that others own. */
function foreignTables(words: string): { path: string; part: string; table: string; owner: string }[] {
  const pattern = new RegExp(`\\b(?:${words})\\s+(?:only\\s+)?([a-z_]+)\\b`, 'g');
  return sources.flatMap(({ path, code }) => {
    const part = partOf(path)!;
    const named = new Set([...code.matchAll(pattern)].map(([, table]) => table!));
    return [...named].flatMap((table) => {
      const owner = owners.get(table);
      return owner && owner !== part ? [{ path, part, table, owner }] : [];
    });
  });
}

describe('statements', () => {
  it('look down as calls do: at tables of their own part and those beneath', () => {
    const up = foreignTables('from|join').filter(({ part, owner }) => !beneath(part).has(owner));
    expect(up.map(({ path, table }) => `${path} ${table}`).sort()).toEqual(Object.keys(looksUp));
  });

  it('write no table of another module', () => {
    const written = foreignTables('update|insert into|delete from').map(({ path, table }) => `${path} ${table}`);
    // Facts belong to all: what they keep of a person goes with the account.
    expect(written).toEqual(['src/accounts/erase-account.ts facts']);
  });

  it('nor do rows that are gathered', () => {
    const written = sources.flatMap(({ path, code }) => {
      const foreign = [...code.matchAll(/import \{([^}]*)\} from '[^']*\/index\.ts'/g)].flatMap(([, names]) =>
        names!.match(/\w+/g),
      );
      return [...code.matchAll(/\bwork\.(?:insert|update)\(\s*(\w+Entity)/g)].flatMap(([, entity]) =>
        foreign.includes(entity!) ? [`${path} ${entity}`] : [],
      );
    });
    expect(written).toEqual([]);
  });
});
