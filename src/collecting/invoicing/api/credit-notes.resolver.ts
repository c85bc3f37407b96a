import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../../accounts/index.ts';
import { type Context, requirePermission, runMutation } from '../../../platform/context.ts';
import { fromGlobalId } from '../../../platform/id.ts';
import { idToFind, readId } from '../../../platform/id-input.ts';
import { type Page, PageArguments } from '../../../platform/pagination.ts';
import { voidCreditNote } from '../credit-notes/void-credit-note.ts';
import {
  CreditNote,
  CreditNoteConnection,
  CreditNoteLine,
  toCreditNote,
  toCreditNoteLine,
} from './credit-notes.graphql.ts';
import {
  creditNoteLoader,
  creditNotesPage,
  invoiceNotesLoader,
  noteLineLoader,
  noteLinesLoader,
  noteTaxesLoader,
} from './credit-notes.queries.ts';
import { CreditNoteFilter, VoidCreditNoteFields, VoidCreditNotePayload } from './credit-notes.requests.ts';
import { InvoiceLine, InvoiceTax, toInvoiceLine, toInvoiceTax } from './invoice-lines.graphql.ts';
import { showInvoice } from './invoices.resolver.ts';
import { Invoice } from './invoicing.graphql.ts';
import { lineLoader } from './invoicing.queries.ts';

@Resolver(() => CreditNote)
export class CreditNotesResolver {
  @Query(() => CreditNote, { nullable: true, description: 'One credit note by its id; null if there is none.' })
  async creditNote(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<CreditNote | null> {
    requirePermission(context, 'invoices:read');
    const uuid = fromGlobalId('cn', id);
    return uuid ? showCreditNote(context, uuid) : null;
  }

  @Query(() => CreditNoteConnection, { description: 'The credit notes of the organization, the newest first.' })
  async creditNotes(
    @Arg('filter', () => CreditNoteFilter, { nullable: true, description: 'Which of them.' })
    filter: CreditNoteFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<CreditNote>> {
    requirePermission(context, 'invoices:read');
    const values = {
      accountId: idToFind('acc', filter?.accountId),
      invoiceId: idToFind('inv', filter?.invoiceId),
      statuses: filter?.status,
      createdFrom: filter?.createdAt?.from,
      createdBefore: filter?.createdAt?.before,
    };
    return (await creditNotesPage(context, values, page)).map(toCreditNote);
  }

  @Mutation(() => VoidCreditNotePayload, {
    description:
      'Takes a credit note back: the invoice asks for that much again and the credit is withdrawn. Refused if it gave money back, if its credit was spent, or if a change, a pause or an end of the subscription has since taken back what it left of a line, or ended a period that it freed.',
  })
  async voidCreditNote(
    @Arg('input', () => VoidCreditNoteFields, { description: 'Which one.' }) input: VoidCreditNoteFields,
    @Ctx() context: Context,
  ): Promise<VoidCreditNotePayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'voidCreditNote', input: compared, idempotencyKey, about: ['input', 'id'] },
      async (work) => ({ id: (await voidCreditNote(work, { id: readId('cn', input.id, ['input', 'id']) })).id }),
      async ({ id }) => ({ creditNote: await showCreditNote(context, id) }),
    );
  }

  @FieldResolver(() => [CreditNoteLine], { description: 'What it takes back, line by line.' })
  async lines(@Root() note: CreditNote, @Ctx() context: Context): Promise<CreditNoteLine[]> {
    return (await noteLinesLoader(context).load(note.uuid)).map(toCreditNoteLine);
  }

  @FieldResolver(() => [InvoiceTax], { description: 'The tax it takes back, by rate.' })
  async taxes(@Root() note: CreditNote, @Ctx() context: Context): Promise<InvoiceTax[]> {
    const records = await noteTaxesLoader(context).load(note.uuid);
    return records.map((record) => toInvoiceTax({ ...record, invoice_id: note.invoiceUuid }, note.currency));
  }

  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice.' })
  async invoice(@Root() note: CreditNote, @Ctx() context: Context): Promise<Invoice | null> {
    return showInvoice(context, note.invoiceUuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that used what was billed.' })
  async account(@Root() note: CreditNote, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, note.accountUuid);
  }
}

@Resolver(() => CreditNoteLine)
export class CreditNoteLinesResolver {
  @FieldResolver(() => InvoiceLine, { nullable: true, description: 'The line of the invoice.' })
  async invoiceLine(@Root() line: CreditNoteLine, @Ctx() context: Context): Promise<InvoiceLine | null> {
    const record = await lineLoader(context).load(line.invoiceLineUuid);
    return record && toInvoiceLine(record);
  }
}

@Resolver(() => Invoice)
export class InvoiceCreditNotesResolver {
  @FieldResolver(() => [CreditNote], {
    description: 'The credit notes that take back parts of it, the first one first.',
  })
  async creditNotes(@Root() invoice: Invoice, @Ctx() context: Context): Promise<CreditNote[]> {
    return (await invoiceNotesLoader(context).load(invoice.uuid)).map(toCreditNote);
  }
}

/** The API's view of a credit note by uuid, for whoever shows one beside its own objects. */
export async function showCreditNote(context: Context, uuid: string): Promise<CreditNote | null> {
  const record = await creditNoteLoader(context).load(uuid);
  return record && toCreditNote(record);
}

/** Credit notes for `node(id)`. */
export async function creditNoteNodes(context: Context, ids: readonly string[]): Promise<Map<string, CreditNote>> {
  requirePermission(context, 'invoices:read');
  const shown = await Promise.all(ids.map((id) => showCreditNote(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

/** Lines of credit notes for `node(id)`. */
export async function creditNoteLineNodes(
  context: Context,
  ids: readonly string[],
): Promise<Map<string, CreditNoteLine>> {
  requirePermission(context, 'invoices:read');
  const records = await Promise.all(ids.map((id) => noteLineLoader(context).load(id)));
  return new Map(records.flatMap((record) => (record ? [[record.id, toCreditNoteLine(record)] as const] : [])));
}
