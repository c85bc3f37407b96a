import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InputType, Int, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Address, AddressInput, TaxIdInput, TaxIdObject } from '../../../accounts/index.ts';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../../platform/id.ts';
import { readId } from '../../../platform/id-input.ts';
import { Node } from '../../../platform/node.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { DateTimeScalar, EmailAddressScalar, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import type { Work } from '../../../platform/work.ts';
import type { CreateLegalEntityInput, UpdateLegalEntityInput } from '../invoicing.inputs.ts';
import { createLegalEntity } from '../issuers/create-legal-entity.ts';
import { updateLegalEntity } from '../issuers/update-legal-entity.ts';
import { TaxIdCheckPolicyEnum, TaxProviderEnum } from './invoicing.enums.ts';
import { inOrder } from './invoicing.queries.ts';
import { TaxCode, TaxCodeInput } from './tax-codes.graphql.ts';

@ObjectType('LegalEntity', {
  implements: Node,
  description: 'A company that issues invoices, with numbers of its own.',
})
export class LegalEntity extends Node {
  uuid!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => Address, { nullable: true, description: 'Its address; null if it was not told.' })
  address!: Address | null;

  @Field(() => [TaxIdObject], { description: 'Its tax ids.' })
  taxIds!: TaxIdObject[];

  @Field(() => EmailAddressScalar, { nullable: true, description: 'Its e-mail address.' })
  email!: string | null;

  @Field(() => String, { description: 'What its invoice numbers begin with.' })
  invoicePrefix!: string;

  @Field(() => Boolean, { description: 'Whether it issues what names no other.' })
  isDefault!: boolean;

  @Field(() => TaxProviderEnum, { description: 'Who says what tax its invoices carry.' })
  taxProvider!: string;

  @Field(() => Boolean, {
    description: 'Whether prices contain the tax that a tax service tells; your own rates say that themselves.',
  })
  pricesIncludeTax!: boolean;

  @Field(() => [TaxCode], { description: 'What the tax service calls your tax categories.' })
  taxCodes!: TaxCode[];

  @Field(() => TaxIdCheckPolicyEnum, { description: 'What a reverse charge needs on its invoices.' })
  taxIdCheck!: string;

  @Field(() => Int, { description: 'For how many days the confirmation of a VAT id counts, where it needs one.' })
  taxIdMaxAgeDays!: number;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed.' })
  updatedAt!: Date;
}

