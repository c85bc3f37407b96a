import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Money, money, Period } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { DateTimeScalar, DecimalScalar } from '../../../platform/scalars.ts';
import type { LineRecord, TaxRecord } from '../lines/line-record.ts';
import { Derivation } from './derivation.graphql.ts';
import { LineKindEnum } from './invoicing.enums.ts';
import { InvoiceLineTax, TaxTreatmentEnum, toLineTaxes } from './line-taxes.graphql.ts';
import { toDerivation } from './show-derivation.ts';

@ObjectType('InvoiceLine', { implements: Node, description: 'One position of an invoice.' })
export class InvoiceLine extends Node {
  /** Ids inside; not fields of the API. */
  uuid!: string;
  invoiceUuid!: string;
  accountUuid!: string;
  subscriptionUuid!: string | null;
  subscriptionItemUuid!: string | null;
  priceUuid!: string | null;

  @Field(() => Int, { description: 'Its place on the invoice, from 1.' })
  position!: number;

  @Field(() => LineKindEnum, { description: 'What it is for.' })
  kind!: string;

  @Field(() => String, { description: 'What it is for, in words.' })
  description!: string;

  @Field(() => String, { description: 'The price component of the subscription item; empty if it has none.' })
  component!: string;

  @Field(() => Period, { nullable: true, description: 'The service period; null if it has none.' })
  period!: Period | null;

  @Field(() => DecimalScalar, { description: 'How many.' })
  quantity!: string;

  @Field(() => DecimalScalar, { description: 'The price of one, in the smallest unit of the currency, exact.' })
  unitAmountMinor!: string;

  @Field(() => Money, { description: 'What it asks for, before discount and tax; negative for a credit.' })
  amount!: Money;

  @Field(() => Money, { description: 'The discount, with the sign of the amount.' })
  discountAmount!: Money;

  @Field(() => Money, { description: 'Its share of the invoice’s tax.' })
  taxAmount!: Money;

  @Field(() => ID, { nullable: true, description: 'The line that it takes back for its period.' })
  reversesLineId!: string | null;

  @Field(() => String, { nullable: true, description: 'What it is taxed as; null: nothing in particular.' })
  taxCategory!: string | null;

  @Field(() => [InvoiceLineTax], { description: 'Its tax by rate, and why that rate.' })
  taxes!: InvoiceLineTax[];

  @Field(() => Derivation, { description: 'How its amount, discount and tax came about.' })
  derivation!: Derivation;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;
}

/** The API's view of a line. */
export function toInvoiceLine(record: LineRecord): InvoiceLine {
  const { currency, period_start: start, period_end: end } = record;
  const shown = new InvoiceLine();
  shown.id = toGlobalId('il', record.id);
  shown.uuid = record.id;
  shown.invoiceUuid = record.invoice_id;
  shown.accountUuid = record.account_id;
  shown.subscriptionUuid = record.subscription_id;
  shown.subscriptionItemUuid = record.subscription_item_id;
  shown.priceUuid = record.price_id;
  shown.position = record.position;
  shown.kind = record.kind;
  shown.description = record.description;
  shown.component = record.component;
  shown.period = start && end ? { start, end } : null;
  shown.quantity = record.quantity;
  shown.unitAmountMinor = record.unit_amount;
  shown.amount = money(record.amount, currency);
  shown.discountAmount = money(record.discount_amount, currency);
  shown.taxAmount = money(record.tax_amount, currency);
  shown.reversesLineId = record.reverses_line_id && toGlobalId('il', record.reverses_line_id);
  shown.derivation = toDerivation(record, {
    priceUuid: record.price_id,
    subscriptionItemUuid: record.subscription_item_id,
  });
  shown.taxCategory = record.tax_category ?? null;
  shown.taxes = toLineTaxes(record.taxes, currency);
  shown.createdAt = record.created_at;
  return shown;
}

@ObjectType('InvoiceTax', { description: 'The tax of one rate on an invoice, rounded once.' })
export class InvoiceTax {
  taxRateUuid!: string | null;

  @Field(() => TaxTreatmentEnum, { description: 'How it was treated.' })
  treatment!: string;

  @Field(() => String, { description: 'The name of the rate, or the note that the law asks for.' })
  name!: string;

  @Field(() => DecimalScalar, { description: 'The percentage.' })
  percent!: string;

  @Field(() => Boolean, { description: 'Whether the lines already contain it.' })
  inclusive!: boolean;

  @Field(() => Money, { description: 'What it was computed from: net, or gross if the lines contain it.' })
  taxable!: Money;

  @Field(() => Money, { description: 'The tax.' })
  amount!: Money;
}

/** The API's view of a tax of an invoice in a currency. */
export function toInvoiceTax(record: TaxRecord, currency: string): InvoiceTax {
  const shown = new InvoiceTax();
  shown.taxRateUuid = record.tax_rate_id;
  shown.treatment = record.treatment;
  shown.name = record.name;
  shown.percent = record.percent;
  shown.inclusive = record.inclusive;
  shown.taxable = money(record.taxable, currency);
  shown.amount = money(record.amount, currency);
  return shown;
}
