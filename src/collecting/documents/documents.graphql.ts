import 'reflect-metadata';
import { Field, ID as IdType, InputType, Int, ObjectType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { toGlobalId } from '../../platform/id.ts';
import { Node } from '../../platform/node.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar, LocalDateScalar } from '../../platform/scalars.ts';
import type { DocumentKind } from './signed-links.ts';

@ObjectType('DocumentLink', { description: 'Where a document can be fetched for a while, without other credentials.' })
export class DocumentLink {
  kind!: DocumentKind;
  uuid!: string;

  @Field(() => String, {
    description: 'The address of the PDF. Whoever has it can fetch the document until it expires.',
  })
  url!: string;

  @Field(() => DateTimeScalar, { description: 'Until when the address is good.' })
  expiresAt!: Date;

  @Field(() => String, { description: 'What the file is called.' })
  filename!: string;
}

@ObjectType('Branding', { description: 'How documents of a legal entity look that are issued now.' })
export class Branding {
  @Field(() => Int, { description: 'Which version it is: each change makes the next one. 0 before the first.' })
  version!: number;

  @Field(() => String, { description: 'The color of titles, as #rrggbb.' })
  accentColor!: string;

  @Field(() => String, { nullable: true, description: 'What stands at the foot of every page.' })
  footer!: string | null;

  @Field(() => Boolean, { description: 'Whether there is a logo.' })
  hasLogo!: boolean;
}

@ObjectType('Receipt', { implements: Node, description: 'The confirmation that money came in; it never changes.' })
export class Receipt extends Node {
  uuid!: string;
  paymentUuid!: string;
  accountUuid!: string;

  @Field(() => String, { description: 'Its number: RCP, the day, and its place among the receipts of that day.' })
  number!: string;

  @Field(() => Money, { description: 'What came in.' })
  amount!: Money;

  @Field(() => LocalDateScalar, { description: 'The day it came in, where the account is.' })
  paidOn!: string;

  @Field(() => DateTimeScalar, { description: 'When it came in.' })
  paidAt!: Date;
}

/** A row of `receipts` as SQL answers it. */
export interface ReceiptRecord {
  id: string;
  number: string;
  payment_id: string;
  account_id: string;
  currency: string;
  amount: bigint;
  paid_on: string;
  paid_at: Date;
}

/** The API's view of a receipt. */
export function toReceipt(record: ReceiptRecord): Receipt {
  return Object.assign(new Receipt(), {
    id: toGlobalId('rcp', record.id),
    uuid: record.id,
    paymentUuid: record.payment_id,
    accountUuid: record.account_id,
    number: record.number,
    amount: money(record.amount, record.currency),
    paidOn: record.paid_on,
    paidAt: record.paid_at,
  });
}

@InputType('SetBrandingInput', {
  description: 'How documents are to look; what is left out stays, null takes it away.',
})
export class SetBrandingFields {
  @Field(() => IdType, { description: 'The legal entity whose documents they are.' })
  legalEntityId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The color of titles, as #rrggbb; dark enough to be read on white.',
  })
  accentColor?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What stands at the foot of every page, at most 500 characters.',
  })
  footer?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A PNG or JPEG in base64, at most 200 kB and 2,000 by 2,000 dots.',
  })
  logo?: string | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType('SetBrandingPayload', { description: 'How documents look now, or why nothing was changed.' })
export class SetBrandingPayload extends MutationPayload {
  @Field(() => Branding, { nullable: true, description: 'How documents look now.' })
  branding?: Branding | null;
}

@InputType('RevokeDocumentLinksInput', { description: 'Nothing has to be said: all links given out so far are meant.' })
export class RevokeDocumentLinksFields {
  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType('RevokeDocumentLinksPayload', { description: 'Until when links are taken back.' })
export class RevokeDocumentLinksPayload extends MutationPayload {
  @Field(() => DateTimeScalar, { nullable: true, description: 'Links that were given out up to then open nothing.' })
  revokedAt?: Date | null;
}
