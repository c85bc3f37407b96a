import 'reflect-metadata';
import { Field, ID, InputType, Int } from 'type-graphql';

/** What the invoices of a subscription are told, when it is made and later. */
@InputType({ description: 'What the invoices of a subscription are told.' })
export abstract class InvoiceTermsFields {
  @Field(() => Int, { nullable: true, description: 'Days from an invoice to its due date, 0 to 365.' })
  netDays?: number | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The legal entity that issues its invoices; that of the account if left out.',
  })
  legalEntityId?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The buyer’s own number for what was ordered, at most 100 characters; that of the account if left out.',
  })
  purchaseOrderNumber?: string | null;
}
