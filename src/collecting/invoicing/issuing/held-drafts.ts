import { lockAccounts } from '../../../accounts/index.ts';
import { BeginAnew } from '../../../platform/transact.ts';
import type { Work } from '../../../platform/work.ts';
import { type InvoiceReason, type InvoiceRequest, standingAt } from '../charges/invoice-request.ts';
import { type Drawn, drawDiscounts } from '../discounts/draw-discounts.ts';
import { type Brought, keepReturned } from '../discounts/going-on.ts';
import { isInForce } from '../discounts/invoice-discount.ts';
import {
  InvoiceGraceEntity,
  InvoiceHoldEntity,
  InvoiceLineEntity,
  type InvoiceLineRow,
  type InvoiceRow,
} from '../invoicing.entities.ts';
import type { Issuers } from '../issuers/issuers.ts';
import { lockInvoices } from '../settlement/lock-invoices.ts';
import { dueAfter } from './compute-invoice.ts';

/** A draft whose lines wait for an invoice, which it becomes. */
export interface HeldDraft {
  invoice: InvoiceRow;
  lines: InvoiceLineRow[];
  /** Whether its lines took their discounts when they came, and how many they were. */
  discounted: boolean;
  discounts: number;
}

interface Place {
  organization_id: string;
  invoice_id: string;
  account_id: string;
  currency: string;
  discounted: boolean;
  discounts: number;
}

/** What waited and its turn has come. */
export interface TakenDrafts {
  by: ReadonlyMap<InvoiceRequest, HeldDraft>;
  /** Drafts that are invoices of their own beside that of a request, which goes on with another one or is between others. */
  beside: readonly Beside[];
}

interface Beside {
  request: InvoiceRequest;
  held: HeldDraft;
  /** What it keeps where the request is between others. */
  own?: Partial<InvoiceRequest>;
}

/**
 * Locks and reads the drafts that these requests go on with: those of the same account, payer, issuer, currency and collection; and
 * then, where account or collection are others since, those on which lines of the subscriptions wait that are billed. The oldest draft
 * is the first to choose, and the first request that takes waiting charges, or leaves more to wait, gets it. Where others pay or issue
 * by now, the draft comes beside it as an invoice between those who did. One statement where there is none, else four or five.
 */
export async function takeHeldDrafts(
  work: Work,
  requests: readonly InvoiceRequest[],
  issuersOf: Promise<{ issuers: Issuers }>,
): Promise<TakenDrafts> {
  const asking = requests.filter((request) => request.includeWaiting || request.hold);
  const taken = new Map<InvoiceRequest, HeldDraft>();
  const beside: Beside[] = [];
  if (asking.length === 0) return { by: taken, beside };
  const accounts = new Set(
    asking.flatMap(({ account, bills = [] }) => [
      account.id,
      ...bills.map(({ accountId }) => accountId),
      ...bills.flatMap(({ parentAccountId }) => parentAccountId ?? []),
    ]),
  );
  const [places, { issuers }] = await Promise.all([
    work.rows<Place>(
      `select h.organization_id, h.invoice_id, h.account_id, h.currency, h.discounted,
         (select count(*)::int from invoice_discounts x where x.organization_id = h.organization_id and x.invoice_id = h.invoice_id) as discounts
       from invoice_holds h where h.organization_id = any($1::uuid[]) and h.account_id = any($2::uuid[])`,
      [`{${work.organizations.join(',')}}`, `{${[...accounts].join(',')}}`],
    ),
    issuersOf,
  ]);
  if (places.length === 0) return { by: taken, beside };
  const ids = places.map((place) => place.invoice_id);
  const invoices = await lockInvoices(work, ids);
  const lines = await work.find(
    InvoiceLineEntity,
    { organizationId: { $in: work.organizations }, invoiceId: { $in: ids } },
    { position: 'asc', id: 'asc' },
  );
  const drafts = places.flatMap((place) => {
    const invoice = invoices.get(place.invoice_id);
    if (invoice?.status !== 'draft') return [];
    const { subscriptionIds: _billed, ...row } = invoice;
    const { discounted, discounts } = place;
    const held = { invoice: row, lines: lines.filter((line) => line.invoiceId === row.id), discounted, discounts };
    return [{ place, held }];
  });
  const rest = drafts.toSorted(byAge).filter(({ place, held }) => {
    const request = asking.find((one) => !taken.has(one) && isFor(place, held, one) && isBetween(held, one, issuers));
    if (request) taken.set(request, held);
    return !request;
  });
  for (const { place, held } of rest) {
    const heirs = asking.filter((one) => {
      const isApart = !isBetween(held, one, issuers);
      return one.includeWaiting && ((isApart && isFor(place, held, one)) || inherits(place, held.lines, one, isApart));
    });
    const request = heirs.find((one) => !taken.has(one) && isBetween(held, one, issuers));
    if (request) taken.set(request, held);
    else if (heirs[0]) beside.push({ request: heirs[0], held });
  }
  const others = beside.filter(({ request, held }) => !isBetween(held, request, issuers));
  const own = await ownTerms(work, others);
  return { by: taken, beside: beside.map((one) => ({ ...one, ...own.get(one) })) };
}

