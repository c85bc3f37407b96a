import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../platform/id.ts';
import { readId } from '../../platform/id-input.ts';
import { Node } from '../../platform/node.ts';
import { MutationPayload } from '../../platform/payload.ts';
import {
  CountryCodeScalar,
  DateTimeScalar,
  DecimalScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
} from '../../platform/scalars.ts';
import { Where } from '../../platform/where.ts';
import type { Work } from '../../platform/work.ts';
import { archiveTaxRate, createTaxRate } from './create-tax-rate.ts';

@ObjectType('TaxRate', { implements: Node, description: 'A tax rate of a country or region; it never changes.' })
export class TaxRate extends Node {
  uuid!: string;

  @Field(() => String, { description: 'Its name on invoices.' })
  name!: string;

  @Field(() => CountryCodeScalar, { description: 'The buyer’s country.' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'The buyer’s region; null for the whole country.' })
  region!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Whose tax it is, where several of one place add up; null where there is one only.',
  })
  jurisdiction!: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage: 20 is 20 %.' })
  percent!: string;

  @Field(() => Boolean, { description: 'Whether prices already contain it.' })
  inclusive!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The tax category it is limited to; null: for what has no rate of its own.',
  })
  taxCategory!: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds; null: always did.' })
  validFrom!: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds no longer; null: no end.' })
  validTo!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken out of use.' })
  archivedAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

