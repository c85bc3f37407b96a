import type { LockedAccount } from '../../../accounts/index.ts';
import { type IssuedInvoice, issuedInvoices } from '../../../collecting/invoicing/index.ts';
import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { billSubscriptions } from '../billing/bill-subscriptions.ts';
import { lockInvoicedTogether } from '../billing/lock-invoiced-together.ts';
import { loadDue } from '../items/load-billable.ts';
import { lockAccountForBilling, lockSubscriber } from '../items/lock-for-billing.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';

/** Whose next invoice is asked for; a path leads to each within the input. */
export type UpcomingOf = { accountId: string } | { subscriptionId: string };

interface Next {
  id: string;
  next_billing_at: Date;
}

/**
 * What the billing run will issue next: runs it, in a rehearsal, as if the account stood at its next boundary (or at that
 * of one subscription), with whatever goes onto the same invoices. Of an account that is invoiced for others, their boundaries
 * count too. What is due by now is billed before and not shown; a first invoice that is waited for counts as paid. NOT_FOUND;
 * INVALID_STATE where nothing is to be billed any more.
 */
export async function previewUpcoming(work: Work, of: UpcomingOf, path: string[]): Promise<IssuedInvoice[]> {
  const { account, accounts } =
    'accountId' in of
      ? await lockAccountForBilling(work, of.accountId, path)
      : await lockSubscriber(work, of.subscriptionId, path);
  const subscriptionId = 'subscriptionId' in of ? of.subscriptionId : null;
  await runUpTo(work, account, accounts, account.now);
  const before = issuedInvoices(work).length;
  await payFirstInvoices(work, account.id, subscriptionId);
  const [next] = await work.rows<Next>(
    `select s.id, s.next_billing_at from subscriptions s
     where s.organization_id = $1 and s.next_billing_at is not null and s.parked_at is null
       and s.account_id in (select $2::uuid union select a.id from accounts a where a.organization_id = $1 and a.invoice_account_id = $2)
       and ($3::uuid is null or s.id = $3)
     order by s.next_billing_at, s.id limit 1`,
    [work.organizationId, account.id, subscriptionId],
  );
  if (!next) throw invalidState('Nothing is going to be billed.', path);
  await runUpTo(work, account, accounts, next.next_billing_at);
  const issued = issuedInvoices(work).slice(before);
  return issued.filter(({ invoice, lines }) =>
    subscriptionId
      ? lines.some((line) => line.subscriptionId === subscriptionId)
      : invoice.accountId === account.id || lines.some((line) => line.accountId === account.id),
  );
}

/** Subscriptions that wait for their first payment go on as if it had come: this is a rehearsal. */
async function payFirstInvoices(work: Work, accountId: string, subscriptionId: string | null): Promise<void> {
  const waiting = await work.rows<{ id: string; currentPeriodEnd: Date }>(
    `select s.id, s.current_period_end as "currentPeriodEnd" from subscriptions s
     where s.organization_id = $1 and s.account_id = $2 and s.status = 'incomplete' and s.lapses_at is not null
       and s.current_period_end is not null and ($3::uuid is null or s.id = $3)`,
    [work.organizationId, accountId, subscriptionId],
  );
  const { organizationId } = work;
  for (const { id, currentPeriodEnd: nextBillingAt } of waiting) {
    work.update(SubscriptionEntity, { organizationId, id, status: 'active', nextBillingAt, lapsesAt: null });
  }
}

/** Bills what is due of an account, and of those invoiced together with it, up to an instant, as if its clock stood there. Refuses what could not be billed. */
async function runUpTo(
  work: Work,
  account: LockedAccount,
  accounts: Map<string, LockedAccount>,
  at: Date,
): Promise<void> {
  const others = await lockInvoicedTogether(work, accounts, [account.id], at);
  const there = new Map([...accounts].map(([id, known]) => [id, { ...known, now: at }]));
  const due = await loadDue(work, [account.id, ...others], at);
  const { unbillable } = await billSubscriptions(work, there, due, at);
  if (unbillable.length > 0) throw unbillable[0]!.error;
}
