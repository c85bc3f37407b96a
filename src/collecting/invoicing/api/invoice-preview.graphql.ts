import 'reflect-metadata';
import { Field, ID, ObjectType } from 'type-graphql';
import { Money, money, Period } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { CurrencyCode, DateTimeScalar, DecimalScalar } from '../../../platform/scalars.ts';
import type { InvoiceLineRow, InvoiceTaxRow } from '../invoicing.entities.ts';
import type { IssuedInvoice } from '../issuing/issued-invoices.ts';
import { Derivation } from './derivation.graphql.ts';
import { InvoiceTax, toInvoiceTax } from './invoice-lines.graphql.ts';
import { InvoiceTaxStatusEnum, LineKindEnum, TaxPendingReasonEnum } from './invoicing.enums.ts';
import { toDerivation } from './show-derivation.ts';

@ObjectType('InvoiceLinePreview', { description: 'One position that an invoice would have.' })
export class InvoiceLinePreview {
  @Field(() => LineKindEnum, { description: 'What it would be for.' })
  kind!: string;

  @Field(() => String, { description: 'What it would be for, in words.' })
  description!: string;

  @Field(() => String, { description: 'The price component of the subscription item; empty if it has none.' })
  component!: string;

  @Field(() => Period, { nullable: true, description: 'The service period; null if it has none.' })
  period!: Period | null;

  @Field(() => DecimalScalar, { description: 'How many.' })
  quantity!: string;

  @Field(() => DecimalScalar, { description: 'The price of one, in the smallest unit of the currency, exact.' })
  unitAmountMinor!: string;

  @Field(() => Money, { description: 'What it would ask for, before discount and tax; negative for a credit.' })
  amount!: Money;

  @Field(() => Money, { description: 'The discount, with the sign of the amount.' })
  discountAmount!: Money;

  @Field(() => Money, { description: 'Its share of the invoice’s tax.' })
  taxAmount!: Money;

  @Field(() => ID, { nullable: true, description: 'The line of an earlier invoice that it would take back.' })
  reversesLineId!: string | null;

  @Field(() => Derivation, { description: 'How its amount, discount and tax come about.' })
  derivation!: Derivation;
}

@ObjectType('InvoicePreview', {
  description:
    'An invoice as it would be made: computed by what makes invoices, not kept. A next invoice with days of grace is shown as it would be once these are over: taxed by the rates of that day, with the credit that is left then.',
})
export class InvoicePreview {
  @Field(() => DateTimeScalar, {
    description: 'When it would be made, on the account’s clock; with days of grace it is final later.',
  })
  at!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it would be due; null for a draft.' })
  dueAt!: Date | null;

  @Field(() => CurrencyCode, { description: 'Its currency.' })
  currency!: string;

  @Field(() => [InvoiceLinePreview], { description: 'Its lines, in their order.' })
  lines!: InvoiceLinePreview[];

  @Field(() => [InvoiceTax], { description: 'Its taxes, one for each rate.' })
  taxes!: InvoiceTax[];

  @Field(() => InvoiceTaxStatusEnum, {
    description:
      'Whether its tax is known. PENDING: it would stay a draft until it is, and its sums here are without tax; nobody is asked for a preview.',
  })
  taxStatus!: string;

  @Field(() => TaxPendingReasonEnum, {
    nullable: true,
    description: 'What its tax would wait for; null once it is known.',
  })
  taxPendingReason!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'In words, what somebody has to enter before its tax is known; null where nothing is to be entered.',
  })
  taxPendingProblem!: string | null;

  @Field(() => Money, { description: 'The sum of the lines.' })
  subtotal!: Money;

  @Field(() => Money, { description: 'The sum of the discounts.' })
  discountTotal!: Money;

  @Field(() => Money, { description: 'The sum of the taxes.' })
  taxTotal!: Money;

  @Field(() => Money, { description: 'The part of the taxes that the lines already contain.' })
  taxIncluded!: Money;

  @Field(() => Money, { description: 'What would make it negative, and would become credit of the account.' })
  carriedToCredit!: Money;

  @Field(() => Money, { description: 'What it would come to.' })
  total!: Money;

  @Field(() => Money, { description: 'Credit of the account that would be spent on it.' })
  creditsApplied!: Money;

  @Field(() => Money, { description: 'What would be left to pay.' })
  amountDue!: Money;
}

/** The API's view of an invoice that a rehearsal issued. */
export function toInvoicePreview({ invoice, lines, taxes, pending, at }: IssuedInvoice): InvoicePreview {
  const { currency } = invoice;
  return Object.assign(new InvoicePreview(), {
    at,
    dueAt: invoice.dueAt ?? null,
    currency,
    taxStatus: pending === null ? 'known' : 'pending',
    taxPendingReason: pending?.reason ?? null,
    taxPendingProblem: pending?.problem ?? null,
    lines: lines.map(toLinePreview),
    taxes: taxes.map((tax) => toTax(tax, currency)),
    subtotal: money(invoice.subtotal, currency),
    discountTotal: money(invoice.discountTotal, currency),
    taxTotal: money(invoice.taxTotal, currency),
    taxIncluded: money(invoice.taxIncluded, currency),
    carriedToCredit: money(invoice.carriedToCredit, currency),
    total: money(invoice.total, currency),
    creditsApplied: money(invoice.creditsApplied, currency),
    amountDue: money(invoice.amountDue, currency),
  });
}

function toLinePreview(line: InvoiceLineRow): InvoiceLinePreview {
  const { currency, periodStart: start, periodEnd: end } = line;
  return Object.assign(new InvoiceLinePreview(), {
    kind: line.kind,
    description: line.description,
    component: line.component,
    period: start && end ? { start, end } : null,
    quantity: line.quantity,
    unitAmountMinor: line.unitAmount,
    amount: money(line.amount, currency),
    discountAmount: money(line.discountAmount, currency),
    taxAmount: money(line.taxAmount, currency),
    reversesLineId: line.reversesLineId ? toGlobalId('il', line.reversesLineId) : null,
    derivation: toDerivation(line, {
      priceUuid: line.priceId ?? null,
      subscriptionItemUuid: line.subscriptionItemId ?? null,
    }),
  });
}

function toTax(tax: InvoiceTaxRow, currency: string): InvoiceTax {
  const { invoiceId: invoice_id, taxRateId: tax_rate_id = null, ...figures } = tax;
  return toInvoiceTax({ ...figures, invoice_id, tax_rate_id }, currency);
}
