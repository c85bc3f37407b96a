import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../accounts/index.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { badUserInput, DomainError } from '../../platform/errors.ts';
import { fromGlobalId } from '../../platform/id.ts';
import { readId } from '../../platform/id-input.ts';
import { CreditNote, Invoice, LegalEntity } from '../invoicing/index.ts';
import { Payment, showPayment } from '../payments/index.ts';
import { readDress } from './branding.ts';
import {
  Branding,
  DocumentLink,
  Receipt,
  type ReceiptRecord,
  RevokeDocumentLinksFields,
  RevokeDocumentLinksPayload,
  SetBrandingFields,
  SetBrandingPayload,
  toReceipt,
} from './documents.graphql.ts';
import { printDocument } from './documents.ts';
import { electronicInvoice } from './e-invoice/electronic-invoice.ts';
import { readContent } from './read-content.ts';
import { revokeLinks } from './revoke-links.ts';
import { type SetBrandingInput, setBranding } from './set-branding.ts';
import { type DocumentKind, documentUrl, longestLink } from './signed-links.ts';

const expiry = 'For how many seconds the address is to be good, 60 to 604800 (a week).';

@Resolver(() => Invoice)
export class InvoiceDocumentsResolver {
  @FieldResolver(() => DocumentLink, {
    nullable: true,
    description: 'Its PDF; null for a draft, and without the permission personal:read, since it shows the address.',
  })
  document(
    @Root() invoice: Invoice,
    @Ctx() context: Context,
    @Arg('expiresIn', () => Int, { defaultValue: 3600, description: expiry }) expiresIn: number,
  ): DocumentLink | null {
    return invoice.number
      ? linkTo(context, { kind: 'invoice', uuid: invoice.uuid, number: invoice.number }, expiresIn)
      : null;
  }
}

@Resolver(() => CreditNote)
export class CreditNoteDocumentsResolver {
  @FieldResolver(() => DocumentLink, {
    nullable: true,
    description: 'Its PDF; null without the permission personal:read, since it shows the address.',
  })
  document(
    @Root() note: CreditNote,
    @Ctx() context: Context,
    @Arg('expiresIn', () => Int, { defaultValue: 3600, description: expiry }) expiresIn: number,
  ): DocumentLink | null {
    return linkTo(context, { kind: 'credit_note', uuid: note.uuid, number: note.number }, expiresIn);
  }
}

@Resolver(() => Payment)
export class PaymentReceiptsResolver {
  @FieldResolver(() => Receipt, { nullable: true, description: 'Its receipt; null until it has succeeded.' })
  async receipt(@Root() payment: Payment, @Ctx() context: Context): Promise<Receipt | null> {
    const record = await receiptLoader(context, 'payment_id').load(payment.uuid);
    return record && toReceipt(record);
  }
}

