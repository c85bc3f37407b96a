import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { type Context, readAnew, requirePermission, runMutation, runPreview } from '../../../platform/context.ts';
import { readId } from '../../../platform/id-input.ts';
import { signPreview } from '../../../platform/preview-tokens.ts';
import {
  CreateCreditNoteFields,
  CreateCreditNotePayload,
  CreditNote,
  type CreditNotePlan,
  PreviewCreditNoteFields,
  PreviewCreditNotePayload,
  showCreditNote,
  substanceOfNote,
  toPreview,
} from '../../invoicing/index.ts';
import { attemptRefund } from '../refunds/attempt-refund.ts';
import { issuePlanned } from '../refunds/issue-credit-note.ts';
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

const operation = 'createCreditNote';

/** The part of the input that decides what the note comes to. */
const wishOf = ({ invoiceId, lines, refund, refundAmount }: PreviewCreditNoteFields) => ({
  invoiceId,
  lines,
  refund,
  refundAmount,
});

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
    const { idempotencyKey, previewToken: token, ...compared } = input;
    // What was issued in this transaction, for the promise that is kept.
    const plans = new Map<string, CreditNotePlan>();
    return runMutation<{ id: string }, { creditNote: CreditNote | null }>(
      context,
      {
        operation,
        input: compared,
        idempotencyKey,
        about: ['input', 'lines'],
        preview: { token, input: wishOf(compared), outcome: (_work, { id }) => substanceOfNote(plans.get(id)!) },
      },
      async (work) => {
        const { note, plan } = await issuePlanned(work, readWish(compared));
        plans.set(note.id, plan);
        return { id: note.id };
      },
      async ({ id }) => ({ creditNote: await carriedOut(context, id) }),
    );
  }

  @Query(() => PreviewCreditNotePayload, {
    description: 'What createCreditNote would take back with this input, to the last unit. Writes nothing.',
  })
  async previewCreditNote(
    @Arg('input', () => PreviewCreditNoteFields, { description: 'What would be credited.' })
    input: PreviewCreditNoteFields,
    @Ctx() context: Context,
  ): Promise<PreviewCreditNotePayload> {
    requirePermission(context, 'invoices:read');
    return runPreview(context, ['input', 'lines'], async (work) => {
      const { note, plan } = await issuePlanned(work, { ...readWish(input), reason: 'other' });
      const promised = signPreview(work, context.app.config.jwtSecret, {
        ...{ operation, input: wishOf(input), at: note.issuedAt },
        outcome: substanceOfNote(plan),
      });
      return { preview: { ...toPreview(plan, note.currency), ...promised } };
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
