import 'reflect-metadata';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation, runPreview } from '../../../platform/context.ts';
import { readId } from '../../../platform/id-input.ts';
import { signPreview } from '../../../platform/preview-tokens.ts';
import type { Redrafted } from '../drafts/draft-lines.ts';
import type { UpdateDraftInvoiceInput } from '../drafts/drafting.inputs.ts';
import { changeDraft } from '../drafts/update-draft-invoice.ts';
import { substanceOf } from '../issuing/issued-invoices.ts';
import { DraftChangeFields, UpdateDraftInvoiceFields } from './drafting.requests.ts';
import { toInvoicePreview } from './invoice-preview.graphql.ts';
import { showInvoice } from './invoices.resolver.ts';
import { PreviewUpdateDraftInvoicePayload, UpdateDraftInvoicePayload } from './invoicing.requests.ts';

const operation = 'updateDraftInvoice';

/** Ids as verbs know them. NOT_FOUND at the path of one that is none. */
function readChange(input: DraftChangeFields): UpdateDraftInvoiceInput {
  const idsOf = (prefix: 'il' | 'invd', field: 'removeLineIds' | 'removeDiscountIds') =>
    input[field]?.map((id, index) => readId(prefix, id, ['input', field, `${index}`]));
  return {
    ...input,
    id: readId('inv', input.id, ['input', 'id']),
    removeLineIds: idsOf('il', 'removeLineIds'),
    updateLines: input.updateLines?.map((line, index) => ({
      ...line,
      lineId: readId('il', line.lineId, ['input', 'updateLines', `${index}`, 'lineId']),
    })),
    updateDiscounts: input.updateDiscounts?.map((discount, index) => ({
      ...discount,
      discountId: readId('invd', discount.discountId, ['input', 'updateDiscounts', `${index}`, 'discountId']),
    })),
    removeDiscountIds: idsOf('invd', 'removeDiscountIds'),
  };
}

/** The part of the input that decides what the draft comes to: words on the document may still be found. */
function decisivePart(input: DraftChangeFields): object {
  const { memo: _memo, metadata: _own, purchaseOrderNumber: _number, customFields: _fields, ...decisive } = input;
  return decisive;
}

/** The part of the input that a refusal is about which names none. */
const about = (input: DraftChangeFields) => ['input', input.addLines?.length ? 'addLines' : 'removeLineIds'];

@Resolver()
export class ChangeDraftResolver {
  @Mutation(() => UpdateDraftInvoicePayload, {
    description:
      'Changes a draft: its lines, what is taken off them by hand, and its terms; totals and taxes follow. INVALID_STATE for a line of which a part was given back since, if it would ask for less than that or for more than it did.',
  })
  async updateDraftInvoice(
    @Arg('input', () => UpdateDraftInvoiceFields, { description: 'Which one, and what changes.' })
    input: UpdateDraftInvoiceFields,
    @Ctx() context: Context,
  ): Promise<UpdateDraftInvoicePayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, previewToken: token, ...wish } = input;
    // What became of the draft in this transaction, for the promise that is kept.
    const made = new Map<string, Redrafted>();
    return runMutation<{ id: string }, { invoice: Awaited<ReturnType<typeof showInvoice>> }>(
      context,
      {
        ...{ operation, input: wish, idempotencyKey, about: about(wish) },
        preview: { token, input: decisivePart(wish), outcome: (_work, { id }) => substanceOf([made.get(id)!]) },
      },
      async (work) => {
        const redrafted = await changeDraft(work, readChange(wish));
        const { id } = redrafted.invoice;
        made.set(id, redrafted);
        return { id };
      },
      async ({ id }) => ({ invoice: await showInvoice(context, id) }),
    );
  }

  @Query(() => PreviewUpdateDraftInvoicePayload, {
    description: 'What updateDraftInvoice would make of a draft with this input, to the last unit. Writes nothing.',
  })
  async previewUpdateDraftInvoice(
    @Arg('input', () => DraftChangeFields, { description: 'Which one, and what would change.' })
    input: DraftChangeFields,
    @Ctx() context: Context,
  ): Promise<PreviewUpdateDraftInvoicePayload> {
    requirePermission(context, 'invoices:read');
    return runPreview(context, about(input), async (work) => {
      const redrafted = await changeDraft(work, readChange(input));
      const promised = signPreview(work, context.app.config.jwtSecret, {
        ...{ operation, input: decisivePart(input), at: redrafted.invoice.updatedAt },
        outcome: substanceOf([redrafted]),
      });
      return { invoice: toInvoicePreview(redrafted), ...promised };
    });
  }
}
