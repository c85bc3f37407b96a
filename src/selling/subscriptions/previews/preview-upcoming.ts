import type { LockedAccount } from '../../../accounts/index.ts';
import { type IssuedInvoice, issuedInvoices } from '../../../collecting/invoicing/index.ts';
import type { Work } from '../../../platform/work.ts';
import { billSubscriptions } from '../billing/bill-subscriptions.ts';
import { lockInvoicedTogether } from '../billing/lock-invoiced-together.ts';
import { loadDue } from '../items/load-billable.ts';
import { lockAccountForBilling, subscriberOf } from '../items/lock-for-billing.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';

/** Whose next invoice is asked for; a path leads to each within the input. */
export type UpcomingOf = { accountId: string } | { subscriptionId: string };

/** What is issued next. */
export interface Upcoming {
  invoices: IssuedInvoice[];
  /** Whether any of it comes only if a first invoice is paid that a subscription waits for. */
  provisional: boolean;
}

/** What lies ahead of an account and of all that are invoiced together with it. */
interface Ahead {
  /** When something is due of any of them. */
  earliest: Date | null;
  /** When something is due of what was asked for. */
  next: Date | null;
  /** Whether anything is going to be due of another account. */
  hasOthers: boolean;
}

/** How many instants at which nothing is invoiced (a pause, a change that waits) may lie ahead of the next invoice. */
const mostTurns = 24;

/**
 * What the billing run will issue next: runs it, in a rehearsal, as if the account stood at its next boundary (or at that
 * of one subscription), and from there at the one behind it until something is invoiced, with whatever goes onto the same
 * invoices. Of an account that is invoiced for others, their boundaries count too. What is due by now is billed before and not
 * shown; a first invoice that is waited for counts as paid (`provisional`). Null where nothing is to be billed any more. NOT_FOUND.
 */
export async function previewUpcoming(work: Work, of: UpcomingOf, path: string[]): Promise<Upcoming | null> {
  const subscriptionId = 'subscriptionId' in of ? of.subscriptionId : null;
  const accountId = 'accountId' in of ? of.accountId : await subscriberOf(work, of.subscriptionId, path);
  const [{ account, accounts }, found, unpaid] = await Promise.all([
    lockAccountForBilling(work, accountId, path),
    lookAhead(work, accountId, subscriptionId),
    firstInvoices(work, accountId, subscriptionId),
  ]);
  const isLate = found.earliest !== null && found.earliest <= account.now;
  if (isLate) await runUpTo(work, account, accounts, account.now, found);
  const before = issuedInvoices(work).length;
  const waiting = isLate ? await firstInvoices(work, accountId, subscriptionId) : unpaid;
  payFirstInvoices(work, waiting);
  let ahead = isLate || waiting.length > 0 ? await lookAhead(work, accountId, subscriptionId) : found;
  const isOf = ({ invoice, lines, waits }: IssuedInvoice) =>
    !waits &&
    (subscriptionId
      ? lines.some((line) => line.subscriptionId === subscriptionId)
      : invoice.accountId === account.id || lines.some((line) => line.accountId === account.id));
  let invoices: IssuedInvoice[] = [];
  for (let turn = 0; invoices.length === 0; turn += 1) {
    if (!ahead.next || turn === mostTurns) return null;
    await runUpTo(work, account, accounts, ahead.next, ahead);
    invoices = issuedInvoices(work).slice(before).filter(isOf);
    if (invoices.length === 0) ahead = await lookAhead(work, accountId, subscriptionId);
  }
  const isAwaited = (id: string | null | undefined) => waiting.some((unpaid) => unpaid.id === id);
  return { invoices, provisional: invoices.some(({ lines }) => lines.some((line) => isAwaited(line.subscriptionId))) };
}

/** One statement. */
async function lookAhead(work: Work, accountId: string, subscriptionId: string | null): Promise<Ahead> {
  const [ahead] = await work.rows<Ahead>(
    `select min(s.next_billing_at) as earliest,
       min(s.next_billing_at) filter (
         where (a.id = $2 or a.invoice_account_id = $2) and ($3::uuid is null or s.id = $3)) as next,
       coalesce(bool_or(a.id <> $2), false) as "hasOthers"
     from accounts k
     join accounts a on a.organization_id = k.organization_id
       and (a.id = coalesce(k.invoice_account_id, k.id) or a.invoice_account_id = coalesce(k.invoice_account_id, k.id))
     join subscriptions s on s.organization_id = a.organization_id and s.account_id = a.id
       and s.next_billing_at is not null and s.parked_at is null
     where k.organization_id = $1 and k.id = $2`,
    [work.organizationId, accountId, subscriptionId],
  );
  return ahead!;
}

interface Unpaid {
  id: string;
  currentPeriodEnd: Date;
}

/** Subscriptions that wait for their first payment. One statement. */
function firstInvoices(work: Work, accountId: string, subscriptionId: string | null): Promise<Unpaid[]> {
  return work.rows<Unpaid>(
    `select s.id, s.current_period_end as "currentPeriodEnd" from subscriptions s
     where s.organization_id = $1 and s.account_id = $2 and s.status = 'incomplete' and s.lapses_at is not null
       and s.current_period_end is not null and ($3::uuid is null or s.id = $3)`,
    [work.organizationId, accountId, subscriptionId],
  );
}

/** They go on as if it had come: this is a rehearsal. */
function payFirstInvoices(work: Work, waiting: readonly Unpaid[]): void {
  const { organizationId } = work;
  for (const { id, currentPeriodEnd: nextBillingAt } of waiting) {
    work.update(SubscriptionEntity, { organizationId, id, status: 'active', nextBillingAt, lapsesAt: null });
  }
}

/**
 * Bills what is due of an account, and of those invoiced together with it, up to an instant, as if its clock stood
 * there. Refuses what could not be billed.
 */
async function runUpTo(
  work: Work,
  account: LockedAccount,
  accounts: Map<string, LockedAccount>,
  at: Date,
  { hasOthers }: Ahead,
): Promise<void> {
  const others = hasOthers ? await lockInvoicedTogether(work, accounts, [account.id], at) : [];
  const there = new Map([...accounts].map(([id, known]) => [id, { ...known, now: at }]));
  const due = await loadDue(work, [account.id, ...others], at);
  const { unbillable } = await billSubscriptions(work, there, due, at);
  if (unbillable.length > 0) throw unbillable[0]!.error;
}
