import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';
import { Money, money } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import type { CreditNotePlan } from '../credit-notes/plan-credit-note.ts';
import { CreditDerivation, toCreditDerivation } from './credit-derivation.graphql.ts';
import { sums } from './credit-notes.graphql.ts';
import { InvoiceTax } from './invoice-lines.graphql.ts';

@ObjectType('CreditNotePreviewLine', { description: 'What a credit note would take back of one line.' })
export class CreditNotePreviewLine {
  @Field(() => ID, { description: 'The line of the invoice.' })
  invoiceLineId!: string;

  @Field(() => Money, { description: 'What would be taken back, before discount and tax.' })
  amount!: Money;

  @Field(() => Money, { description: 'The share of the line’s discount.' })
  discountAmount!: Money;

  @Field(() => Money, { description: 'The share of the line’s tax.' })
  taxAmount!: Money;

  @Field(() => Money, { description: 'What the customer would get for it.' })
  total!: Money;

  @Field(() => CreditDerivation, {
    description: 'How its figures come about: amount, discount and tax rate by rate, each re-evaluable from its facts.',
  })
  derivation!: CreditDerivation;
}

@ObjectType('CreditNotePreview', { description: 'What a credit note would come to, to the last unit.' })
export class CreditNotePreview {
  @Field(() => Money, { description: sums.subtotal })
  subtotal!: Money;

  @Field(() => Money, { description: sums.discountTotal })
  discountTotal!: Money;

  @Field(() => Money, { description: sums.taxTotal })
  taxTotal!: Money;

  @Field(() => Money, { description: sums.taxIncluded })
  taxIncluded!: Money;

  @Field(() => Money, { description: sums.total })
  total!: Money;

  @Field(() => Money, { description: sums.toInvoice })
  toInvoice!: Money;

  @Field(() => Money, { description: sums.toRefund })
  toRefund!: Money;

  @Field(() => Money, { description: sums.refundedBefore })
  refundedBefore!: Money;

  @Field(() => Money, { description: sums.toBalance })
  toBalance!: Money;

  @Field(() => [CreditNotePreviewLine], { description: 'Line by line.' })
  lines!: CreditNotePreviewLine[];

  @Field(() => [InvoiceTax], { description: 'The tax that would be taken back, by rate.' })
  taxes!: InvoiceTax[];

  @Field(() => String, {
    description:
      'Give it to createCreditNote as previewToken: the note is then exactly this, or refused with STALE_PREVIEW and nothing is written.',
  })
  token!: string;

  @Field(() => DateTimeScalar, { description: 'Until when the token can be used, by the wall clock.' })
  expiresAt!: Date;
}

/** The API's view of a credit note that is only planned. */
export function toPreview(plan: CreditNotePlan, currency: string): Omit<CreditNotePreview, 'token' | 'expiresAt'> {
  const of = (amount: bigint) => money(amount, currency);
  return Object.assign(new CreditNotePreview(), {
    subtotal: of(plan.subtotal),
    discountTotal: of(plan.discountTotal),
    taxTotal: of(plan.taxTotal),
    taxIncluded: of(plan.taxIncluded),
    total: of(plan.total),
    toInvoice: of(plan.toInvoiceMinor),
    toRefund: of(plan.toRefundMinor),
    refundedBefore: of(plan.refundedBeforeMinor),
    toBalance: of(plan.toBalanceMinor),
    lines: plan.lines.map(({ of: { line }, part, derivation }) => ({
      invoiceLineId: toGlobalId('il', line.id),
      amount: of(part.amountMinor),
      discountAmount: of(part.discountMinor),
      taxAmount: of(part.taxMinor),
      total: of(part.totalMinor),
      derivation: toCreditDerivation(derivation)!,
    })),
    taxes: plan.taxes.map(({ of: { taxRateId, treatment, name, percent, inclusive }, taxable, amount }) =>
      Object.assign(new InvoiceTax(), {
        taxRateUuid: taxRateId ?? null,
        treatment,
        name,
        percent,
        inclusive,
        taxable: of(taxable),
        amount: of(amount),
      }),
    ),
  });
}