/** Whether an invoice of the request has the payer and the issuer of the draft. */
function isBetween(
  { invoice }: HeldDraft,
  { account, billTo, legalEntityId }: InvoiceRequest,
  issuers: Issuers,
): boolean {
  const issuer = issuers.of(account.organizationId, legalEntityId);
  return invoice.billToAccountId === billTo.id && invoice.legalEntityId === issuer.id;
}

/** Whom drafts are between, locked behind the others, and their terms. No statement for none. */
async function ownTerms(work: Work, drafts: readonly Beside[]): Promise<Map<Beside, Pick<Beside, 'own'>>> {
  const ids = drafts.flatMap(({ held: { invoice } }) => [invoice.accountId, invoice.billToAccountId]);
  const accounts = await lockAccounts(work, [...new Set(ids)].sort());
  return new Map(
    drafts.map((one) => {
      const { invoice } = one.held;
      const [account, billTo] = [accounts.get(invoice.accountId), accounts.get(invoice.billToAccountId)];
      if (!account || !billTo) throw new BeginAnew('the accounts of an invoice changed');
      const { legalEntityId, netDays, paymentMethodId = null, purchaseOrderNumber = null } = invoice;
      const collection = invoice.collection as InvoiceRequest['collection'];
      const customFields = invoice.customFields as NonNullable<InvoiceRequest['customFields']>;
      const reason = invoice.reason as InvoiceReason;
      const terms = { collection, netDays, paymentMethodId, purchaseOrderNumber, customFields, reason, discounts: [] };
      return [one, { own: { account, billTo, legalEntityId, ...terms } }];
    }),
  );
}

/** The same drafts go on in the same way, in whatever order they are found. */
const byAge = (
  { held: { invoice: one } }: { held: HeldDraft },
  { held: { invoice: other } }: { held: HeldDraft },
): number => one.createdAt.getTime() - other.createdAt.getTime() || (one.id < other.id ? -1 : 1);

/** What is to be collected by itself waits apart from what is not, and where each subscription has its own invoices these wait apart. */
function isFor(place: Place, { invoice, lines }: HeldDraft, request: InvoiceRequest): boolean {
  const { account, currency, collection, apart, bills = [] } = request;
  const isOwn = ({ subscriptionId }: InvoiceLineRow) => bills.some((one) => one.subscriptionId === subscriptionId);
  return (
    place.account_id === account.id &&
    place.currency === currency &&
    invoice.collection === collection &&
    (!apart || lines.every(isOwn))
  );
}

/**
 * Where lines of others wait on it, too, it stays with these. Where other parties are billed by now (`isApart`), it comes with whatever
 * is next of its accounts.
 */
function inherits(
  { currency }: Place,
  waiting: readonly InvoiceLineRow[],
  { currency: asked, bills = [] }: InvoiceRequest,
  isApart: boolean,
): boolean {
  const isBilled = waiting.some((line) => bills.some(({ subscriptionId }) => line.subscriptionId === subscriptionId));
  const areAll = waiting.every((line) => bills.some(({ accountId }) => line.accountId === accountId));
  return currency === asked && (isBilled || isApart) && areAll;
}

/**
 * Takes the discounts of a request that are in force off its lines. Lines that wait take theirs when they come, as if they were invoiced
 * then, so that how a change is settled does not change its price; the invoice that they wait for takes its own off the others. What was
 * written by hand onto the draft meanwhile is one of those. So do lines that fell due one after the other before their invoice. Pure but
 * for its arguments.
 */
