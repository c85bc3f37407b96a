import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rational, sum } from '../../src/rules/money.ts';
import { invoiceTotals } from '../../src/rules/totals.ts';
import { commitmentTrueUp, minimumTrueUp } from '../../src/rules/true-up.ts';
import {
  allocateWallets,
  automaticTopUp,
  creditOfPrice,
  type OrderedWallet,
  ongoingBalance,
  priceOfCredit,
  spendableInOrder,
  topUp,
} from '../../src/rules/wallet.ts';
import { LONG, runs } from './runs.ts';

const KINDS = ['recurring', 'usage', 'one_off'];
const amount = fc.bigInt({ min: 0n, max: 10_000n });
const anyLines = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), dueMinor: amount }), { maxLength: 6 });
const anyWallets = fc
  .array(fc.record({ balanceMinor: amount, lineKinds: fc.option(fc.subarray(KINDS)) }), { maxLength: 6 })
  .map((all) => all.map((wallet, index) => ({ ...wallet, id: `w${index}` })));
const wallet = (id: string, balanceMinor: bigint, ...kinds: string[]) => ({
  id,
  balanceMinor,
  lineKinds: kinds.length === 0 ? null : kinds,
});
const applied = (use: ReturnType<typeof allocateWallets>) => use.wallets.map((one) => one.appliedMinor);

/** The most that wallets can pay of lines, by the smallest cut: some wallets whole, and what the others may pay. */
function mostOf(
  due: bigint,
  lines: { kind: string; dueMinor: bigint }[],
  wallets: ReturnType<typeof wallet>[],
): bigint {
  const named = sum(lines.map((line) => line.dueMinor));
  let most = due;
  for (let cut = 0; cut < 2 ** wallets.length; cut += 1) {
    const whole = wallets.filter((_, index) => cut & (1 << index));
    const others = wallets.filter((one) => !whole.includes(one));
    const reached = lines.filter(({ kind }) => others.some(({ lineKinds }) => lineKinds?.includes(kind) ?? true));
    const beyond = others.some(({ lineKinds }) => lineKinds === null) && due > named ? due - named : 0n;
    const size = sum([...whole.map((one) => one.balanceMinor), ...reached.map((line) => line.dueMinor), beyond]);
    if (size < most) most = size;
  }
  return most;
}

