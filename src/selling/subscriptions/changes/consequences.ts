import { paidLater } from '../../../collecting/invoicing/index.ts';
import { DomainError, invalidState } from '../../../platform/errors.ts';
import type { Fact } from '../../../platform/outbox.ts';
import { uuids } from '../../../platform/sql-text.ts';
import type { Consequence, Work } from '../../../platform/work.ts';
import { bringUpToDate } from '../billing/bring-up-to-date.ts';
import { hoursLater, hoursToPay } from '../items/anchor.ts';
import { loadBillable } from '../items/load-billable.ts';
import { ofPresentLife } from '../items/present-life.ts';
import { recordMoves } from '../items/record-moves.ts';
import { SubscriptionEntity } from '../subscriptions.entities.ts';
import { moveStatus, type SubscriptionEvent } from '../subscriptions.lifecycle.ts';
import { cancelNow } from './cancel-subscription.ts';
import { endSubscription } from './end-subscription.ts';

interface Standing {
  organizationId: string;
  id: string;
  accountId: string;
  status: string;
  /** When something is due of it next, once it has begun. */
  nextAt: Date | null;
  /** Another of its invoices is open and its due time has passed, or its collection has failed. */
  overdue: boolean;
}

/**
 * Nothing is owed for these invoices any more: what waited for them goes on. For a renewal that never asked for anything nothing
 * waited: reading for it would write the batch of a billing run in two parts.
 */
export const settled: Consequence = async (work, facts) => {
  const later = new Set(paidLater(work, facts));
  const awaited = facts.filter((fact) => later.has(fact) || fact.data.reason !== 'subscription_cycle');
  if (awaited.length === 0) return;
  const found = await affected(work, invoicesOf(awaited), ['incomplete', 'past_due'], awaited[0]!.at);
  const at = latest(awaited);
  for (const subscription of found) {
    if (subscription.status === 'incomplete') move(work, subscription, 'activated', at);
    else if (!subscription.overdue) move(work, subscription, 'recovered', at);
  }
};

/** A debt that was given up is overdue no more; what it was to begin does not begin. */
export const writtenOff: Consequence = async (work, facts) => {
  const found = await affected(work, invoicesOf(facts), ['past_due'], facts[0]!.at);
  for (const subscription of found) {
    if (!subscription.overdue) move(work, subscription, 'recovered', latest(facts));
  }
};

/** A first invoice that had waited for its tax is final only now: it has as long to be paid as one that was so at once. */
export const taxKnown: Consequence = async (work, facts) => {
  const waited = facts.filter((fact) => typeof fact.data.taxAwaitedUntil === 'string');
  if (waited.length === 0) return;
  const known = waited.map((fact) => Date.parse(fact.data.taxAwaitedUntil as string));
  const lapsesAt = hoursLater(new Date(Math.max(...known)), hoursToPay);
  for (const { organizationId, id } of await affected(work, invoicesOf(waited), ['incomplete'], waited[0]!.at)) {
    work.update(SubscriptionEntity, { organizationId, id, lapsesAt });
  }
};

/** A void invoice is no longer owed: a subscription that it was to begin does not begin, one that was overdue may recover. */
export const voided: Consequence = async (work, facts) => {
  const given = facts.filter((fact) => !fact.data.replaced);
  await keepAwaited(
    work,
    facts.filter((fact) => fact.data.replaced && !fact.data.goesOn),
  );
  if (given.length === 0) return;
  const found = await affected(work, invoicesOf(given), ['incomplete', 'past_due'], given[0]!.at);
  const at = latest(facts);
  for (const subscription of found) {
    if (subscription.status === 'past_due') {
      if (!subscription.overdue) move(work, subscription, 'recovered', at);
      continue;
    }
    const [billable] = await loadBillable(work, [subscription.id]);
    if (billable?.status === 'incomplete') await endSubscription(work, billable, 'canceled', at, 'invoice voided');
  }
};

/** A first invoice that a subscription waits for is not replaced by a draft that nobody pays. */
async function keepAwaited(work: Work, facts: readonly Fact[]): Promise<void> {
  if (facts.length === 0) return;
  const [waiting] = await affected(work, invoicesOf(facts), ['incomplete'], facts[0]!.at);
  if (waiting)
    throw invalidState(
      'A subscription waits for this invoice to be paid: let the new one become final at once (finalize), or void it.',
      ['input', 'id'],
    );
}

/**
 * Collecting failed: what was active is past due; what has not begun stays incomplete until it lapses. A try that failed in
 * front of the customer says nothing: they see it, and may have weeks left to pay.
 */
export const collectionFailed: Consequence = async (work, given) => {
  const facts = given.filter((fact) => fact.data.offSession !== false);
  if (facts.length === 0) return;
  const found = await affected(work, invoicesOf(facts), ['active'], facts[0]!.at);
  const at = latest(facts);
  for (const subscription of found) move(work, subscription, 'payment_failed', at);
};