@Resolver(() => Receipt)
export class ReceiptsResolver {
  @Query(() => Receipt, { nullable: true, description: 'One receipt by its id; null if there is none.' })
  async receipt(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Receipt | null> {
    requirePermission(context, 'payments:read');
    const uuid = fromGlobalId('rcp', id);
    return uuid ? showReceipt(context, uuid) : null;
  }

  @FieldResolver(() => Payment, { nullable: true, description: 'The payment it confirms.' })
  async payment(@Root() receipt: Receipt, @Ctx() context: Context): Promise<Payment | null> {
    return showPayment(context, receipt.paymentUuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that paid.' })
  async account(@Root() receipt: Receipt, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, receipt.accountUuid);
  }

  @FieldResolver(() => DocumentLink, {
    nullable: true,
    description: 'Its PDF; null without the permission personal:read, since it shows the address.',
  })
  document(
    @Root() receipt: Receipt,
    @Ctx() context: Context,
    @Arg('expiresIn', () => Int, { defaultValue: 3600, description: expiry }) expiresIn: number,
  ): DocumentLink | null {
    return linkTo(context, { kind: 'receipt', uuid: receipt.uuid, number: receipt.number }, expiresIn);
  }
}

@Resolver(() => DocumentLink)
export class DocumentLinksResolver {
  @FieldResolver(() => String, {
    description:
      'SHA-256 of the PDF, in hexadecimal; the document is printed for it. The same content has the same bytes.',
  })
  async sha256(@Root() link: DocumentLink, @Ctx() context: Context): Promise<string> {
    const printed = await printDocument(context.reader, link.kind, link.uuid);
    if (!printed) throw new DomainError('INTERNAL_SERVER_ERROR', 'The document is gone.');
    return printed.sha256;
  }

  @FieldResolver(() => [String], {
    nullable: true,
    description:
      'What the document lacks for its figures to lie inside it as XML of EN 16931 (Factur-X, ZUGFeRD): empty if they do, null for a receipt.',
  })
  async electronicInvoiceLacks(@Root() link: DocumentLink, @Ctx() context: Context): Promise<readonly string[] | null> {
    const content = await readContent(context.reader, link.kind, link.uuid);
    if (!content || content.kind === 'receipt') return null;
    const invoice = electronicInvoice(content);
    return 'missing' in invoice ? invoice.missing : [];
  }
}

@Resolver()
export class LinkRevocationResolver {
  @Mutation(() => RevokeDocumentLinksPayload, {
    description:
      'Takes back all links to documents of the organization that were given out up to now: they answer 403. New ones can be asked for at once.',
  })
  async revokeDocumentLinks(
    @Arg('input', () => RevokeDocumentLinksFields, { description: 'A key for the repetition.' })
    { idempotencyKey }: RevokeDocumentLinksFields,
    @Ctx() context: Context,
  ): Promise<RevokeDocumentLinksPayload> {
    requirePermission(context, 'settings:write');
    return runMutation(
      context,
      { operation: 'revokeDocumentLinks', input: {}, idempotencyKey },
      async (work) => ({ at: (await revokeLinks(work)).toISOString() }),
      ({ at }) => ({ revokedAt: new Date(at) }),
    );
  }
}

@Resolver(() => LegalEntity)
export class BrandingResolver {
  @FieldResolver(() => Branding, {
    description: 'How the documents look that it issues from now on; those that are out keep theirs.',
  })
  async branding(@Root() entity: LegalEntity, @Ctx() context: Context): Promise<Branding> {
    return showBranding(context, entity.uuid);
  }

  @Mutation(() => SetBrandingPayload, {
    description:
      'Changes how the documents look that a legal entity issues from now on; those that are out keep what they wear.',
  })
  async setBranding(
    @Arg('input', () => SetBrandingFields, { description: 'Whose documents, and how.' }) input: SetBrandingFields,
    @Ctx() context: Context,
  ): Promise<SetBrandingPayload> {
    requirePermission(context, 'settings:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'setBranding', input: compared, idempotencyKey },
      async (work) => {
        const legalEntityId = readId('le', input.legalEntityId, ['input', 'legalEntityId']);
        await setBranding(work, { ...compared, legalEntityId } as SetBrandingInput);
        return { id: legalEntityId };
      },
      async ({ id }) => ({ branding: await showBranding(context, id) }),
    );
  }
}

function linkTo(
  context: Context,
  of: { kind: DocumentKind; uuid: string; number: string },
  expiresIn: number,
): DocumentLink | null {
  if (expiresIn < 60 || expiresIn > longestLink) throw badUserInput(['expiresIn'], expiry);
  if (!context.permissions.has('personal:read')) return null;
  const issuedAt = context.app.clock.now();
  const expiresAt = new Date(Math.floor(issuedAt.getTime() / 1000) * 1000 + expiresIn * 1000);
  const { kind, uuid } = of;
  const grant = { organizationId: context.organizationId, kind, id: uuid, issuedAt, expiresAt };
  const url = documentUrl(context.app.config, grant);
  return Object.assign(new DocumentLink(), { kind, uuid, url, expiresAt, filename: `${of.number}.pdf` });
}

async function showBranding(context: Context, legalEntityId: string): Promise<Branding> {
  const { version, accentColor, footer, logo } = await readDress(context.reader, legalEntityId, null);
  return Object.assign(new Branding(), { version, accentColor, footer, hasLogo: logo !== null });
}

function receiptLoader(context: Context, by: 'id' | 'payment_id') {
  return context.loader(`receipts by ${by}`, async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ReceiptRecord>(
      `select id, number, payment_id, account_id, currency, amount, paid_on, paid_at from receipts
       where organization_id = $1 and ${by} = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const found = new Map(rows.map((row) => [row[by], row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

async function showReceipt(context: Context, uuid: string): Promise<Receipt | null> {
  const record = await receiptLoader(context, 'id').load(uuid);
  return record && toReceipt(record);
}

/** Receipts for `node(id)`. */
export async function receiptNodes(context: Context, ids: readonly string[]): Promise<Map<string, Receipt>> {
  requirePermission(context, 'payments:read');
  const shown = await Promise.all(ids.map((id) => showReceipt(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}
