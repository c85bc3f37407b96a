import { z } from 'zod';
import {
  type CreateInvoiceInput,
  createInvoice,
  type InvoiceDiscount,
  type InvoiceRow,
  manualDiscount,
  manualDiscountInput,
  manualTerms,
  type Purchased,
  usualDiscountName,
} from '../../collecting/invoicing/index.ts';
import { invalidState } from '../../platform/errors.ts';
import { freeText } from '../../platform/free-text.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { sum } from '../../rules/money.ts';
import { discountReference, mostDiscounts } from './coupons.input.ts';
import { nextDiscountStatus } from './coupons.lifecycle.ts';
import { type Gift, giveDiscounts, writeGifts } from './give-discounts.ts';
import { useColumns } from './use-columns.ts';

const schema = z.object({
  discounts: z
    .array(
      z
        .object({
          name: freeText(200).nullish(),
          off: manualDiscountInput.nullish(),
          coupon: discountReference.nullish(),
        })
        .refine((one) => (one.off == null) !== (one.coupon == null), 'Exactly one of off and coupon.'),
    )
    .max(mostDiscounts, `At most ${mostDiscounts} discounts are allowed.`)
    .nullish(),
});

type Asked = NonNullable<z.output<typeof schema>['discounts']>;

export type WriteInvoiceInput = CreateInvoiceInput & z.input<typeof schema>;

/**
 * Makes an invoice by hand with what is taken off all its lines, in the order given: amounts and percentages by hand, and
 * coupons, which are redeemed for this invoice alone. `at` as there. Errors as `createInvoice` and `giveDiscounts`; INVALID_STATE for a
 * coupon that takes nothing off these lines.
 */
export async function writeInvoice(
  work: Work,
  { discounts: given, ...invoice }: WriteInvoiceInput,
  options: { at?: Date | undefined } = {},
): Promise<InvoiceRow> {
  const asked = readInput(schema, { discounts: given }).discounts ?? [];
  let gifts: Gift[] = [];
  const made = await createInvoice(work, invoice, {
    ...options,
    discountsOf: async (purchased) => {
      gifts = await redeem(work, asked, purchased);
      return discountsOf(asked, purchased, gifts);
    },
  });
  asked
    .flatMap((one, index) => (one.coupon ? [index] : []))
    .forEach((index, place) => {
      const { row, live } = gifts[place]!;
      if (!live.usedAt) {
        throw invalidState('The coupon takes nothing off these lines.', [
          'input',
          'discounts',
          String(index),
          'coupon',
        ]);
      }
      // Of this invoice alone: what it leaves is given to no other one. When it is voided, the redemption is given back.
      const status = nextDiscountStatus(row.status, 'spend');
      Object.assign(row, useColumns(row, live), { status, endedAt: live.usedAt, oneInvoice: true });
    });
  writeGifts(work, gifts);
  return made;
}

function redeem(work: Work, asked: Asked, { user, currency, charges }: Purchased): Promise<Gift[]> {
  const places = asked.flatMap(({ coupon }, index) => (coupon ? [{ coupon, index }] : []));
  const purchase = { currency, amount: sum(charges.map(({ amount }) => amount)), priceIds: null };
  return giveDiscounts(
    work,
    { account: user, subscriptionId: null, purchase },
    places.map(({ coupon }) => coupon),
    (place) => ['input', 'discounts', String(places[place]!.index), 'coupon'],
  );
}

function discountsOf(asked: Asked, { user, currency }: Purchased, gifts: readonly Gift[]): InvoiceDiscount[] {
  const left = [...gifts];
  return asked.map(({ off, name }, index) => {
    if (!off) return left.shift()!.live;
    const path = ['input', 'discounts', String(index), 'off'];
    const terms = manualTerms(off, { currency, lineIds: null, path });
    return manualDiscount(name ?? usualDiscountName, terms, user.now);
  });
}
