import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SpentLot, shareOutReturn } from '../../src/rules/credit-return.ts';

const lots = (...left: bigint[]): SpentLot[] => left.map((leftMinor, index) => ({ id: `${index}`, leftMinor }));

describe('what goes back of an invoice that credit paid', () => {
  it('goes back in the reverse order of paying: money, then the last lot', () => {
    expect(shareOutReturn(50n, 70n, lots(10n, 20n))).toEqual({ anewMinor: 50n, lots: [] });
    expect(shareOutReturn(85n, 70n, lots(10n, 20n))).toEqual({ anewMinor: 70n, lots: [{ id: '1', amountMinor: 15n }] });
    expect(shareOutReturn(95n, 70n, lots(10n, 20n))).toEqual({
      anewMinor: 70n,
      lots: [
        { id: '1', amountMinor: 20n },
        { id: '0', amountMinor: 5n },
      ],
    });
    expect(shareOutReturn(5n, -3n, lots(10n))).toEqual({ anewMinor: 0n, lots: [{ id: '0', amountMinor: 5n }] });
    expect(shareOutReturn(5n, 0n, [])).toEqual({ anewMinor: 5n, lots: [] });
    expect(() => shareOutReturn(-1n, 0n, [])).toThrow(RangeError);
  });

  it('comes, over any partition into notes, to the same as one note over the whole', () => {
    const amount = fc.bigInt({ min: 0n, max: 1_000n });
    fc.assert(
      fc.property(
        amount,
        fc.array(amount, { maxLength: 5 }),
        fc.array(amount, { maxLength: 8 }),
        (money, left, cuts) => {
          const whole = money + left.reduce((total, one) => total + one, 0n);
          const once = shareOutReturn(whole, money, lots(...left));
          let [open, openMoney] = [whole, money];
          const rest = [...left];
          for (const cut of [...cuts, whole]) {
            const part = cut < open ? cut : open;
            const returned = shareOutReturn(part, openMoney, lots(...rest));
            const back = returned.lots.reduce((total, one) => total + one.amountMinor, 0n);
            expect(returned.anewMinor + back).toBe(part);
            for (const { id, amountMinor } of returned.lots) rest[Number(id)]! -= amountMinor;
            open -= part;
            openMoney -= returned.anewMinor;
          }
          expect(rest.every((one) => one === 0n)).toBe(true);
          expect(openMoney).toBe(0n);
          expect(once.anewMinor).toBe(money);
        },
      ),
    );
  });
});
