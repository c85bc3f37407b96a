import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context, requirePermission, requireSandbox, runMutation } from '../platform/context.ts';
import { badUserInput } from '../platform/errors.ts';
import { fromGlobalId } from '../platform/id.ts';
import { idToFind, readId, readOptionalId } from '../platform/id-input.ts';
import { refuseNulls } from '../platform/input.ts';
import { type Page, PageArguments } from '../platform/pagination.ts';
import { Account, AccountConnection, toAccount } from './accounts.graphql.ts';
import { type AccountFilterValues, accountByExternalId, accountLoader, accountsPage } from './accounts.queries.ts';
import {
  AccountFilter,
  AccountOrder,
  CreateAccountFields,
  CreateAccountPayload,
  DeleteAccountInput,
  DeleteAccountPayload,
  EraseAccountInput,
  EraseAccountPayload,
  UpdateAccountFields,
  UpdateAccountPayload,
} from './accounts.requests.ts';
import { createAccount } from './create-account.ts';
import { deleteAccount } from './delete-account.ts';
import { eraseAccount } from './erase-account.ts';
import { TestClock } from './test-clocks.graphql.ts';
import { testClockLoader } from './test-clocks.queries.ts';
import { updateAccount } from './update-account.ts';

@Resolver(() => Account)
export class AccountsResolver {
  @Query(() => Account, {
    nullable: true,
    description: 'One account, by its id or by the id in your own system (exactly one of them); null if there is none.',
  })
  async account(
    @Arg('id', () => ID, { nullable: true, description: 'Its id.' }) id: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'The id in your own system.' })
    externalId: string | null,
    @Ctx() context: Context,
  ): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    if ((id == null) === (externalId == null)) throw badUserInput(['id'], 'Give the id or the external id.');
    if (externalId != null) {
      const found = await accountByExternalId(context, externalId);
      return found && toAccount(found, context);
    }
    const uuid = fromGlobalId('acc', id ?? '');
    return uuid ? showAccount(context, uuid) : null;
  }

  @Query(() => AccountConnection, { description: 'The accounts of the organization.' })
  async accounts(
    @Arg('filter', () => AccountFilter, { nullable: true, description: 'Which of them.' }) filter: AccountFilter | null,
    @Arg('orderBy', () => AccountOrder, { nullable: true, description: 'Sorted how; the newest first if left out.' })
    orderBy: AccountOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Account>> {
    requirePermission(context, 'accounts:read');
    const order = orderBy ?? { field: 'CREATED_AT', direction: 'desc' };
    const found = await accountsPage(context, readFilter(filter, context), order, page);
    return found.map((record) => toAccount(record, context));
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that its invoices are billed to.' })
  async billToAccount(@Root() account: Account, @Ctx() context: Context): Promise<Account | null> {
    return account.billToAccountUuid ? showAccount(context, account.billToAccountUuid) : null;
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account above it.' })
  async parent(@Root() account: Account, @Ctx() context: Context): Promise<Account | null> {
    return account.parentUuid ? showAccount(context, account.parentUuid) : null;
  }

  @FieldResolver(() => AccountConnection, { description: 'The accounts directly below it, by name.' })
  async children(
    @Root() account: Account,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Account>> {
    const order = { field: 'NAME', direction: 'asc' } as const;
    const found = await accountsPage(context, { parentAccountId: account.uuid }, order, page);
    return found.map((record) => toAccount(record, context));
  }

  @FieldResolver(() => TestClock, { nullable: true, description: 'The test clock it lives on.' })
  async testClock(@Root() account: Account, @Ctx() context: Context): Promise<TestClock | null> {
    if (!account.testClockUuid) return null;
    requirePermission(context, 'clocks:read');
    return testClockLoader(context).load(account.testClockUuid);
  }

  @Mutation(() => CreateAccountPayload, { description: 'Makes an account.' })
  async createAccount(
    @Arg('input', () => CreateAccountFields, { description: 'What it is.' }) input: CreateAccountFields,
    @Ctx() context: Context,
  ): Promise<CreateAccountPayload> {
    requirePermission(context, 'accounts:write');
    const { idempotencyKey, ...compared } = input;
    const { billToAccountId, testClockId, parentAccountId, legalEntityId, ...values } = compared;
    return runMutation(
      context,
      { operation: 'createAccount', input: compared, idempotencyKey },
      async (work) => {
        if (testClockId) requireSandbox(context, ['input', 'testClockId']);
        const { id } = await createAccount(work, {
          ...values,
          billToAccountId: readOptionalId('acc', billToAccountId, ['input', 'billToAccountId']),
          parentAccountId: readOptionalId('acc', parentAccountId, ['input', 'parentAccountId']),
          legalEntityId: readOptionalId('le', legalEntityId, ['input', 'legalEntityId']),
          testClockId: readOptionalId('clk', testClockId, ['input', 'testClockId']),
        } as Parameters<typeof createAccount>[1]);
        return { id };
      },
      async ({ id }) => ({ account: await showAccount(context, id) }),
    );
  }

  @Mutation(() => UpdateAccountPayload, { description: 'Changes an account.' })
  async updateAccount(
    @Arg('input', () => UpdateAccountFields, { description: 'Which one, and what changes.' })
    input: UpdateAccountFields,
    @Ctx() context: Context,
  ): Promise<UpdateAccountPayload> {
    requirePermission(context, 'accounts:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'updateAccount', input: compared, idempotencyKey },
      async (work) => {
        const id = readId('acc', input.id, ['input', 'id']);
        await updateAccount(work, id, readChanges(input));
        return { id };
      },
      async ({ id }) => ({ account: await showAccount(context, id) }),
    );
  }

  @Mutation(() => DeleteAccountPayload, {
    description:
      'Takes an account out of use; its history stays. IN_USE while something open depends on it: subscriptions, drafts and open invoices, waiting charges, credit, payments that are being decided, accounts that it pays for.',
  })
  async deleteAccount(
    @Arg('input', () => DeleteAccountInput, { description: 'Which one.' }) input: DeleteAccountInput,
    @Ctx() context: Context,
  ): Promise<DeleteAccountPayload> {
    requirePermission(context, 'accounts:write');
    return runMutation(
      context,
      { operation: 'deleteAccount', input },
      async (work) => {
        const id = readId('acc', input.id, ['input', 'id']);
        await deleteAccount(work, id);
        return { id };
      },
      async ({ id }) => ({ account: await showAccount(context, id) }),
    );
  }

  @Mutation(() => EraseAccountPayload, {
    description: 'Blanks the personal data of a deleted account, here and in the record of its changes, for good.',
  })
  async eraseAccount(
    @Arg('input', () => EraseAccountInput, { description: 'Which one.' }) input: EraseAccountInput,
    @Ctx() context: Context,
  ): Promise<EraseAccountPayload> {
    requirePermission(context, 'accounts:write');
    requirePermission(context, 'personal:read');
    return runMutation(
      context,
      { operation: 'eraseAccount', input },
      async (work) => {
        const id = readId('acc', input.id, ['input', 'id']);
        await eraseAccount(work, id);
        return { id };
      },
      async ({ id }) => ({ account: await showAccount(context, id) }),
    );
  }
}

/** The API's view of an account by uuid, for whoever shows one beside its own objects. */
export async function showAccount(context: Context, uuid: string): Promise<Account | null> {
  const record = await accountLoader(context).load(uuid);
  return record && toAccount(record, context);
}

/** Accounts for `node(id)`. */
export async function accountNodes(context: Context, ids: readonly string[]): Promise<Map<string, Account>> {
  requirePermission(context, 'accounts:read');
  const records = await accountLoader(context).loadMany([...ids]);
  const found = new Map<string, Account>();
  for (const record of records) {
    if (record instanceof Error) throw record;
    if (record) found.set(record.id, toAccount(record, context));
  }
  return found;
}

function readFilter(filter: AccountFilter | null, context: Context): AccountFilterValues {
  if (!filter) return {};
  if (filter.email != null) requirePermission(context, 'personal:read');
  if (filter.search != null && (filter.search.length < 2 || filter.search.length > 200)) {
    throw badUserInput(['filter', 'search'], 'A search needs 2 to 200 characters.');
  }
  if ((filter.externalId?.length ?? 0) > 255) throw badUserInput(['filter', 'externalId'], 'At most 255 characters.');
  if ((filter.dunningStatus?.length ?? 0) > 3) throw badUserInput(['filter', 'dunningStatus'], 'There are only three.');
  return {
    search: filter.search,
    email: filter.email,
    externalId: filter.externalId,
    currency: filter.currency,
    dunningStatuses: filter.dunningStatus,
    metadata: filter.metadata,
    createdFrom: filter.createdAt?.from,
    createdBefore: filter.createdAt?.before,
    // An id of nothing finds nothing, as a foreign one does.
    billToAccountId: idToFind('acc', filter.billToAccountId),
    testClockId: idToFind('clk', filter.testClockId),
    parentAccountId: idToFind('acc', filter.parentAccountId),
    includeDeleted: filter.includeDeleted,
  };
}

/** What null clears is cleared; elsewhere null leaves things as they are. */
function readChanges(input: UpdateAccountFields): Parameters<typeof updateAccount>[2] {
  const { name, currency, timezone, locale, taxIds, taxExempt, customFields, billingPolicy, metadata } = input;
  const kept = { name, currency, timezone, locale, taxIds, taxExempt, customFields, billingPolicy, metadata };
  refuseNulls(input, Object.keys(kept));
  return {
    ...(kept as object),
    externalId: input.externalId,
    email: input.email,
    billingAddress: input.billingAddress,
    billToAccountId: readOptionalId('acc', input.billToAccountId, ['input', 'billToAccountId']),
    netDays: input.netDays,
    taxExemption: input.taxExemption,
    invoiceGraceDays: input.invoiceGraceDays,
    purchaseOrderNumber: input.purchaseOrderNumber,
    legalEntityId: readOptionalId('le', input.legalEntityId, ['input', 'legalEntityId']),
    parentAccountId: readOptionalId('acc', input.parentAccountId, ['input', 'parentAccountId']),
  };
}
