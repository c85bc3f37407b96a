import type { Consequence, Work } from '../../../platform/work.ts';
import { postCreditApplication, postRecovery } from '../../../rules/posting.ts';
import { type CreditBalances, type CreditFactData, creditKeyOf, freeOf, loadBalances } from '../../credits/index.ts';
import { post } from '../../ledger/index.ts';
import { invoiceFact } from '../invoice-facts.ts';
import { InvoiceEntity } from '../invoicing.entities.ts';
import { nextStatus } from '../invoicing.lifecycle.ts';
import { payable } from './apply-money.ts';
import { type LockedInvoice, lockInvoices } from './lock-invoices.ts';

/** Why credit goes to debts now: what reopened them, or made the credit free. Each does so once for an invoice. */
interface Cause {
  causeId: string;
  at: Date;
}

const ownSources: readonly string[] = ['credit_note', 'refund_failed', 'carried_over'];

/**
 * What taking invoices back gave to the balance (their notes, and other invoices that took their lines back), and is still there
 * and free, goes to them first where they are owed again, before it buys something else beside the debt. What was spent
 * elsewhere stays owed. Effect `apply_credit:<cause>` of the invoice; `invoice.paid` where nothing is due any more,
 * `invoice.credited` otherwise.
 */
export async function applyOwnCredit(work: Work, invoices: readonly LockedInvoice[], cause: Cause): Promise<void> {
  if (invoices.length === 0) return;
  const balances = await loadBalances(work, invoices.map(creditKeyOf));
  const lots = invoices.flatMap((invoice) =>
    balances.lotsOf(creditKeyOf(invoice)).filter(({ row }) => ownSources.includes(row.sourceType) && freeOf(row) > 0n),
  );
  if (lots.length === 0) return;
  const rows = await work.rows<{ invoice_id: string; source_id: string }>(
    'select invoice_id, source_id from invoices_behind_credit($1::uuid[], $2::uuid[])',
    [`{${work.organizations.join(',')}}`, `{${lots.map(({ row }) => row.id).join(',')}}`],
  );
  for (const invoice of invoices) {
    const from = rows.flatMap((row) => (row.invoice_id === invoice.id ? [row.source_id] : []));
    if (from.length > 0) payFromCredit(work, invoice, { from, ...cause }, balances);
  }
  balances.save(work);
}

/** Credit of certain sources for an invoice that is owed; at most so much of it, if that is said. */
interface Payment extends Cause {
  from: string[];
  most?: bigint;
  /** Whose credit it is, where not of who pays the invoice. */
  creditOf?: string;
}

/**
 * An invoice that is owed is paid with credit of these sources: the balance, the ledger (effect `apply_credit:<cause>`), status
 * and fact. Answers how much that was, minor units; `balances.save` follows.
 */
export function payFromCredit(
  work: Work,
  invoice: LockedInvoice,
  { from, most, causeId, at, creditOf }: Payment,
  balances: CreditBalances,
): bigint {
  const { organizationId, id, currency } = invoice;
  const asked = payable(invoice);
  const due = most !== undefined && most < asked ? most : asked;
  const { accountId: payer } = creditKeyOf(invoice);
  const key = { organizationId, accountId: creditOf ?? payer, currency };
  const amount = balances.spend({ ...key, invoiceId: id, due, lines: null, at, from });
  if (amount === 0n) return 0n;
  const source = { organizationId, sourceType: 'invoice', sourceId: id, at };
  const status = nextStatus(invoice.status, amount < asked ? 'pay' : 'settle');
  if (invoice.status === 'uncollectible') {
    post(work, [{ ...source, effect: `recover:${causeId}`, entries: postRecovery(currency, amount) }]);
    invoice.writtenOff -= amount;
  } else {
    invoice.amountDue -= amount;
  }
  post(work, [{ ...source, effect: `apply_credit:${causeId}`, entries: postCreditApplication(currency, amount) }]);
  invoice.creditsApplied += amount;
  moveTo(work, invoice, status, at);
  const type = status === 'paid' ? 'invoice.paid' : 'invoice.credited';
  work.announce(invoiceFact(type, invoice, invoice.subscriptionIds, at));
  return amount;
}

/** Lots, or what a hold kept of lots, that have just become free. */
interface Freed {
  organizationId: string;
  grantId?: string;
  holdId?: string;
  causeId?: string;
  at: Date;
}

/**
 * Credit that has become free goes first to the invoices that it came from taking back, where these are owed again: all such
 * credit of theirs that is free. One statement where none is owed.
 */
export async function payDebtsBehind(work: Work, ...freed: readonly Freed[]): Promise<void> {
  if (freed.length === 0) return;
  const causes = freed.map((one) => one.causeId ?? one.holdId ?? one.grantId!);
  const owed = await work.rows<{ invoice_id: string; place: number }>(
    `with freed as (
       select f.place, f.organization_id, coalesce(p.grant_id, f.grant_id) as grant_id
       from unnest($1::uuid[], $2::uuid[], $3::uuid[]) with ordinality as f(organization_id, grant_id, hold_id, place)
       left join credit_hold_parts p on p.organization_id = f.organization_id and p.hold_id = f.hold_id)
     select i.id as invoice_id, min(f.place)::int as place from freed f
     join invoices_behind_credit($1::uuid[], array(select x.grant_id from freed x)) b
       on b.organization_id = f.organization_id and b.grant_id = f.grant_id
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id and i.status in ('open', 'uncollectible')
     group by i.id order by i.id`,
    [
      `{${freed.map((one) => one.organizationId).join(',')}}`,
      `{${freed.map((one) => one.grantId ?? 'null').join(',')}}`,
      `{${freed.map((one) => one.holdId ?? 'null').join(',')}}`,
    ],
  );
  const invoices = await lockInvoices(
    work,
    owed.map((one) => one.invoice_id),
  );
  for (const { invoice_id: id, place } of owed) {
    const invoice = invoices.get(id);
    if (invoice) await applyOwnCredit(work, [invoice], { causeId: causes[place - 1]!, at: freed[place - 1]!.at });
  }
}

/**
 * Consequence of credit that has become free: a hold has ended, a void gave it back, a refund that had taken it or was to pay
 * it out has failed. What came from taking an invoice back lowers that one's debt before it buys something else.
 */
export const payDebtsOfFreed: Consequence = (work, facts) =>
  payDebtsBehind(
    work,
    ...facts.flatMap(({ type, organizationId, data, at }): Freed[] => {
      const { grantId, holdId, sourceType, sourceId, invoiceId } = data as CreditFactData;
      if (holdId) return [{ organizationId, holdId, at }];
      if (!grantId || (type === 'credit.granted' && sourceType !== 'refund_failed')) return [];
      return [{ organizationId, grantId, causeId: sourceId ?? invoiceId ?? grantId, at }];
    }),
  );

/** Writes an invoice whose credit applied has changed, and its status. */
export function moveTo(work: Work, invoice: LockedInvoice, status: string, at: Date): void {
  const { organizationId, id, creditsApplied, writtenOff } = invoice;
  const paidAt = status === 'paid' ? at : null;
  const uncollectibleAt = status === 'uncollectible' ? (invoice.uncollectibleAt ?? at) : null;
  const moved = { status, paidAt, uncollectibleAt, creditsApplied, writtenOff, updatedAt: at };
  Object.assign(invoice, moved);
  work.update(InvoiceEntity, { organizationId, id, ...moved });
}
