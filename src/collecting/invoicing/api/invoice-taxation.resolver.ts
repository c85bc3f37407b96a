import 'reflect-metadata';
import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context.ts';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import { awaitsFact } from '../issuing/taxations.ts';
import {
  InvoiceTaxStatusEnum,
  TaxFilingKindEnum,
  TaxFilingStatusEnum,
  TaxPendingReasonEnum,
} from './invoicing.enums.ts';
import { Invoice } from './invoicing.graphql.ts';

@ObjectType('InvoiceTaxPending', { description: 'What a draft waits for whose tax is not known.' })
export class InvoiceTaxPending {
  @Field(() => TaxPendingReasonEnum, { description: 'What it waits for.' })
  reason!: string;

  @Field(() => String, { nullable: true, description: 'What the last try came to, in words; null before the first.' })
  problem!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'As of when it becomes final by itself once its tax is known; null where it then stays a draft.',
  })
  finalizesAsOf!: Date | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When the tax service is asked next; null where something has to be entered or confirmed first.',
  })
  nextTryAt!: Date | null;
}

@ObjectType('TaxFiling', { description: 'What a tax service is told of an invoice, for its reports.' })
export class TaxFiling {
  @Field(() => TaxFilingKindEnum, { description: 'A sale, or what is taken back of one.' })
  kind!: string;

  @Field(() => TaxFilingStatusEnum, { description: 'What became of it.' })
  status!: string;

  @Field(() => String, { description: 'Under which reference the service finds it.' })
  reference!: string;

  @Field(() => String, { nullable: true, description: 'What the service calls it, once it was told.' })
  providerReference!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the last try failed, in words.' })
  problem!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is tried next; null once it is decided.' })
  nextTryAt!: Date | null;
}

interface FilingRecord {
  invoice_id: string;
  kind: string;
  status: string;
  reference: string;
  provider_ref: string | null;
  problem: string | null;
  retry_at: Date | null;
}

function filingsOf(context: Context) {
  return context.loader('invoice.tax_filings', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<FilingRecord>(
      `select invoice_id, kind, status, reference, provider_ref, problem, retry_at from tax_filings
       where organization_id = $1 and invoice_id = any($2::uuid[]) order by created_at, id`,
      [context.organizationId, [...ids]],
    );
    return ids.map((id) => rows.filter((row) => row.invoice_id === id));
  });
}

interface PendingRecord {
  invoice_id: string;
  reason: string;
  problem: string | null;
  finalize_at: Date | null;
  retry_at: Date | null;
}

function pendingOf(context: Context) {
  return context.loader('invoice.tax_pending', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PendingRecord>(
      `select invoice_id, reason, problem, finalize_at, retry_at from invoice_taxations
       where organization_id = $1 and invoice_id = any($2::uuid[]) and status = 'pending'`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.invoice_id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

@Resolver(() => Invoice)
export class InvoiceTaxationResolver {
  @FieldResolver(() => InvoiceTaxStatusEnum, {
    description: 'Whether its tax is known. While it is PENDING no tax is in its sums, and it cannot become final.',
  })
  async taxStatus(@Root() invoice: Invoice, @Ctx() context: Context): Promise<string> {
    return (await this.taxPending(invoice, context)) ? 'pending' : 'known';
  }

  @FieldResolver(() => InvoiceTaxPending, {
    nullable: true,
    description: 'What it waits for while its tax is PENDING; else null.',
  })
  async taxPending(@Root() invoice: Invoice, @Ctx() context: Context): Promise<InvoiceTaxPending | null> {
    const row = invoice.status === 'draft' ? await pendingOf(context).load(invoice.uuid) : null;
    if (!row) return null;
    const { reason, problem, finalize_at: finalizesAsOf } = row;
    const nextTryAt = awaitsFact.has(reason) ? null : row.retry_at;
    return Object.assign(new InvoiceTaxPending(), { reason, problem, finalizesAsOf, nextTryAt });
  }

  @FieldResolver(() => [TaxFiling], {
    description:
      'What the tax service of its issuer is told of it: the sale, and what itself, its credit notes and its void take back. Empty where your own rates decide.',
  })
  async taxFilings(@Root() invoice: Invoice, @Ctx() context: Context): Promise<TaxFiling[]> {
    const rows = await filingsOf(context).load(invoice.uuid);
    return rows.map(({ kind, status, reference, provider_ref: providerReference, problem, retry_at: nextTryAt }) =>
      Object.assign(new TaxFiling(), { kind, status, reference, providerReference, problem, nextTryAt }),
    );
  }
}
