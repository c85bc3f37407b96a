import 'reflect-metadata';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Account, showAccount } from '../../../accounts/index.ts';
import { Money, money, Period } from '../../../platform/api-types.ts';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../../platform/id.ts';
import { readId } from '../../../platform/id-input.ts';
import { Node } from '../../../platform/node.ts';
import { Connection, type Page, PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { MutationPayload } from '../../../platform/payload.ts';
import { DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../../platform/scalars.ts';
import { Where } from '../../../platform/where.ts';
import type { Work } from '../../../platform/work.ts';
import { addCharge, cancelCharge } from '../charges/add-charge.ts';
import { InvoiceLine, toInvoiceLine } from './invoice-lines.graphql.ts';
import { ChargeKindEnum, ChargeStatusEnum } from './invoicing.enums.ts';
import { inOrder, lineLoader } from './invoicing.queries.ts';
import { ChargeLineFields } from './invoicing.requests.ts';

@ObjectType('Charge', { implements: Node, description: 'Something owed that goes onto an invoice to come.' })
export class Charge extends Node {
  uuid!: string;
  accountUuid!: string;
  invoiceLineUuid!: string | null;

  @Field(() => ChargeStatusEnum, { description: 'What has become of it.' })
  status!: string;

  @Field(() => ChargeKindEnum, { description: 'What it is for.' })
  kind!: string;

  @Field(() => String, { description: 'What it is for, in words.' })
  description!: string;

  @Field(() => DecimalScalar, { description: 'How many.' })
  quantity!: string;

  @Field(() => DecimalScalar, { description: 'The price of one, in the smallest unit of the currency, exact.' })
  unitAmountMinor!: string;

  @Field(() => Money, { description: 'What is owed, before tax; negative for a credit.' })
  amount!: Money;

  @Field(() => Period, { nullable: true, description: 'The service period; null if it has none.' })
  period!: Period | null;

  @Field(() => DateTimeScalar, { description: 'From when on it may be invoiced.' })
  dueAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back.' })
  canceledAt!: Date | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text of your own.' })
  metadata!: Metadata;

  @Field(() => DateTimeScalar, { description: 'When it was made, on the account’s clock.' })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: 'When it was last changed, on the account’s clock.' })
  updatedAt!: Date;
}

const ChargeConnection = Connection(() => Charge, 'Charge');

interface ChargeRecord {
  id: string;
  account_id: string;
  currency: string;
  kind: string;
  description: string;
  quantity: string;
  unit_amount: string;
  amount: bigint;
  period_start: Date | null;
  period_end: Date | null;
  due_at: Date;
  invoice_line_id: string | null;
  canceled_at: Date | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
}

const columns = `c.id, c.account_id, c.currency, c.kind, c.description, c.quantity, c.unit_amount, c.amount, c.period_start, c.period_end, c.due_at,
  c.invoice_line_id, c.canceled_at, c.metadata, c.created_at, c.updated_at`;

function toCharge(record: ChargeRecord): Charge {
  const { period_start: start, period_end: end } = record;
  return Object.assign(new Charge(), {
    id: toGlobalId('chg', record.id),
    uuid: record.id,
    accountUuid: record.account_id,
    invoiceLineUuid: record.invoice_line_id,
    status: record.invoice_line_id ? 'invoiced' : record.canceled_at ? 'canceled' : 'waiting',
    kind: record.kind,
    description: record.description,
    quantity: record.quantity,
    unitAmountMinor: record.unit_amount,
    amount: money(record.amount, record.currency),
    period: start && end ? { start, end } : null,
    dueAt: record.due_at,
    canceledAt: record.canceled_at,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
  });
}