/** Dunning gave up: where the organization wants it so, the subscriptions end whose present life the invoice bills. */
export const dunningExhausted: Consequence = async (work, facts) => {
  const given = facts.filter((fact) => fact.data.finalAction === 'cancel');
  if (given.length === 0) return;
  const found = await affected(work, invoicesOf(given), ['active', 'past_due', 'paused', 'incomplete'], given[0]!.at);
  for (const { id } of found) await cancelNow(work, await bringUpToDate(work, id, ['id']), { reason: 'dunning' });
};

/** An account that still has subscriptions is not deleted. */
export const accountDeleted: Consequence = async (work, facts) => {
  const running = await work.rows(
    `select 1 from subscriptions s
     where s.organization_id = any($1::uuid[]) and s.account_id = any($2::uuid[]) and s.status <> 'canceled' limit 1`,
    [uuids(work.organizations), uuids(facts.map((fact) => fact.objectId))],
  );
  if (running.length > 0) throw new DomainError('IN_USE', 'The account has subscriptions that have not ended.');
};

/** A period that a credit note freed is billed again only while the subscription has it as it had when the note was issued. */
export const freedAgain: Consequence = async (work, facts) => {
  const gone = await work.rows(
    `select 1 from credit_note_lines n
     join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id
     join invoice_lines l on l.organization_id = n.organization_id and l.id = n.invoice_line_id
     join subscription_items i on i.organization_id = l.organization_id and i.id = l.subscription_item_id
     where n.organization_id = any($1::uuid[]) and n.credit_note_id = any($2::uuid[]) and n.frees_period
       and (i.active_to >= c.issued_at and i.active_to < n.period_end
         or exists (select from subscription_pauses p
           where p.organization_id = i.organization_id and p.subscription_id = i.subscription_id and p.paused_from < n.period_end
             and coalesce(p.resumed_at, 'infinity') > greatest(n.period_start, c.issued_at))) limit 1`,
    [uuids(work.organizations), uuids(facts.map((fact) => fact.objectId))],
  );
  if (gone.length === 0) return;
  throw new DomainError(
    'CONFLICT',
    'The subscription has ended, paused or changed within a period that the note freed.',
    {
      path: ['input', 'id'],
    },
  );
};

/** The invoices that facts of invoicing, payments and dunning tell of. */
function invoicesOf(facts: readonly Fact[]): string[] {
  return facts.flatMap(({ data }) => {
    if (Array.isArray(data.invoiceIds)) return data.invoiceIds as string[];
    return typeof data.invoiceId === 'string' ? [data.invoiceId] : [];
  });
}

function latest(facts: readonly Fact[]): Date {
  return facts.reduce((last, fact) => (fact.at.getTime() > last.getTime() ? fact.at : last), facts[0]!.at);
}

/**
 * Locked subscriptions in these statuses that have lines of their present life on these invoices: it waits for nothing, and ends for
 * nothing, that was billed before it was taken up again. One statement; most often it finds none.
 */
async function affected(
  work: Work,
  invoiceIds: readonly string[],
  statuses: readonly string[],
  at: Date,
): Promise<Standing[]> {
  if (invoiceIds.length === 0) return [];
  return work.rows<Standing>(
    `select s.organization_id as "organizationId", s.id, s.account_id as "accountId", s.status,
       least(s.current_period_end, (select min(c.effective_at) from scheduled_changes c
         where c.organization_id = s.organization_id and c.subscription_id = s.id and c.status = 'pending')) as "nextAt",
       exists (select from invoices i join invoice_lines l on l.organization_id = i.organization_id and l.invoice_id = i.id
               where i.organization_id = s.organization_id and i.status = 'open' and l.subscription_id = s.id and ${ofPresentLife}
                 and (i.due_at < $4 or exists (select from dunning_runs d
                   where d.organization_id = i.organization_id and d.invoice_id = i.id
                     and d.status in ('retrying', 'awaiting_method', 'exhausted')))) as overdue
     from subscriptions s
     where s.organization_id = any($1::uuid[]) and s.status = any($3::text[]) and s.id in (
       select l.subscription_id from invoice_lines l
       where l.organization_id = any($1::uuid[]) and l.invoice_id = any($2::uuid[]) and l.subscription_id is not null and ${ofPresentLife})
     order by s.id for update of s`,
    [uuids(work.organizations), uuids(invoiceIds), uuids(statuses), at],
  );
}

function move(work: Work, subscription: Standing, event: SubscriptionEvent, at: Date): void {
  const { organizationId, id } = subscription;
  const made = moveStatus(subscription.status, event, at);
  const begins = event === 'activated' ? { nextBillingAt: subscription.nextAt, lapsesAt: null } : {};
  work.update(SubscriptionEntity, { organizationId, id, status: made.to, ...begins, updatedAt: at });
  recordMoves(work, subscription, [made]);
}