interface TaxRateRecord {
  id: string;
  name: string;
  country: string;
  region: string | null;
  jurisdiction: string;
  percent: string;
  inclusive: boolean;
  tax_category: string | null;
  valid_from: string | null;
  valid_to: string | null;
  archived_at: Date | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns = `id, name, country, region, jurisdiction, trim_scale(percent)::text as percent, inclusive, tax_category, valid_from, valid_to, archived_at, metadata, created_at, updated_at`;

function toTaxRate(record: TaxRateRecord): TaxRate {
  return Object.assign(new TaxRate(), {
    id: toGlobalId('txr', record.id),
    uuid: record.id,
    name: record.name,
    country: record.country,
    region: record.region,
    jurisdiction: record.jurisdiction || null,
    percent: record.percent,
    inclusive: record.inclusive,
    taxCategory: record.tax_category,
    validFrom: record.valid_from,
    validTo: record.valid_to,
    archivedAt: record.archived_at,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

/** The API's view of a tax rate by uuid, for whoever shows one beside its own objects. */
export async function showTaxRate(context: Context, uuid: string): Promise<TaxRate | null> {
  const loader = context.loader('tax_rate', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<TaxRateRecord>(
      `select ${columns} from tax_rates where organization_id = $1 and id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
  const record = await loader.load(uuid);
  return record && toTaxRate(record);
}

/** Tax rates for `node(id)`. */
export async function taxRateNodes(context: Context, ids: readonly string[]): Promise<Map<string, TaxRate>> {
  requirePermission(context, 'taxes:read');
  const shown = await Promise.all(ids.map((id) => showTaxRate(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

@InputType('CreateTaxRateInput', { description: 'A new tax rate.' })
export class CreateTaxRateFields {
  @Field(() => String, { description: 'Its name on invoices, at most 100 characters.' })
  name!: string;

  @Field(() => CountryCodeScalar, { description: 'The buyer’s country.' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The buyer’s region, by its code of ISO 3166-2 (NY, or US-NY); the whole country if left out. It is kept in capitals without the country, and compared so with billing addresses.',
  })
  region?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Whose tax it is, such as a county or city: rates of one place and category add up only where each has a jurisdiction of its own. Two of the same at one time are refused, and so is one without a jurisdiction beside another. Kept in small letters.',
  })
  jurisdiction?: string | null;

  @Field(() => DecimalScalar, { description: 'The percentage, 0 to 100 with at most 6 decimals.' })
  percent!: string;

  @Field(() => Boolean, { description: 'Whether prices already contain it.' })
  inclusive!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'The tax category it is limited to, a code of your own such as books.',
  })
  taxCategory?: string | null;

  @Field(() => LocalDateScalar, {
    nullable: true,
    description:
      'The first day it holds: a day in the zone of the billed account, so an instant near midnight may be of two days for two buyers.',
  })
  validFrom?: string | null;

  @Field(() => LocalDateScalar, {
    nullable: true,
    description: 'The first day it holds no longer, in the zone of the billed account.',
  })
  validTo?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('ArchiveTaxRateInput', { description: 'Which tax rate is taken out of use.' })
export class ArchiveTaxRateFields {
  @Field(() => ID, { description: 'The tax rate.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The tax rate, or why nothing was done.' })
abstract class TaxRateAnswer extends MutationPayload {
  @Field(() => TaxRate, { nullable: true, description: 'The tax rate as it is now.' })
  taxRate?: TaxRate | null;
}

@ObjectType('CreateTaxRatePayload', { description: 'The new tax rate, or why none was made.' })
export class CreateTaxRatePayload extends TaxRateAnswer {}

@ObjectType('ArchiveTaxRatePayload', { description: 'The tax rate out of use, or why it is still in use.' })
export class ArchiveTaxRatePayload extends TaxRateAnswer {}

@Resolver(() => TaxRate)
export class TaxRatesResolver {
  @Query(() => TaxRate, { nullable: true, description: 'One tax rate; null if there is none.' })
  async taxRate(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<TaxRate | null> {
    requirePermission(context, 'taxes:read');
    const uuid = fromGlobalId('txr', id);
    return uuid ? showTaxRate(context, uuid) : null;
  }

  @Query(() => [TaxRate], { description: 'The tax rates in use, by country and region; at most 1,000.' })
  async taxRates(
    @Arg('country', () => CountryCodeScalar, { nullable: true, description: 'Only of this country.' })
    country: string | null,
    @Arg('includeArchived', () => Boolean, { nullable: true, description: 'Also those out of use.' })
    includeArchived: boolean | null,
    @Ctx() context: Context,
  ): Promise<TaxRate[]> {
    requirePermission(context, 'taxes:read');
    const where = new Where();
    where.add('organization_id = ?', context.organizationId);
    where.addIf(country, 'country = ?');
    if (!includeArchived) where.add('archived_at is null');
    const rows = await context.reader.rows<TaxRateRecord>(
      `select ${columns} from tax_rates where ${where.text} order by country, region nulls first, created_at, id limit 1000`,
      where.values,
    );
    return rows.map(toTaxRate);
  }

  @Mutation(() => CreateTaxRatePayload, {
    description: 'Makes a tax rate, which applies to invoices finalized from then on.',
  })
  async createTaxRate(
    @Arg('input', () => CreateTaxRateFields, { description: 'What it is.' }) input: CreateTaxRateFields,
    @Ctx() context: Context,
  ): Promise<CreateTaxRatePayload> {
    return change(context, 'createTaxRate', input, (work) => createTaxRate(work, input));
  }

  @Mutation(() => ArchiveTaxRatePayload, { description: 'Takes a tax rate out of use; invoices that used it keep it.' })
  async archiveTaxRate(
    @Arg('input', () => ArchiveTaxRateFields, { description: 'Which one.' }) input: ArchiveTaxRateFields,
    @Ctx() context: Context,
  ): Promise<ArchiveTaxRatePayload> {
    return change(context, 'archiveTaxRate', input, (work) =>
      archiveTaxRate(work, { id: readId('txr', input.id, ['input', 'id']) }),
    );
  }
}

async function change(
  context: Context,
  operation: string,
  input: { idempotencyKey?: string | null },
  verb: (work: Work) => Promise<{ id: string }>,
) {
  requirePermission(context, 'taxes:write');
  const { idempotencyKey, ...compared } = input;
  return runMutation(
    context,
    { operation, input: compared, idempotencyKey },
    async (work) => ({ id: (await verb(work)).id }),
    async ({ id }) => ({ taxRate: await showTaxRate(context, id) }),
  );
}
