import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context, readAnew, requirePermission, runMutation, scopeOf } from '../../platform/context.ts';
import { readId } from '../../platform/id-input.ts';
import { payload } from '../../platform/payload.ts';
import {
  CreateCreditNoteFields,
  CreateCreditNotePayload,
  CreditNote,
  PreviewCreditNoteFields,
  PreviewCreditNotePayload,
  showCreditNote,
  toPreview,
} from '../invoicing/index.ts';
import { attemptRefund } from './attempt-refund.ts';
import { issueCreditNote, planIssue } from './issue-credit-note.ts';
import { Refund, toRefund } from './payments.graphql.ts';
import { noteRefundsLoader } from './payments.queries.ts';

/** Ids as verbs know them. */
function readWish<Wish extends PreviewCreditNoteFields>(input: Wish) {
  return {
    ...input,
    invoiceId: readId('inv', input.invoiceId, ['input', 'invoiceId']),
    lines: input.lines?.map((line, index) => ({
      ...line,
      invoiceLineId: readId('il', line.invoiceLineId, ['input', 'lines', `${index}`, 'invoiceLineId']),
    })),
  };
}

const wantsMoney = (input: PreviewCreditNoteFields) => input.refund === true || input.refundAmount != null;

@Resolver(() => CreditNote)
export class CreditNoteRefundsResolver {
  @Mutation(() => CreateCreditNotePayload, {
    description:
      'Takes back a final invoice or parts of its lines: first it lowers what is due, then money goes back if that is wanted, and the rest becomes credit. A refund that fails becomes credit as well. Giving money back needs the permission refunds:write.',
  })
  async createCreditNote(
    @Arg('input', () => CreateCreditNoteFields, { description: 'What is credited, and why.' })
    input: CreateCreditNoteFields,
    @Ctx() context: Context,
  ): Promise<CreateCreditNotePayload> {
    requirePermission(context, 'invoices:write');
    if (wantsMoney(input)) requirePermission(context, 'refunds:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'createCreditNote', input: compared, idempotencyKey, about: ['input', 'lines'] },
      async (work) => ({ id: (await issueCreditNote(work, readWish(compared))).id }),
      async ({ id }) => ({ creditNote: await carriedOut(context, id) }),
    );
  }

  @Query(() => PreviewCreditNotePayload, {
    description: 'What a credit note would come to, to the last unit; nothing is written.',
  })
  async previewCreditNote(
    @Arg('input', () => PreviewCreditNoteFields, { description: 'What would be credited.' })
    input: PreviewCreditNoteFields,
    @Ctx() context: Context,
  ): Promise<PreviewCreditNotePayload> {
    requirePermission(context, 'invoices:read');
    return payload(async () => {
      await readAnew(context);
      return context.app.transact(scopeOf(context), async (work) => {
        const { plan, held } = await planIssue(work, { ...readWish(input), reason: 'other' });
        return { preview: toPreview(plan, held.invoice.currency) };
      });
    });
  }

  @FieldResolver(() => [Refund], { description: 'The refunds that give its money back.' })
  async refunds(@Root() note: CreditNote, @Ctx() context: Context): Promise<Refund[]> {
    requirePermission(context, 'refunds:read');
    return (await noteRefundsLoader(context).load(note.uuid)).map(toRefund);
  }
}

@Resolver(() => Refund)
export class RefundCreditNoteResolver {
  @FieldResolver(() => CreditNote, { nullable: true, description: 'The credit note whose money it gives back.' })
  async creditNote(@Root() refund: Refund, @Ctx() context: Context): Promise<CreditNote | null> {
    requirePermission(context, 'invoices:read');
    return refund.creditNoteUuid ? showCreditNote(context, refund.creditNoteUuid) : null;
  }
}

/** After the commit the provider is asked at once, so that the answer tells what it said; a repetition asks nothing twice. */
async function carriedOut(context: Context, id: string): Promise<CreditNote | null> {
  const refunds = await noteRefundsLoader(context).load(id);
  const { organizationId } = context;
  if (refunds.length > 0) {
    await readAnew(context);
    for (const refund of refunds) await attemptRefund(context.app, { organizationId, refundId: refund.id });
    await readAnew(context);
  }
  return showCreditNote(context, id);
}