export function drawInTurn({
  request,
  held,
  invoice,
  lines,
  brought,
}: {
  request: InvoiceRequest;
  held: HeldDraft | null;
  invoice: InvoiceRow;
  lines: readonly InvoiceLineRow[];
  brought: Brought;
}): Drawn {
  const { at, hold } = request;
  const discounts = (request.discounts ?? []).filter((one) => isInForce(one, standingAt(request)));
  keepReturned(lines, brought.goingOn, discounts);
  // A draft from before takes all with the invoice that it becomes.
  if (discounts.length === 0 || (hold && held?.discounted === false)) return { discounts: [], shares: [] };
  const fresh = lines.slice(held?.lines.length ?? 0);
  const count = held?.discounts ?? 0;
  if (hold) {
    const scope = { lineIds: fresh.map(({ id }) => id) };
    return drawDiscounts(invoice, fresh, discounts, at, { count, scope, brought });
  }
  const isDone = ({ subscriptionId }: InvoiceLineRow) => held?.discounted && subscriptionId != null;
  const [done, open] = [held?.lines.filter(isDone) ?? [], held?.lines.filter((line) => !isDone(line)) ?? []];
  const turns = turnsOf([...fresh, ...open], brought);
  if (turns.length === 1) {
    const scope = done.length > 0 ? { exceptLineIds: done.map(({ id }) => id) } : {};
    return drawDiscounts(invoice, turns[0]!, discounts, at, { count, scope, brought });
  }
  return turns.reduce<Drawn>(
    (drawn, turn) => {
      const place = { count: count + drawn.discounts.length, scope: { lineIds: turn.map(({ id }) => id) } };
      const next = drawDiscounts(invoice, turn, discounts, at, { ...place, brought });
      return { discounts: [...drawn.discounts, ...next.discounts], shares: [...drawn.shares, ...next.shares] };
    },
    { discounts: [], shares: [] },
  );
}

/** What fell due together, one after the other; what is due with the invoice itself comes with the last of it. */
function turnsOf(lines: readonly InvoiceLineRow[], { fellDue }: Brought): InvoiceLineRow[][] {
  const last = Math.max(0, ...fellDue.values());
  const at = ({ id }: InvoiceLineRow) => fellDue.get(id) ?? last;
  const instants = [...new Set(lines.map(at))].sort((one, other) => one - other);
  return instants.map((instant) => lines.filter((line) => at(line) === instant));
}

/**
 * Writes what lines that waited come to now, while their invoice is still a draft: afterwards the database refuses. Its taxes
 * are written anew with it. One statement for any number of drafts.
 */
export async function writeHeldLines(
  work: Work,
  drafts: readonly Pick<HeldDraft, 'invoice' | 'lines'>[],
  released: readonly string[],
): Promise<void> {
  if (drafts.length === 0) return;
  for (const line of drafts.flatMap((draft) => draft.lines)) {
    const { organizationId, id, discountAmount, taxAmount, taxes, derivation } = line;
    work.update(InvoiceLineEntity, { organizationId, id, discountAmount, taxAmount, taxes, derivation });
  }
  await work.rows(
    `with released as (
       delete from invoice_holds where organization_id = any($1::uuid[]) and invoice_id = any($3::uuid[]))
     delete from invoice_taxes where organization_id = any($1::uuid[]) and invoice_id = any($2::uuid[])`,
    [
      `{${work.organizations.join(',')}}`,
      `{${drafts.map(({ invoice }) => invoice.id).join(',')}}`,
      `{${released.join(',')}}`,
    ],
  );
}

/** A draft that waits is the next invoice of its kind. */
export function letWait(
  work: Work,
  { invoice, request, held }: { invoice: InvoiceRow; request: InvoiceRequest; held: HeldDraft | null },
): void {
  if (!request.hold || held) return;
  const { organizationId, id: invoiceId, accountId, billToAccountId, legalEntityId, currency } = invoice;
  const place = { accountId, billToAccountId, legalEntityId, currency };
  work.insert(InvoiceHoldEntity, [{ organizationId, invoiceId, ...place, discounted: true }]);
}

/** A draft with days of grace becomes final that many local days later. */
export function giveGrace(
  work: Work,
  { invoice, request, at }: { invoice: InvoiceRow; request: InvoiceRequest; at: Date },
): void {
  if (!request.graceDays) return;
  const { organizationId, id: invoiceId } = invoice;
  const { timezone, testClockId } = request.account;
  const finalizeAt = dueAfter(at, request.graceDays, timezone);
  work.insert(InvoiceGraceEntity, [{ organizationId, invoiceId, finalizeAt, testClockId: testClockId ?? null }]);
}
