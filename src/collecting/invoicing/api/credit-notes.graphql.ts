import 'reflect-metadata';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Money, money, Period } from '../../../platform/api-types.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { Node } from '../../../platform/node.ts';
import { Connection } from '../../../platform/pagination.ts';
import {
  CurrencyCode,
  DateTimeScalar,
  DecimalScalar,
  type Metadata,
  MetadataScalar,
} from '../../../platform/scalars.ts';
import { CreditDerivation, toCreditDerivation } from './credit-derivation.graphql.ts';
import type { CreditNoteLineRecord, CreditNoteRecord } from './credit-notes.queries.ts';

export const CreditNoteStatusEnum = { ISSUED: 'issued', VOID: 'void' } as const;
registerEnumType(CreditNoteStatusEnum, {
  name: 'CreditNoteStatus',
  description: 'Whether a credit note counts.',
  valuesConfig: {
    ISSUED: { description: 'It counts.' },
    VOID: { description: 'It was taken back as if it had never been issued.' },
  },
});

export const CreditNoteReasonEnum = {
  DUPLICATE: 'duplicate',
  UNSATISFACTORY: 'unsatisfactory',
  ORDER_CHANGE: 'order_change',
  ORDER_CANCELED: 'order_canceled',
  FRAUDULENT: 'fraudulent',
  OTHER: 'other',
} as const;
registerEnumType(CreditNoteReasonEnum, {
  name: 'CreditNoteReason',
  description: 'Why something was credited.',
  valuesConfig: {
    DUPLICATE: { description: 'It was billed twice.' },
    UNSATISFACTORY: { description: 'What was supplied was not as it should be.' },
    ORDER_CHANGE: { description: 'The order changed.' },
    ORDER_CANCELED: { description: 'The order was canceled.' },
    FRAUDULENT: { description: 'Somebody else ordered it.' },
    OTHER: { description: 'Another reason; the memo may tell it.' },
  },
});

/** What the sums of a note say, also where it is only looked at. */
export const sums = {
  subtotal: 'What is taken back of the lines, before discounts and tax.',
  discountTotal: 'The share of their discounts.',
  taxTotal: 'All tax taken back, whether on top of the lines or contained in them.',
  taxIncluded: 'The part of the tax that the lines already contain.',
  total: 'subtotal − discountTotal + taxTotal − taxIncluded; always more than 0.',
  toInvoice: 'The part that lowers what is due on the invoice.',
  toRefund: 'The part that is paid back, or was before.',
  refundedBefore:
    'What of toRefund had been given back by refunds without a credit note: the note only tells of it, and no money goes back twice.',
  toBalance:
    'The part that becomes credit of the bill-to account: new, without expiry or limits, for what money had paid; what credit had paid goes back to its grants.',
};

@ObjectType({ description: 'What a credit note comes to.' })
abstract class CreditNoteAmounts extends Node {
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
}

@ObjectType('CreditNote', {
  implements: Node,
  description: 'What of a final invoice was taken back; its content never changes.',
})
export class CreditNote extends CreditNoteAmounts {
  /** Ids inside; not fields of the API. */
  uuid!: string;
  invoiceUuid!: string;
  accountUuid!: string;
  billToAccountUuid!: string;

  @Field(() => String, { description: 'Its number, without gaps within its issuer’s credit notes.' })
  number!: string;

  @Field(() => CreditNoteStatusEnum, { description: 'Whether it counts.' })
  status!: string;

  @Field(() => CreditNoteReasonEnum, { description: 'Why it was issued.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'A note to the buyer.' })
  memo!: string | null;

  @Field(() => CurrencyCode, { description: 'The currency of all its amounts: that of the invoice.' })
  currency!: string;

  @Field(() => DateTimeScalar, { description: 'When it was issued, on the account’s clock.' })
  issuedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was voided.' })
  voidedAt!: Date | null;

  @Field(() => String, { description: 'A hash of all that the note says, which shows tampering.' })
  contentHash!: string;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date;
}

@ObjectType('CreditNoteLine', { implements: Node, description: 'What a credit note takes back of one line.' })
export class CreditNoteLine extends Node {
  invoiceLineUuid!: string;

  @Field(() => ID, { description: 'The line of the invoice.' })
  invoiceLineId!: string;

  @Field(() => String, { description: 'What the line is for.' })
  description!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'How many, where it was credited by quantity.' })
  quantity!: string | null;

  @Field(() => Money, { description: 'What is taken back, before discount and tax.' })
  amount!: Money;

  @Field(() => Money, { description: 'The share of the line’s discount.' })
  discountAmount!: Money;

  @Field(() => Money, { description: 'The share of the line’s tax.' })
  taxAmount!: Money;

  @Field(() => Money, { description: 'What the customer gets for it: after discount and with tax.' })
  total!: Money;

  @Field(() => Period, { nullable: true, description: 'The time that is credited, where it was credited by time.' })
  period!: Period | null;

  @Field(() => Boolean, { description: 'Whether that time may be billed again.' })
  freesPeriod!: boolean;

  @Field(() => CreditDerivation, {
    nullable: true,
    description: 'How it came about; null on notes that are older than derivations.',
  })
  derivation!: CreditDerivation | null;
}

/** The API's view of a credit note. */
export function toCreditNote(record: CreditNoteRecord): CreditNote {
  const of = (amount: bigint) => money(amount, record.currency);
  return Object.assign(new CreditNote(), {
    id: toGlobalId('cn', record.id),
    uuid: record.id,
    invoiceUuid: record.invoice_id,
    accountUuid: record.account_id,
    billToAccountUuid: record.bill_to_account_id,
    number: record.number,
    status: record.status,
    reason: record.reason,
    memo: record.memo,
    currency: record.currency,
    subtotal: of(record.subtotal),
    discountTotal: of(record.discount_total),
    taxTotal: of(record.tax_total),
    taxIncluded: of(record.tax_included),
    total: of(record.total),
    toInvoice: of(record.to_invoice),
    toRefund: of(record.to_refund),
    refundedBefore: of(record.refunded_before),
    toBalance: of(record.to_balance),
    issuedAt: record.issued_at,
    voidedAt: record.voided_at,
    contentHash: record.content_hash,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

/** The API's view of a line of a credit note. */
export function toCreditNoteLine(record: CreditNoteLineRecord): CreditNoteLine {
  const { period_start: start, period_end: end } = record;
  const of = (amount: bigint) => money(amount, record.currency);
  return Object.assign(new CreditNoteLine(), {
    id: toGlobalId('cnl', record.id),
    invoiceLineUuid: record.invoice_line_id,
    invoiceLineId: toGlobalId('il', record.invoice_line_id),
    description: record.description,
    quantity: record.quantity,
    amount: of(record.amount),
    discountAmount: of(record.discount_amount),
    taxAmount: of(record.tax_amount),
    total: of(record.total),
    period: start && end ? { start, end } : null,
    freesPeriod: record.frees_period,
    derivation: toCreditDerivation(record.derivation),
  });
}

export const CreditNoteConnection = Connection(() => CreditNote, 'CreditNote');
