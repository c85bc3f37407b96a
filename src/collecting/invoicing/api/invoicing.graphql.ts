import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { Address, CustomFieldObject, TaxIdObject } from '../../../accounts/index.ts';
import { Money, money } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { Connection } from '../../../platform/pagination.ts';
import {
  CurrencyCode,
  DateTimeScalar,
  EmailAddressScalar,
  type Metadata,
  MetadataScalar,
} from '../../../platform/scalars.ts';
import { CollectionEnum, InvoiceReasonEnum, InvoiceStatusEnum } from './invoicing.enums.ts';
import type { ShownInvoice } from './invoicing.queries.ts';

const personal = 'null also without the permission personal:read.';

@ObjectType('InvoiceIssuer', { description: 'Who issued an invoice, as it was when the invoice became final.' })
export class InvoiceIssuer {
  @Field(() => String, { description: 'The name of the legal entity.' })
  name!: string;

  @Field(() => Address, { nullable: true, description: 'Its address; null if it was not told.' })
  address!: Address | null;

  @Field(() => [TaxIdObject], { description: 'Its tax ids.' })
  taxIds!: TaxIdObject[];

  @Field(() => EmailAddressScalar, { nullable: true, description: 'Its e-mail address.' })
  email!: string | null;
}

@ObjectType('InvoiceBuyer', { description: 'Whom an invoice was sent to, as it was when the invoice became final.' })
export class InvoiceBuyer {
  @Field(() => String, { description: 'The name of the person or company.' })
  name!: string;

  @Field(() => EmailAddressScalar, { nullable: true, description: `The e-mail address; ${personal}` })
  email!: string | null;

  @Field(() => Address, { nullable: true, description: `The billing address; ${personal}` })
  billingAddress!: Address | null;

  @Field(() => [TaxIdObject], { description: 'The tax ids; empty without the permission personal:read.' })
  taxIds!: TaxIdObject[];

  @Field(() => Boolean, { description: 'Whether no tax was charged to it.' })
  taxExempt!: boolean;
}

@ObjectType('Invoice', { implements: Node, description: 'A demand for money; once final, its content never changes.' })
export class Invoice extends Node {
  /** Ids inside; not fields of the API. */
  uuid!: string;
  accountUuid!: string;
  billToAccountUuid!: string;
  legalEntityUuid!: string;
  paymentMethodUuid!: string | null;
  replacesUuid!: string | null;

  @Field(() => String, { nullable: true, description: 'Its number, without gaps within its issuer; null for a draft.' })
  number!: string | null;

  @Field(() => InvoiceStatusEnum, { description: 'Where it is in its life.' })
  status!: string;

  @Field(() => Boolean, {
    description:
      'Whether it is open and the day it was due on has ended, by the clock and the time zone of its account. One that is due at once is not past due on the day it was made.',
  })
  pastDue!: boolean;

  @Field(() => InvoiceReasonEnum, { description: 'Why it was made.' })
  reason!: string;

  @Field(() => CurrencyCode, { description: 'The currency of all its amounts.' })
  currency!: string;

  @Field(() => CollectionEnum, { description: 'How its money is collected.' })
  collection!: string;

  @Field(() => Money, { description: 'The sum of the lines, before discounts and tax.' })
  subtotal!: Money;

  @Field(() => Money, { description: 'The sum of the discounts.' })
  discountTotal!: Money;

  @Field(() => Money, { description: 'All tax, whether on top of the lines or contained in them.' })
  taxTotal!: Money;

  @Field(() => Money, { description: 'The part of the tax that the lines already contain.' })
  taxIncluded!: Money;

  @Field(() => Money, {
    description:
      'What would have made the total negative and became credit instead: of the account that was billed for what it takes back.',
  })
  carriedToCredit!: Money;

  @Field(() => Money, {
    description: 'subtotal − discountTotal + taxTotal − taxIncluded + carriedToCredit; never negative.',
  })
  total!: Money;

  @Field(() => Money, { description: 'Credit that was spent on it.' })
  creditsApplied!: Money;

  @Field(() => Money, { description: 'Credit notes that reduced it.' })
  creditNotesApplied!: Money;

  @Field(() => Money, { description: 'Money that payments have covered.' })
  amountPaid!: Money;