describe('paying from wallets', () => {
  test(
    'no wallet below zero, no line and no invoice overpaid, and the sums agree',
    () => {
      fc.assert(
        fc.property(amount, anyLines, anyWallets, (due, lines, wallets) => {
          const use = allocateWallets(due, lines, wallets);
          expect(use.appliedMinor + use.leftDueMinor).toBe(due);
          expect(use.leftDueMinor >= 0n).toBe(true);
          expect(sum(applied(use))).toBe(use.appliedMinor);
          use.wallets.forEach((one, index) => {
            expect(one.appliedMinor >= 0n && one.appliedMinor <= wallets[index]!.balanceMinor).toBe(true);
          });
          use.lines.forEach((paid, index) => {
            expect(paid >= 0n && paid <= lines[index]!.dueMinor).toBe(true);
          });
          for (const kind of KINDS) {
            const limited = wallets.every((one) => one.lineKinds !== null && !one.lineKinds.includes(kind));
            lines.forEach((line, index) => {
              if (limited && line.kind === kind) expect(use.lines[index]).toBe(0n);
            });
          }
          const invoice = invoiceTotals([{ amountMinor: due }], use.appliedMinor);
          expect([invoice.creditsAppliedMinor, invoice.amountDueMinor]).toEqual([use.appliedMinor, use.leftDueMinor]);
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'what stays due is what no wallet with a balance may pay',
    () => {
      fc.assert(
        fc.property(anyLines, anyWallets, (lines, wallets) => {
          const use = allocateWallets(sum(lines.map((line) => line.dueMinor)), lines, wallets);
          wallets.forEach((one, index) => {
            if (use.wallets[index]!.appliedMinor === one.balanceMinor) return;
            lines.forEach((line, position) => {
              if (one.lineKinds === null || one.lineKinds.includes(line.kind)) {
                expect(use.lines[position]).toBe(line.dueMinor);
              }
            });
          });
        }),
        runs(),
      );
    },
    LONG,
  );

  test(
    'as much as can be paid in any way, by each wallet in its turn the most it can, whatever the order of the lines',
    () => {
      const small = fc.bigInt({ min: 0n, max: 4n });
      const fewLines = fc.array(fc.record({ kind: fc.constantFrom(...KINDS), dueMinor: small }), { maxLength: 4 });
      const lineKinds = fc.constantFrom(null, ...KINDS.map((kind) => [kind]), KINDS.slice(0, 2), KINDS.slice(1));
      const fewWallets = fc.array(fc.record({ balanceMinor: small, lineKinds }), { minLength: 2, maxLength: 4 });
      fc.assert(
        fc.property(fc.bigInt({ min: -2n, max: 2n }), fewLines, fewWallets, fc.nat(), (more, lines, some, turned) => {
          const wallets = some.map((one, index) => ({ ...one, id: `w${index}` }));
          const asked = sum(lines.map((line) => line.dueMinor)) + more;
          const due = asked > 0n ? asked : 0n;
          const use = allocateWallets(due, lines, wallets);
          wallets.forEach((_, index) => {
            const first = wallets.slice(0, index + 1);
            expect(sum(applied(use).slice(0, index + 1))).toBe(mostOf(due, lines, first));
          });
          const at = turned % (lines.length + 1);
          expect(applied(allocateWallets(due, [...lines.slice(at), ...lines.slice(0, at)].reverse(), wallets))).toEqual(
            applied(use),
          );
        }),
        runs(),
      );
    },
    LONG,
  );

  test.each([
    [
      'the fee before what is left for the fee',
      [wallet('a', 10n), wallet('b', 1n, 'fee'), wallet('c', 10n, 'one_off')],
    ],
    [
      'a line of many small ones',
      [wallet('a', 10n), wallet('x', 10n, 'one_off'), ...['y', 'z'].map((id) => wallet(id, 1n, 'fee'))],
    ],
  ])('leaves credit of later wallets no less to pay: %s', (_, wallets) => {
    const lines = ['one_off', 'fee'].map((kind) => ({ kind, dueMinor: 10n }));
    for (const both of [lines, [...lines].reverse()]) {
      expect(allocateWallets(20n, both, wallets)).toMatchObject({ appliedMinor: 20n, leftDueMinor: 0n });
    }
  });

  test('goes in order, within scope, and only unlimited credit pays what no line names', () => {
    const lines = [
      { kind: 'recurring', dueMinor: 50n },
      { kind: 'usage', dueMinor: 50n },
    ];
    expect(applied(allocateWallets(100n, lines, [wallet('a', 80n, 'usage'), wallet('b', 80n)]))).toEqual([50n, 50n]);
    expect(applied(allocateWallets(100n, lines, [wallet('a', 60n), wallet('b', 60n, 'usage')]))).toEqual([60n, 40n]);
    expect(applied(allocateWallets(30n, lines, [wallet('a', 80n, 'usage'), wallet('b', 80n)]))).toEqual([30n, 0n]);
    // Whatever the order of the lines: what is limited to some of them is not starved by what may pay others, too.
    for (const both of [lines, [...lines].reverse()]) {
      expect(applied(allocateWallets(100n, both, [wallet('a', 50n), wallet('b', 50n, 'usage')]))).toEqual([50n, 50n]);
      expect(applied(allocateWallets(100n, both, [wallet('a', 50n), wallet('b', 50n, 'recurring')]))).toEqual([
        50n,
        50n,
      ]);
    }
    expect(applied(allocateWallets(10n, null, [wallet('a', 80n, 'usage'), wallet('b', 8n)]))).toEqual([0n, 8n]);
    expect(applied(allocateWallets(110n, lines, [wallet('a', 200n, 'usage', 'recurring'), wallet('b', 200n)]))).toEqual(
      [100n, 10n],
    );
    expect(() => allocateWallets(-1n, null, [])).toThrow(RangeError);
    expect(() => allocateWallets(1n, null, [wallet('a', -1n)])).toThrow(RangeError);
    expect(() => allocateWallets(1n, [{ kind: 'usage', dueMinor: -1n }], [])).toThrow(RangeError);
  });

  test('priority, then the sooner expiry, then age, then id; the expired and the empty are left out', () => {
    const at = new Date('2026-05-01T00:00:00Z');
    const one = (id: string, priority: number, expires: string | null, granted = '2026-01-01', balanceMinor = 1n) =>
      ({
        id,
        priority,
        expiresAt: expires === null ? null : new Date(expires),
        grantedAt: new Date(granted),
        balanceMinor,
        lineKinds: null,
      }) satisfies OrderedWallet;
    const order = spendableInOrder(
      [
        one('never', 1, null),
        one('expired', 0, '2026-05-01T00:00:00Z'),
        one('empty', 0, null, '2026-01-01', 0n),
        one('late', 1, '2026-07-01'),
        one('soon-b', 1, '2026-06-01'),
        one('soon-a', 1, '2026-06-01'),
        one('soon-old', 1, '2026-06-01', '2025-01-01'),
        one('first', 0, null),
      ],
      at,
    );
    expect(order.map((entry) => entry.id)).toEqual(['first', 'soon-old', 'soon-a', 'soon-b', 'late', 'never']);
  });
});

describe('credit that is limited', () => {
  const lines = [
    { kind: 'recurring', priceId: 'team', dueMinor: 500n },
    { kind: 'recurring', priceId: 'basic', dueMinor: 300n },
    { kind: 'one_off', dueMinor: 200n },
  ];
  const wallet = (id: string, lineKinds: string[] | null, priceIds: string[] | null) => ({
    ...{ id, balanceMinor: 1_000n, lineKinds, priceIds },
  });
  test.each([
    ['to prices', wallet('a', null, ['team']), [500n, 0n, 0n]],
    ['to kinds', wallet('a', ['recurring'], null), [500n, 300n, 0n]],
    ['to both', wallet('a', ['recurring'], ['basic', 'other']), [0n, 300n, 0n]],
    ['to both, which no line is', wallet('a', ['one_off'], ['team']), [0n, 0n, 0n]],
    ['to prices of nothing', wallet('a', null, []), [0n, 0n, 0n]],
    ['not at all', wallet('a', null, null), [500n, 300n, 200n]],
  ])('%s pays these lines', (_, only, paid) => {
    expect(allocateWallets(1_000n, lines, [only]).lines).toEqual(paid);
    expect(allocateWallets(1_000n, null, [only]).appliedMinor).toBe(only.lineKinds || only.priceIds ? 0n : 1_000n);
  });

  const at = new Date('2026-01-01T00:00:00Z');
  const grant = (id: string, priority: number, days: number | null, age: number, limited = false) => ({
    ...wallet(id, limited ? ['usage'] : null, null),
    ...{ priority, expiresAt: days === null ? null : new Date(at.getTime() + days * 86_400_000) },
    grantedAt: new Date(at.getTime() - age * 86_400_000),
  });
  test.each([
    ['priority before all', [grant('b', 2, 1, 9), grant('a', 1, null, 1)], 'a b'],
    ['then what ends sooner', [grant('b', 1, 9, 9), grant('a', 1, 2, 1), grant('c', 1, null, 99)], 'a b c'],
    ['then the older', [grant('b', 1, 9, 1), grant('a', 1, 9, 2)], 'a b'],
    ['then the id', [grant('b', 1, 9, 1), grant('a', 1, 9, 1)], 'a b'],
    ['never the narrowness', [grant('b', 1, 9, 1, true), grant('a', 1, 9, 2)], 'a b'],
    ['what ends now is over', [grant('a', 1, 0, 1), grant('b', 1, 1, 1)], 'b'],
  ])('order: %s', (_, wallets, order) => {
    expect(
      spendableInOrder(wallets, at)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(order);
  });
});

describe('filling wallets', () => {
  test('credits are bought in whole minor units, at their price', () => {
    expect(topUp('17.9699999999999988631316', '1', 'EUR')).toEqual({ credits: '17.97', amountMinor: 1797n });
    expect(topUp('10', '0.015', 'USD')).toEqual({ credits: '10.00', amountMinor: 15n });
    expect(topUp('10.4', '100', 'JPY')).toEqual({ credits: '10', amountMinor: 1000n });
    for (const [credits, rate] of [
      ['-1', '1'],
      ['1', '-1'],
      ['one', '1'],
    ] as const) {
      expect(() => topUp(credits, rate, 'EUR')).toThrow(RangeError);
    }
  });

  test('a forecast may be negative', () => {
    expect(ongoingBalance(1000n, 900n)).toBe(100n);
    expect(ongoingBalance(1000n, 1900n)).toBe(-900n);
  });

  test('a wallet is filled at its threshold, once', () => {
    const fixed = { thresholdMinor: 100n, amountMinor: 500n };
    const target = { thresholdMinor: 100n, targetMinor: 1000n };
    expect([automaticTopUp(101n, 0n, fixed), automaticTopUp(100n, 0n, fixed)]).toEqual([0n, 500n]);
    expect([automaticTopUp(100n, 500n, fixed), automaticTopUp(-700n, 500n, fixed)]).toEqual([0n, 500n]);
    expect([automaticTopUp(100n, 0n, target), automaticTopUp(-50n, 0n, target)]).toEqual([900n, 1050n]);
    expect(automaticTopUp(0n, 0n, { thresholdMinor: 100n, targetMinor: 0n })).toBe(0n);
    expect(automaticTopUp(0n, 0n, { thresholdMinor: 100n, amountMinor: 0n })).toBe(0n);
  });
});

describe('bought credit and its price', () => {
  const cheap = { creditMinor: 1_000n, priceMinor: 300n };
  const dear = { creditMinor: 300n, priceMinor: 1_000n };

  test.each([
    [cheap, 300n, 1_000n],
    [cheap, 100n, 334n],
    [cheap, 0n, 0n],
    [dear, 1n, 1n],
    [dear, 1_000n, 300n],
  ])('%o: with %s of the price goes back %s of the credit', (purchase, paidBack, credit) => {
    expect(creditOfPrice(purchase, paidBack)).toBe(credit);
  });

  test.each([
    [cheap, 334n, 100n],
    [cheap, 3n, 0n],
    [cheap, 5_000n, 300n],
    [dear, 1n, 3n],
  ])('%o: %s of the credit covers %s of the price', (purchase, taken, price) => {
    expect(priceOfCredit(purchase, taken)).toBe(price);
  });

  test('what is paid back never takes more credit than it was told to cover', () => {
    const minor = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(minor, minor, minor, (creditMinor, priceMinor, taken) => {
        const purchase = { creditMinor, priceMinor };
        const credit = creditOfPrice(purchase, priceOfCredit(purchase, taken));
        expect(credit <= taken && credit <= creditMinor).toBe(true);
      }),
    );
  });
});

describe('true-ups', () => {
  test('the minimum less the use, rounded once', () => {
    expect(minimumTrueUp(rational(1000n), rational(700n))).toBe(300n);
    expect(minimumTrueUp(rational(1000n), rational(1500n))).toBe(0n);
    expect(minimumTrueUp(rational(1000n), rational(0n), rational(15n, 31n))).toBe(484n);
    expect(minimumTrueUp(rational(1000n), rational(2001n, 2n), rational(2n))).toBe(1000n);
    expect(() => minimumTrueUp(rational(1n), rational(0n), rational(-1n))).toThrow(RangeError);
  });

  test('a commitment and the fee are each rounded before they are subtracted', () => {
    expect(commitmentTrueUp(1_000_000n, 100_000n, rational(334n, 365n))).toBe(823_561n);
    expect(commitmentTrueUp(1_000_000n, 100_000n)).toBe(900_000n);
    expect(commitmentTrueUp(100n, 200n)).toBe(0n);
    expect(() => commitmentTrueUp(1n, 0n, rational(-1n, 2n))).toThrow(RangeError);
  });

  test(
    'fee and true-up are together the larger of fee and commitment',
    () => {
      fc.assert(
        fc.property(amount, amount, fc.integer({ min: 0, max: 31 }), (commitment, fee, days) => {
          const share = rational(BigInt(days), 31n);
          const rounded = (value: bigint) => commitmentTrueUp(value, 0n, share);
          const larger = rounded(commitment) > rounded(fee) ? rounded(commitment) : rounded(fee);
          expect(rounded(fee) + commitmentTrueUp(commitment, fee, share)).toBe(larger);
        }),
        runs(),
      );
    },
    LONG,
  );
});
