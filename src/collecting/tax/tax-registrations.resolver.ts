import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { toGlobalId } from '../../platform/id.ts';
import { idToFind, readId } from '../../platform/id-input.ts';
import { Node } from '../../platform/node.ts';
import { MutationPayload } from '../../platform/payload.ts';
import {
  CountryCodeScalar,
  DateTimeScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
} from '../../platform/scalars.ts';
import type { Work } from '../../platform/work.ts';
import { archiveTaxRegistration, createTaxRegistration } from './create-tax-registration.ts';

export const TaxSchemeEnum = { STANDARD: 'standard', OSS: 'oss' } as const;
registerEnumType(TaxSchemeEnum, {
  name: 'TaxScheme',
  description: 'How an issuer is registered for tax.',
  valuesConfig: {
    STANDARD: { description: 'In a country or a region of it.' },
    OSS: { description: 'In the one-stop shop: for all member states of the European Union.' },
  },
});

@ObjectType('TaxRegistration', {
  implements: Node,
  description: 'Where a legal entity is registered for tax; it never changes.',
})
export class TaxRegistration extends Node {
  uuid!: string;

  @Field(() => ID, { description: 'The legal entity.' })
  legalEntityId!: string;

  @Field(() => CountryCodeScalar, { description: 'The country.' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'The region; null for the whole country.' })
  region!: string | null;

  @Field(() => TaxSchemeEnum, { description: 'How it is registered.' })
  scheme!: string;

  @Field(() => String, { nullable: true, description: 'The number it is registered under.' })
  taxId!: string | null;

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

interface RegistrationRecord {
  id: string;
  legal_entity_id: string;
  country: string;
  region: string | null;
  scheme: string;
  tax_id: string | null;
  valid_from: string | null;
  valid_to: string | null;
  archived_at: Date | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns =
  'id, legal_entity_id, country, region, scheme, tax_id, valid_from, valid_to, archived_at, metadata, created_at, updated_at';

function toRegistration(record: RegistrationRecord): TaxRegistration {
  return Object.assign(new TaxRegistration(), {
    id: toGlobalId('txn', record.id),
    uuid: record.id,
    legalEntityId: toGlobalId('le', record.legal_entity_id),
    country: record.country,
    region: record.region,
    scheme: record.scheme,
    taxId: record.tax_id,
    validFrom: record.valid_from,
    validTo: record.valid_to,
    archivedAt: record.archived_at,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

/** Tax registrations for `node(id)`. */
export async function registrationNodes(
  context: Context,
  ids: readonly string[],
): Promise<Map<string, TaxRegistration>> {
  requirePermission(context, 'taxes:read');
  const rows = await context.reader.rows<RegistrationRecord>(
    `select ${columns} from tax_registrations where organization_id = $1 and id = any($2::uuid[])`,
    [context.organizationId, [...ids]],
  );
  return new Map(rows.map((row) => [row.id, toRegistration(row)]));
}

@InputType('CreateTaxRegistrationInput', { description: 'Where a legal entity is registered for tax.' })
export class CreateTaxRegistrationFields {
  @Field(() => ID, { description: 'The legal entity.' })
  legalEntityId!: string;

  @Field(() => CountryCodeScalar, { description: 'The country.' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The region, by its code of ISO 3166-2 (NY, or US-NY); the whole country if left out.',
  })
  region?: string | null;

  @Field(() => TaxSchemeEnum, { nullable: true, description: 'How it is registered; STANDARD if left out.' })
  scheme?: 'standard' | 'oss' | null;

  @Field(() => String, { nullable: true, description: 'The number it is registered under.' })
  taxId?: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds.' })
  validFrom?: string | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'The first day it holds no longer.' })
  validTo?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('ArchiveTaxRegistrationInput', { description: 'Which registration is taken out of use.' })
export class ArchiveTaxRegistrationFields {
  @Field(() => ID, { description: 'The registration.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The registration, or why nothing was done.' })
abstract class TaxRegistrationAnswer extends MutationPayload {
  @Field(() => TaxRegistration, { nullable: true, description: 'The registration as it is now.' })
  taxRegistration?: TaxRegistration | null;
}

@ObjectType('CreateTaxRegistrationPayload', { description: 'The new registration, or why none was made.' })
export class CreateTaxRegistrationPayload extends TaxRegistrationAnswer {}

@ObjectType('ArchiveTaxRegistrationPayload', { description: 'The registration out of use, or why it is still in use.' })
export class ArchiveTaxRegistrationPayload extends TaxRegistrationAnswer {}

@Resolver()
export class TaxRegistrationsResolver {
  @Query(() => [TaxRegistration], {
    description: 'Where the legal entities are registered for tax, in use, by country; at most 500.',
  })
  async taxRegistrations(
    @Arg('legalEntityId', () => ID, { nullable: true, description: 'Only of this one.' }) legalEntityId: string | null,
    @Arg('includeArchived', () => Boolean, { nullable: true, description: 'Also those out of use.' })
    includeArchived: boolean | null,
    @Ctx() context: Context,
  ): Promise<TaxRegistration[]> {
    requirePermission(context, 'taxes:read');
    const rows = await context.reader.rows<RegistrationRecord>(
      `select ${columns} from tax_registrations where organization_id = $1 and ($2::uuid is null or legal_entity_id = $2::uuid) ${includeArchived ? '' : 'and archived_at is null'}
       order by country, region nulls first, created_at, id limit 500`,
      [context.organizationId, idToFind('le', legalEntityId)],
    );
    return rows.map(toRegistration);
  }

  @Mutation(() => CreateTaxRegistrationPayload, {
    description:
      'Says where a legal entity is registered for tax. From its first registration on, and for good, it charges tax only where it is registered (where no rate holds there, its invoices wait for one), and businesses of other member states of the European Union owe it themselves.',
  })
  async createTaxRegistration(
    @Arg('input', () => CreateTaxRegistrationFields, { description: 'Who, where and from when on.' })
    input: CreateTaxRegistrationFields,
    @Ctx() context: Context,
  ): Promise<CreateTaxRegistrationPayload> {
    return change(context, 'createTaxRegistration', input, (work) =>
      createTaxRegistration(work, {
        ...input,
        legalEntityId: readId('le', input.legalEntityId, ['input', 'legalEntityId']),
      }),
    );
  }

  @Mutation(() => ArchiveTaxRegistrationPayload, {
    description:
      'Takes a registration out of use. An entity whose last one it was is registered nowhere, and charges no tax until it is registered again.',
  })
  async archiveTaxRegistration(
    @Arg('input', () => ArchiveTaxRegistrationFields, { description: 'Which one.' })
    input: ArchiveTaxRegistrationFields,
    @Ctx() context: Context,
  ): Promise<ArchiveTaxRegistrationPayload> {
    return change(context, 'archiveTaxRegistration', input, (work) =>
      archiveTaxRegistration(work, { id: readId('txn', input.id, ['input', 'id']) }),
    );
  }
}

function change(
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
    async ({ id }) => {
      if (!context.permissions.has('taxes:read')) return { taxRegistration: null };
      return { taxRegistration: (await registrationNodes(context, [id])).get(id) ?? null };
    },
  );
}
