import 'reflect-metadata';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { toGlobalId } from '../platform/id.ts';
import { Node } from '../platform/node.ts';
import { MutationPayload } from '../platform/payload.ts';
import { CurrencyCode, DateTimeScalar, type Metadata, MetadataScalar, TimeZoneScalar } from '../platform/scalars.ts';

export const OrganizationMode = { LIVE: 'live', SANDBOX: 'sandbox' } as const;
registerEnumType(OrganizationMode, {
  name: 'OrganizationMode',
  description: 'Whether an organization deals with real money.',
  valuesConfig: {
    LIVE: { description: 'Real customers and real money.' },
    SANDBOX: { description: 'For trying things: test clocks and the sandbox gateway.' },
  },
});

const InvoiceGrouping = { ACCOUNT: 'account', SUBSCRIPTION: 'subscription' } as const;
registerEnumType(InvoiceGrouping, {
  name: 'InvoiceGrouping',
  description: 'What falls due together and is put on one invoice.',
  valuesConfig: {
    ACCOUNT: { description: 'Everything of an account in one currency.' },
    SUBSCRIPTION: { description: 'Each subscription by itself.' },
  },
});

const DunningFinalAction = { NONE: 'none', CANCEL: 'cancel', MARK_UNCOLLECTIBLE: 'mark_uncollectible' } as const;
registerEnumType(DunningFinalAction, {
  name: 'DunningFinalAction',
  description: 'What happens when dunning gives up on an invoice.',
  valuesConfig: {
    NONE: { description: 'Nothing more; the invoice stays open.' },
    CANCEL: { description: 'Its subscriptions are canceled, but for one that was reactivated since what it bills.' },
    MARK_UNCOLLECTIBLE: { description: 'The invoice is written off.' },
  },
});

@ObjectType('Organization', { implements: Node, description: 'The merchant to whom everything here belongs.' })
export class Organization extends Node {
  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => OrganizationMode, { description: 'Whether it deals with real money.' })
  mode!: string;

  @Field(() => TimeZoneScalar, { description: 'The time zone of accounts that are given none.' })
  timezone!: string;

  @Field(() => CurrencyCode, { description: 'The currency of accounts that are given none.' })
  defaultCurrency!: string;

  @Field(() => Int, { description: 'Days between finalization and due date of invoices.' })
  netDays!: number;

  @Field(() => Int, { description: 'Days for which recurring invoices stay drafts before they become final.' })
  invoiceGraceDays!: number;

  @Field(() => InvoiceGrouping, { description: 'What is put on one invoice.' })
  invoiceGrouping!: string;

  @Field(() => DunningFinalAction, { description: 'What happens when dunning gives up.' })
  dunningFinalAction!: string;

  @Field(() => Int, { description: 'Days before the end of a free trial on which it is announced.' })
  trialReminderDays!: number;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When its settings were last changed.' })
  updatedAt!: Date;
}

/** A row of `organizations` as SQL answers it. */
export interface OrganizationRecord {
  id: string;
  name: string;
  mode: string;
  timezone: string;
  default_currency: string;
  net_days: number;
  invoice_grace_days: number;
  invoice_grouping: string;
  dunning_final_action: string;
  trial_reminder_days: number;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

/** The API's view of an organization's row. */
export function toOrganization(record: OrganizationRecord): Organization {
  return Object.assign(new Organization(), {
    id: toGlobalId('org', record.id),
    name: record.name,
    mode: record.mode,
    timezone: record.timezone,
    defaultCurrency: record.default_currency,
    netDays: record.net_days,
    invoiceGraceDays: record.invoice_grace_days,
    invoiceGrouping: record.invoice_grouping,
    dunningFinalAction: record.dunning_final_action,
    trialReminderDays: record.trial_reminder_days,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

@InputType('UpdateOrganizationInput', { description: 'Which settings change; those left out stay, null is refused.' })
export class UpdateOrganizationFields {
  @Field(() => String, { nullable: true, description: 'Its name, at most 200 characters.' })
  name?: string | null;

  @Field(() => TimeZoneScalar, { nullable: true, description: 'The time zone of accounts that are given none.' })
  timezone?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'The currency of accounts that are given none.' })
  defaultCurrency?: string | null;

  @Field(() => Int, { nullable: true, description: 'Days between finalization and due date of invoices, 0 to 365.' })
  netDays?: number | null;

  @Field(() => Int, { nullable: true, description: 'Days for which recurring invoices stay drafts, 0 to 60.' })
  invoiceGraceDays?: number | null;

  @Field(() => InvoiceGrouping, { nullable: true, description: 'What is put on one invoice.' })
  invoiceGrouping?: 'account' | 'subscription' | null;

  @Field(() => DunningFinalAction, { nullable: true, description: 'What happens when dunning gives up.' })
  dunningFinalAction?: 'none' | 'cancel' | 'mark_uncollectible' | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Days before the end of a free trial on which it is announced, 0 to 60, for trials that begin from now on.',
  })
  trialReminderDays?: number | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own; they replace all before.' })
  metadata?: Metadata | null;
}

@ObjectType('UpdateOrganizationPayload', { description: 'The changed organization, or why nothing was changed.' })
export class UpdateOrganizationPayload extends MutationPayload {
  @Field(() => Organization, { nullable: true, description: 'The organization.' })
  organization?: Organization | null;
}
