import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { fromGlobalId, toGlobalId } from '../../../platform/id.ts';
import { readId } from '../../../platform/id-input.ts';
import type { Work } from '../../../platform/work.ts';
import { deleteDraftInvoice } from '../drafts/delete-draft-invoice.ts';
import { finalizeInvoice } from '../drafts/finalize-invoice.ts';
import { refreshInvoice } from '../drafts/refresh-invoice.ts';
import { replaceInvoice } from '../drafts/replace-invoice.ts';
import { markUncollectible } from '../settlement/mark-uncollectible.ts';
import { voidInvoice } from '../settlement/void-invoice.ts';
import { askForTax } from '../taxes/decide-taxes.ts';
import { showInvoice } from './invoices.resolver.ts';
import {
  DeleteDraftInvoiceFields,
  DeleteDraftInvoicePayload,
  FinalizeInvoiceFields,
  FinalizeInvoicePayload,
  type InvoiceIdFields,
  MarkInvoiceUncollectibleFields,
  MarkInvoiceUncollectiblePayload,
  RefreshInvoiceFields,
  RefreshInvoicePayload,
  ReplaceInvoiceFields,
  ReplaceInvoicePayload,
  VoidInvoiceFields,
  VoidInvoicePayload,
} from './invoicing.requests.ts';

const which = 'Which one.';

@Resolver()
export class InvoiceMutationsResolver {
  @Mutation(() => DeleteDraftInvoicePayload, { description: 'Deletes a draft; its waiting charges wait again.' })
  async deleteDraftInvoice(
    @Arg('input', () => DeleteDraftInvoiceFields, { description: which }) input: DeleteDraftInvoiceFields,
    @Ctx() context: Context,
  ): Promise<DeleteDraftInvoicePayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'deleteDraftInvoice', input: compared, idempotencyKey },
      async (work) => {
        const id = readId('inv', input.id, ['input', 'id']);
        await deleteDraftInvoice(work, { id });
        return { id };
      },
      ({ id }) => ({ deletedInvoiceId: toGlobalId('inv', id) }),
    );
  }

  @Mutation(() => FinalizeInvoicePayload, {
    description:
      'Makes a draft final: taxed, numbered, frozen, credit spent on it; from then on it is owed. TAX_PENDING while its tax is not known.',
  })
  async finalizeInvoice(
    @Arg('input', () => FinalizeInvoiceFields, { description: which }) input: FinalizeInvoiceFields,
    @Ctx() context: Context,
  ): Promise<FinalizeInvoicePayload> {
    requirePermission(context, 'invoices:write');
    // Who is asked for its tax is asked now, before the transaction.
    const invoiceId = fromGlobalId('inv', input.id);
    if (invoiceId) await askForTax(context.app, { organizationId: context.organizationId, invoiceId });
    return change(context, 'finalizeInvoice', input, itself, (work) => finalizeInvoice(work, byId(input)));
  }

  @Mutation(() => VoidInvoicePayload, {
    description: 'Takes an open invoice back on which nothing is paid; credit spent on it is given back.',
  })
  async voidInvoice(
    @Arg('input', () => VoidInvoiceFields, { description: which }) input: VoidInvoiceFields,
    @Ctx() context: Context,
  ): Promise<VoidInvoicePayload> {
    return change(context, 'voidInvoice', input, itself, (work) => voidInvoice(work, byId(input)));
  }

  @Mutation(() => RefreshInvoicePayload, {
    description:
      'Brings a draft up to date: waiting charges join it, the discounts it was made with are taken anew over its lines and those, also where their coupon can no longer be redeemed (a line of which time was given back keeps what it has), and tax is computed anew, so that it shows what finalizing it now would bill. Prices stay: published and agreed ones never change, and changes of a subscription bill for themselves.',
  })
  async refreshInvoice(
    @Arg('input', () => RefreshInvoiceFields, { description: which }) input: RefreshInvoiceFields,
    @Ctx() context: Context,
  ): Promise<RefreshInvoicePayload> {
    return change(context, 'refreshInvoice', input, itself, (work) => refreshInvoice(work, byId(input)));
  }

  @Mutation(() => ReplaceInvoicePayload, {
    description:
      'Voids an open invoice on which nothing is paid and makes a draft with the same charges, which bills the same time and becomes final by itself, or at once.',
  })
  async replaceInvoice(
    @Arg('input', () => ReplaceInvoiceFields, { description: which }) input: ReplaceInvoiceFields,
    @Ctx() context: Context,
  ): Promise<ReplaceInvoicePayload> {
    return change(context, 'replaceInvoice', input, itself, (work) =>
      replaceInvoice(work, { ...input, ...byId(input) }),
    );
  }

  @Mutation(() => MarkInvoiceUncollectiblePayload, {
    description: 'Gives up on an open invoice: what is due is written off. Money that comes later reverses it.',
  })
  async markInvoiceUncollectible(
    @Arg('input', () => MarkInvoiceUncollectibleFields, { description: which }) input: MarkInvoiceUncollectibleFields,
    @Ctx() context: Context,
  ): Promise<MarkInvoiceUncollectiblePayload> {
    return change(context, 'markInvoiceUncollectible', input, itself, (work) => markUncollectible(work, byId(input)));
  }
}

const itself = ['input', 'id'];
const byId = (input: InvoiceIdFields) => ({ id: readId('inv', input.id, ['input', 'id']) });

async function change(
  context: Context,
  operation: string,
  input: { idempotencyKey?: string | null },
  about: readonly string[],
  verb: (work: Work) => Promise<{ id: string }>,
) {
  requirePermission(context, 'invoices:write');
  const { idempotencyKey, ...compared } = input;
  return runMutation(
    context,
    { operation, input: compared, idempotencyKey, about },
    async (work) => ({ id: (await verb(work)).id }),
    async ({ id }) => ({ invoice: await showInvoice(context, id) }),
  );
}