  @Field(() => Money, { description: 'What was given up.' })
  writtenOff!: Money;

  @Field(() => Money, { description: 'What is still to be paid; nothing once it is void or given up.' })
  amountDue!: Money;

  @Field(() => Int, {
    description: 'Days from finalization to the due date; automatic collection does not wait for it.',
  })
  netDays!: number;

  @Field(() => String, { nullable: true, description: 'A note to the buyer.' })
  memo!: string | null;

  @Field(() => String, { nullable: true, description: 'The buyer’s own number for what was ordered.' })
  purchaseOrderNumber!: string | null;

  @Field(() => [CustomFieldObject], { description: 'Names and values that the document shows.' })
  customFields!: CustomFieldObject[];

  @Field(() => InvoiceIssuer, { nullable: true, description: 'Who issued it, frozen; null for a draft.' })
  issuer!: InvoiceIssuer | null;

  @Field(() => InvoiceBuyer, { nullable: true, description: 'Whom it was sent to, frozen; null for a draft.' })
  buyer!: InvoiceBuyer | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when it is to be paid; null for a draft.' })
  dueAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it became final.' })
  finalizedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the last of it was paid.' })
  paidAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back.' })
  voidedAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was given up.' })
  uncollectibleAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of what finalization froze; null for a draft.' })
  contentHash!: string | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed, on the account’s clock.' })
  updatedAt!: Date;
}

/** The API's view of an invoice; personal data of the buyer only for those who may see it. */
export function toInvoice(record: ShownInvoice, viewer: { permissions: ReadonlySet<string> }): Invoice {
  const { currency, issuer, buyer } = record;
  const seesPersonal = viewer.permissions.has('personal:read');
  const shown = new Invoice();
  shown.id = toGlobalId('inv', record.id);
  shown.uuid = record.id;
  shown.accountUuid = record.account_id;
  shown.billToAccountUuid = record.bill_to_account_id;
  shown.legalEntityUuid = record.legal_entity_id;
  shown.paymentMethodUuid = record.payment_method_id;
  shown.number = record.number;
  shown.status = record.status;
  shown.pastDue = record.past_due;
  shown.reason = record.reason;
  shown.currency = currency;
  shown.collection = record.collection;
  shown.subtotal = money(record.subtotal, currency);
  shown.discountTotal = money(record.discount_total, currency);
  shown.taxTotal = money(record.tax_total, currency);
  shown.taxIncluded = money(record.tax_included, currency);
  shown.carriedToCredit = money(record.carried_to_credit, currency);
  shown.total = money(record.total, currency);
  shown.creditsApplied = money(record.credits_applied, currency);
  shown.creditNotesApplied = money(record.credit_notes_applied, currency);
  shown.amountPaid = money(record.amount_paid, currency);
  shown.writtenOff = money(record.written_off, currency);
  shown.amountDue = money(record.amount_due, currency);
  shown.netDays = record.net_days;
  shown.memo = record.memo;
  shown.purchaseOrderNumber = record.purchase_order_number;
  shown.customFields = record.custom_fields;
  shown.replacesUuid = record.replaces_invoice_id;
  shown.issuer = issuer && {
    name: issuer.name,
    address: issuer.country ? (issuer.address as Address) : null,
    taxIds: issuer.taxIds as TaxIdObject[],
    email: issuer.email,
  };
  shown.buyer = buyer && {
    name: buyer.name,
    email: seesPersonal ? buyer.email : null,
    billingAddress: seesPersonal ? (buyer.billingAddress as Address | null) : null,
    taxIds: seesPersonal ? (buyer.taxIds as TaxIdObject[]) : [],
    taxExempt: buyer.taxExempt,
  };
  shown.dueAt = record.due_at;
  shown.finalizedAt = record.finalized_at;
  shown.paidAt = record.paid_at;
  shown.voidedAt = record.voided_at;
  shown.uncollectibleAt = record.uncollectible_at;
  shown.contentHash = record.content_hash;
  shown.metadata = record.metadata;
  shown.createdAt = record.created_at;
  shown.updatedAt = record.updated_at;
  return shown;
}

export const InvoiceConnection = Connection(() => Invoice, 'Invoice');