interface LegalEntityRecord {
  id: string;
  name: string;
  address: Address;
  country: string | null;
  tax_ids: TaxIdObject[];
  email: string | null;
  invoice_prefix: string;
  is_default: boolean;
  tax_provider: string;
  prices_include_tax: boolean;
  tax_codes: TaxCode[];
  tax_id_check: string;
  tax_id_max_age_days: number;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns =
  'id, name, address, country, tax_ids, email, invoice_prefix, is_default, tax_provider, prices_include_tax, tax_codes, tax_id_check, tax_id_max_age_days, metadata, created_at, updated_at';

function toLegalEntity(record: LegalEntityRecord): LegalEntity {
  return Object.assign(new LegalEntity(), {
    id: toGlobalId('le', record.id),
    uuid: record.id,
    name: record.name,
    address: record.country ? record.address : null,
    taxIds: record.tax_ids,
    email: record.email,
    invoicePrefix: record.invoice_prefix,
    isDefault: record.is_default,
    taxProvider: record.tax_provider,
    pricesIncludeTax: record.prices_include_tax,
    taxCodes: record.tax_codes,
    taxIdCheck: record.tax_id_check,
    taxIdMaxAgeDays: record.tax_id_max_age_days,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

/** The API's view of a legal entity by uuid. */
export async function showLegalEntity(context: Context, uuid: string): Promise<LegalEntity | null> {
  const loader = context.loader('legal_entity', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<LegalEntityRecord>(
      `select ${columns} from legal_entities where organization_id = $1 and id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
  const record = await loader.load(uuid);
  return record && toLegalEntity(record);
}

/** Legal entities for `node(id)`. */
export async function legalEntityNodes(context: Context, ids: readonly string[]): Promise<Map<string, LegalEntity>> {
  requirePermission(context, 'settings:read');
  const shown = await Promise.all(ids.map((id) => showLegalEntity(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

@InputType({ description: 'What a legal entity can be told when it is made and later.' })
abstract class LegalEntityValues {
  @Field(() => [TaxIdInput], { nullable: true, description: 'Its tax ids, at most 10.' })
  taxIds?: TaxIdInput[] | null;

  @Field(() => EmailAddressScalar, { nullable: true, description: 'Its e-mail address.' })
  email?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it issues what names no other, instead of the one so far.',
  })
  isDefault?: boolean | null;

  @Field(() => TaxProviderEnum, {
    nullable: true,
    description: 'Who says what tax its invoices carry; MANUAL for a new one. STRIPE_TAX needs a connection to Stripe.',
  })
  taxProvider?: 'manual' | 'stripe_tax' | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether prices contain the tax that a tax service tells; not so for a new one.',
  })
  pricesIncludeTax?: boolean | null;

  @Field(() => [TaxCodeInput], {
    nullable: true,
    description:
      'What the tax service calls your tax categories, at most 200, instead of those so far. A category without a code is taxed by the default of your account there.',
  })
  taxCodes?: TaxCodeInput[] | null;

  @Field(() => TaxIdCheckPolicyEnum, {
    nullable: true,
    description:
      'What a reverse charge needs on its invoices; CHECKSUM for a new one. REGISTER works only where the installation asks a register.',
  })
  taxIdCheck?: 'checksum' | 'register' | null;

  @Field(() => Int, {
    nullable: true,
    description: 'For how many days the confirmation of a VAT id counts, 1 to 365; 90 for a new one.',
  })
  taxIdMaxAgeDays?: number | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('CreateLegalEntityInput', { description: 'A new issuer of invoices.' })
export class CreateLegalEntityFields extends LegalEntityValues {
  @Field(() => String, { description: 'Its name, at most 200 characters.' })
  name!: string;

  @Field(() => AddressInput, {
    description: 'Its address; the country decides about tax where the buyer’s is unknown.',
  })
  address!: AddressInput;

  @Field(() => String, {
    description:
      'What its invoice numbers begin with, before a dash: 1 to 20 capital letters, digits or dashes, not CN-, as its credit notes do.',
  })
  invoicePrefix!: string;
}

@InputType('UpdateLegalEntityInput', {
  description: 'What changes; what is left out stays. Final invoices keep what they froze.',
})
export class UpdateLegalEntityFields extends LegalEntityValues {
  @Field(() => ID, { description: 'The legal entity.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'Its name, at most 200 characters.' })
  name?: string | null;

  @Field(() => AddressInput, { nullable: true, description: 'Its address.' })
  address?: AddressInput | null;

  @Field(() => String, {
    nullable: true,
    description: 'What its invoice numbers begin with, as long as it has issued none.',
  })
  invoicePrefix?: string | null;
}

@ObjectType({ description: 'The legal entity, or why nothing was done.' })
abstract class LegalEntityAnswer extends MutationPayload {
  @Field(() => LegalEntity, { nullable: true, description: 'The legal entity as it is now.' })
  legalEntity?: LegalEntity | null;
}

@ObjectType('CreateLegalEntityPayload', { description: 'The new legal entity, or why none was made.' })
export class CreateLegalEntityPayload extends LegalEntityAnswer {}

@ObjectType('UpdateLegalEntityPayload', { description: 'The changed legal entity, or why nothing was changed.' })
export class UpdateLegalEntityPayload extends LegalEntityAnswer {}

@Resolver(() => LegalEntity)
export class LegalEntitiesResolver {
  @Query(() => LegalEntity, { nullable: true, description: 'One issuer of invoices; null if there is none.' })
  async legalEntity(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<LegalEntity | null> {
    requirePermission(context, 'settings:read');
    const uuid = fromGlobalId('le', id);
    return uuid ? showLegalEntity(context, uuid) : null;
  }

  @Query(() => [LegalEntity], { description: 'The issuers of invoices, the oldest first; at most 100.' })
  async legalEntities(@Ctx() context: Context): Promise<LegalEntity[]> {
    requirePermission(context, 'settings:read');
    const rows = await context.reader.rows<LegalEntityRecord>(
      `select ${columns} from legal_entities where organization_id = $1 order by created_at, id limit 100`,
      [context.organizationId],
    );
    return rows.map(toLegalEntity);
  }

  @Mutation(() => CreateLegalEntityPayload, { description: 'Makes an issuer of invoices, whose numbers begin at 1.' })
  async createLegalEntity(
    @Arg('input', () => CreateLegalEntityFields, { description: 'What it is.' }) input: CreateLegalEntityFields,
    @Ctx() context: Context,
  ): Promise<CreateLegalEntityPayload> {
    const { idempotencyKey: _, ...values } = input;
    return change(context, 'createLegalEntity', input, (work) =>
      createLegalEntity(work, values as CreateLegalEntityInput),
    );
  }

  @Mutation(() => UpdateLegalEntityPayload, { description: 'Changes an issuer for the invoices to come.' })
  async updateLegalEntity(
    @Arg('input', () => UpdateLegalEntityFields, { description: 'Which one, and what changes.' })
    input: UpdateLegalEntityFields,
    @Ctx() context: Context,
  ): Promise<UpdateLegalEntityPayload> {
    const { idempotencyKey: _, email, ...others } = input;
    const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value != null));
    return change(context, 'updateLegalEntity', input, (work) =>
      updateLegalEntity(work, {
        ...given,
        ...(email === undefined ? {} : { email }),
        id: readId('le', input.id, ['input', 'id']),
      } as UpdateLegalEntityInput),
    );
  }
}

async function change(
  context: Context,
  operation: string,
  input: { idempotencyKey?: string | null },
  verb: (work: Work) => Promise<{ id: string }>,
) {
  requirePermission(context, 'settings:write');
  const { idempotencyKey, ...compared } = input;
  return runMutation(
    context,
    { operation, input: compared, idempotencyKey },
    async (work) => ({ id: (await verb(work)).id }),
    async ({ id }) => ({ legalEntity: await showLegalEntity(context, id) }),
  );
}
