import { expect, test } from '@jest/globals';
import { holdLifecycle, nextOfHold } from '../../src/collecting/credits/credits.lifecycle.ts';
import { dunningLifecycle, dunningMove } from '../../src/collecting/dunning/dunning.lifecycle.ts';
import { nextFilingStatus, taxFilingLifecycle } from '../../src/collecting/invoicing/taxes/tax-filings.lifecycle.ts';
import { type LifecycleTable, moves } from '../../src/rules/lifecycle.ts';
import { discountLifecycle, nextDiscountStatus } from '../../src/selling/coupons/coupons.lifecycle.ts';

type Table = LifecycleTable<string, string>;

/** Every pair of a status and an event: where it leads by the words of this test, else nowhere. */
const lives: [string, Table, (from: string, event: never) => string | null | undefined, string[]][] = [
  ['hold', holdLifecycle, nextOfHold, ['held release released', 'held capture captured', 'held expire expired']],
  [
    'discount',
    discountLifecycle,
    nextDiscountStatus,
    ['active use_up used_up', 'active spend removed', 'active remove removed', 'used_up give_back active'],
  ],
  [
    'tax filing',
    taxFilingLifecycle,
    nextFilingStatus,
    ['waiting file filed', 'waiting refuse refused', 'waiting cancel canceled'],
  ],
  [
    'dunning run',
    dunningLifecycle,
    dunningMove,
    [
      ...['retrying', 'awaiting_method'].flatMap((from) => [
        `${from} fail_soft retrying`,
        `${from} fail_hard awaiting_method`,
        `${from} retry retrying`,
        `${from} give_up exhausted`,
        `${from} recover recovered`,
        `${from} stop stopped`,
      ]),
      ...['exhausted retry exhausted', 'exhausted recover recovered', 'exhausted stop stopped'],
      ...['recovered', 'stopped'].flatMap((from) => [
        `${from} fail_soft retrying`,
        `${from} fail_hard awaiting_method`,
      ]),
    ],
  ],
];

test.each(lives)('the life of a %s: each pair of status and event', (_, table, move, expected) => {
  expect(moves(table).map(({ from, event, to }) => `${from} ${event} ${to}`)).toEqual(expected);
  const events = [...new Set(moves(table).map(({ event }) => event))];
  for (const from of Object.keys(table)) {
    for (const event of events) {
      const to = expected.find((one) => one.startsWith(`${from} ${event} `))?.split(' ')[2];
      const led = () => move(from, event as never) ?? undefined;
      if (to === undefined && ['hold', 'discount'].includes(_)) {
        expect(led).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }));
      } else {
        expect(led()).toBe(to);
      }
    }
  }
  // A status that does not exist leads nowhere, and neither does what every object inherits.
  for (const from of ['', 'constructor', 'toString']) {
    let led: unknown;
    try {
      led = move(from, events[0] as never) ?? undefined;
    } catch {
      led = undefined;
    }
    expect(led).toBeUndefined();
  }
});
