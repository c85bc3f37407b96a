import { type IssuedInvoice, issuedInvoices } from '../../../collecting/invoicing/index.ts';
import type { Work } from '../../../platform/work.ts';
import { lockAccountForBilling, subscriberOf } from '../items/lock-for-billing.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { firstInvoices, lookAhead, type Unpaid } from './look-ahead.ts';
import { runUntilFinal, runUpTo } from './run-ahead.ts';

/** Whose next invoice is asked for; a path leads to each within the input. */
export type UpcomingOf = { accountId: string } | { subscriptionId: string };

/** What is issued next. */
export interface Upcoming {
  invoices: IssuedInvoice[];
  /** Whether any of it comes only if a first invoice is paid that a subscription waits for. */
  provisional: boolean;
}

/** How many instants at which nothing is invoiced (a pause, a change that waits) may lie ahead of the next invoice. */
const mostTurns = 24;

/**
 * What the billing run will issue next: runs it, in a rehearsal, as if the account stood at its next boundary (or at that
 * of one subscription), and from there at the one behind it until something is invoiced, with whatever goes onto the same
 * invoices. Of an account that is invoiced for others, their boundaries count too. What is billed or becomes final before of all that
 * share a payer comes first here, too: it spends the credit. What has days of grace is shown as it is when they are over. What is due
 * by now is billed before and not shown; a first invoice that is waited for counts as paid (`provisional`). Null where nothing is to
 * be billed any more. NOT_FOUND.
 */
export async function previewUpcoming(work: Work, of: UpcomingOf, path: string[]): Promise<Upcoming | null> {
  const subscriptionId = 'subscriptionId' in of ? of.subscriptionId : null;
  const accountId = 'accountId' in of ? of.accountId : await subscriberOf(work, of.subscriptionId, path);
  const [rehearsed, found, unpaid] = await Promise.all([
    lockAccountForBilling(work, accountId, path),
    lookAhead(work, accountId, subscriptionId),
    firstInvoices(work, accountId, subscriptionId),
  ]);
  const { account } = rehearsed;
  const isLate = found.earliest !== null && found.earliest <= account.now;
  if (isLate) await runUpTo(work, rehearsed, account.now, found);
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
    await runUpTo(work, rehearsed, ahead.next, ahead);
    invoices = issuedInvoices(work).slice(before).filter(isOf);
    if (invoices.length === 0) ahead = await lookAhead(work, accountId, subscriptionId);
  }
  const drafts = invoices.filter(({ invoice }) => invoice.status === 'draft').map(({ invoice }) => invoice.id);
  await runUntilFinal(work, rehearsed, drafts, ahead);
  const isAwaited = (id: string | null | undefined) => waiting.some((unpaid) => unpaid.id === id);
  return { invoices, provisional: invoices.some(({ lines }) => lines.some((line) => isAwaited(line.subscriptionId))) };
}

/** They go on as if it had come: this is a rehearsal. */
function payFirstInvoices(work: Work, waiting: readonly Unpaid[]): void {
  const { organizationId } = work;
  for (const { id, currentPeriodEnd: nextBillingAt } of waiting) {
    work.update(SubscriptionEntity, { organizationId, id, status: 'active', nextBillingAt, lapsesAt: null });
  }
}