/** The API's view of a charge by uuid. */
export async function showCharge(context: Context, uuid: string): Promise<Charge | null> {
  const loader = context.loader('charge', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ChargeRecord>(
      `select ${columns} from charges c where c.organization_id = $1 and c.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.id);
  });
  const record = await loader.load(uuid);
  return record && toCharge(record);
}

/** Charges for `node(id)`. */
export async function chargeNodes(context: Context, ids: readonly string[]): Promise<Map<string, Charge>> {
  requirePermission(context, 'invoices:read');
  const shown = await Promise.all(ids.map((id) => showCharge(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

const conditionOf: Record<string, string> = {
  waiting: 'c.invoice_line_id is null and c.canceled_at is null',
  invoiced: 'c.invoice_line_id is not null',
  canceled: 'c.canceled_at is not null',
};

@InputType('CreateChargeInput', { description: 'Something owed that waits for the next invoice.' })
export class CreateChargeFields {
  @Field(() => ID, { description: 'The account that owes it.' })
  accountId!: string;

  @Field(() => ChargeLineFields, { description: 'What is owed; the invoice must be in the same currency.' })
  line!: ChargeLineFields;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when on it may be invoiced; now if left out.' })
  dueAt?: Date | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@InputType('CancelChargeInput', { description: 'Which charge is taken back.' })
export class CancelChargeFields {
  @Field(() => ID, { description: 'The charge.' })
  id!: string;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType({ description: 'The charge, or why nothing was done.' })
abstract class ChargeAnswer extends MutationPayload {
  @Field(() => Charge, { nullable: true, description: 'The charge as it is now.' })
  charge?: Charge | null;
}

@ObjectType('CreateChargePayload', { description: 'The new charge, or why none was made.' })
export class CreateChargePayload extends ChargeAnswer {}

@ObjectType('CancelChargePayload', { description: 'The charge taken back, or why it was not.' })
export class CancelChargePayload extends ChargeAnswer {}

@Resolver(() => Charge)
export class ChargesResolver {
  @Query(() => ChargeConnection, { description: 'The charges of an account that were made by hand, the newest first.' })
  async charges(
    @Arg('accountId', () => ID, { description: 'The account.' }) accountId: string,
    @Arg('status', () => ChargeStatusEnum, { nullable: true, description: 'Only these; all if left out.' })
    status: string | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Charge>> {
    requirePermission(context, 'invoices:read');
    const where = new Where();
    where.add('c.organization_id = ?', context.organizationId);
    where.add('c.account_id = ?::uuid', fromGlobalId('acc', accountId));
    if (status) where.add(conditionOf[status]!);
    const ordering = { name: 'charges', column: 'c.created_at', idColumn: 'c.id', type: 'timestamptz' } as const;
    const plan = planPage(page, { ...ordering, direction: 'desc' }, { firstParameter: where.values.length + 1 });
    const rows = await context.reader.rows<ChargeRecord>(
      `select ${columns} from charges c where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
      [...where.values, ...plan.parameters],
    );
    const count = async () => {
      const sql = `select count(*) as count from charges c where ${where.text}`;
      const [row] = await context.reader.rows<{ count: bigint }>(sql, where.values);
      return Number(row?.count ?? 0n);
    };
    return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count).map(toCharge);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that owes it.' })
  async account(@Root() charge: Charge, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, charge.accountUuid);
  }

  @FieldResolver(() => InvoiceLine, { nullable: true, description: 'The line it has become.' })
  async invoiceLine(@Root() charge: Charge, @Ctx() context: Context): Promise<InvoiceLine | null> {
    if (!charge.invoiceLineUuid) return null;
    const record = await lineLoader(context).load(charge.invoiceLineUuid);
    return record && toInvoiceLine(record);
  }

  @Mutation(() => CreateChargePayload, { description: 'Puts something owed on the next invoice of an account.' })
  async createCharge(
    @Arg('input', () => CreateChargeFields, { description: 'What is owed.' }) input: CreateChargeFields,
    @Ctx() context: Context,
  ): Promise<CreateChargePayload> {
    return change(context, 'createCharge', input, (work) =>
      addCharge(work, { ...input, accountId: readId('acc', input.accountId, ['input', 'accountId']) }),
    );
  }

  @Mutation(() => CancelChargePayload, { description: 'Takes a waiting charge back.' })
  async cancelCharge(
    @Arg('input', () => CancelChargeFields, { description: 'Which one.' }) input: CancelChargeFields,
    @Ctx() context: Context,
  ): Promise<CancelChargePayload> {
    return change(context, 'cancelCharge', input, (work) =>
      cancelCharge(work, { id: readId('chg', input.id, ['input', 'id']) }),
    );
  }
}

async function change(
  context: Context,
  operation: string,
  input: { idempotencyKey?: string | null },
  verb: (work: Work) => Promise<{ id: string }>,
) {
  requirePermission(context, 'invoices:write');
  const { idempotencyKey, ...compared } = input;
  return runMutation(
    context,
    { operation, input: compared, idempotencyKey },
    async (work) => ({ id: (await verb(work)).id }),
    async ({ id }) => ({ charge: await showCharge(context, id) }),
  );
}
