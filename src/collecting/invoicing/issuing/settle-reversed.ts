import { lockAccounts } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import type { CreditBalances } from '../../credits/index.ts';
import type { InvoiceRow } from '../invoicing.entities.ts';
import { type LockedInvoice, lockInvoices } from '../settlement/lock-invoices.ts';
import { payFromCredit } from '../settlement/pay-own-debts.ts';
import type { Finalizing } from './finalization.ts';

/** What is still unpaid of the lines that a batch takes back, locked. */
export interface UnpaidLines {
  /** Invoices that ask for money, or had it written off. */
  invoices: ReadonlyMap<string, LockedInvoice>;
  /** Drafts: what they will ask for is not known yet. */
  drafts: ReadonlySet<string>;
  /** The invoices behind each line. */
  of: ReadonlyMap<string, readonly string[]>;
}

const nothing: UnpaidLines = { invoices: new Map(), drafts: new Set(), of: new Map() };

/**
 * From `behind (key, organization_id, bill_to_account_id, invoice_id)` on, back to every invoice whose lines were taken back
 * to pay for what came after: an invoice that asks for nothing because it took back another one's lines was paid by whoever
 * pays for those.
 */
const stepBack = `union
     select b.key, b.organization_id, b.bill_to_account_id, back.invoice_id from behind b cross join lateral (
       select l.invoice_id from invoice_lines r
       join invoice_lines l on l.organization_id = r.organization_id and l.id = r.reverses_line_id
       where r.organization_id = b.organization_id and r.invoice_id = b.invoice_id and r.reverses_line_id is not null
       offset 0) back`;

/**
 * Finds and locks the invoices behind the lines that a batch gives back more of than it asks for, as far as they are not
 * paid, whoever is to pay them; drafts only of who is billed now. Totals are computed and not settled yet. Two statements where
 * any gives back, three where another one pays those, else none.
 */
export async function findUnpaid(work: Work, batch: readonly Finalizing[]): Promise<UnpaidLines> {
  const taken = batch
    .filter(givesBack)
    .flatMap(({ invoice, lines }) =>
      lines.flatMap(({ reversesLineId: id }) => (id ? [{ id, billToAccountId: invoice.billToAccountId }] : [])),
    );
  if (taken.length === 0) return nothing;
  const rows = await work.rows<{ line_id: string; invoice_id: string; is_draft: boolean; other_payer: string | null }>(
    `with recursive behind as (
       select l.id as key, l.organization_id, k.bill_to_account_id, l.invoice_id
       from unnest($2::uuid[], $3::uuid[]) as k(line_id, bill_to_account_id)
       join invoice_lines l on l.organization_id = any($1::uuid[]) and l.id = k.line_id
     ${stepBack})
     select b.key as line_id, i.id as invoice_id, i.status = 'draft' as is_draft,
       case when i.bill_to_account_id <> b.bill_to_account_id then i.bill_to_account_id end as other_payer from behind b
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id
       and (i.status in ('open', 'uncollectible') or i.status = 'draft' and i.bill_to_account_id = b.bill_to_account_id)`,
    [
      `{${work.organizations.join(',')}}`,
      `{${taken.map((line) => line.id).join(',')}}`,
      `{${taken.map((line) => line.billToAccountId).join(',')}}`,
    ],
  );
  const asking = rows.flatMap((row) => (row.is_draft ? [] : [row.invoice_id]));
  // Who paid before is known only now, and locked behind the others: where that crosses another transaction, one of them runs again.
  await lockAccounts(work, [...new Set(rows.flatMap((row) => row.other_payer ?? []))]);
  return {
    invoices: await lockInvoices(work, [...new Set(asking)].sort()),
    drafts: new Set(rows.flatMap((row) => (row.is_draft ? [row.invoice_id] : []))),
    of: invoicesBehind(rows),
  };
}

function invoicesBehind(rows: readonly { line_id: string; invoice_id: string }[]): Map<string, string[]> {
  const behind = new Map<string, string[]>();
  for (const row of rows) behind.set(row.line_id, [...(behind.get(row.line_id) ?? []), row.invoice_id]);
  return behind;
}

const givesBack = ({ totals }: Finalizing): boolean => totals.carriedToCreditMinor > 0n;

/**
 * What an invoice gives back of lines that were never paid for lowers what is still due on their invoices, the latest first
 * (or was written off of them), before it is credit that buys something else. A payment that is under way claims so much less, and what it
 * brings beyond that is credit once it has come. What is given back of a draft is kept for that draft until it is final.
 * `one`: a final invoice whose left-over is on the balances already.
 */
export function settleReversed(work: Work, one: Finalizing, unpaid: UnpaidLines, balances: CreditBalances): void {
  if (!givesBack(one)) return;
  let left = one.totals.carriedToCreditMinor;
  const ids = new Set(one.lines.flatMap((line) => unpaid.of.get(line.reversesLineId ?? '') ?? []));
  for (const id of [...ids].sort().reverse()) {
    const invoice = unpaid.invoices.get(id);
    if (!invoice || left === 0n) continue;
    const { id: giver, billToAccountId: creditOf } = one.invoice;
    const payment = { from: [giver], most: left, causeId: giver, at: one.at, creditOf };
    left -= payFromCredit(work, invoice, payment, balances);
  }
  const waits = [...ids].some((id) => unpaid.drafts.has(id) && id !== one.invoice.id);
  if (left === 0n || !waits) return;
  const lot = balances.lotsOf(keyOf(one.invoice)).find(({ row }) => row.sourceId === one.invoice.id);
  if (lot) balances.freeze(lot, true, one.at);
}

const keyOf = ({ organizationId, billToAccountId: accountId, currency }: InvoiceRow) => ({
  organizationId,
  accountId,
  currency,
});

/**
 * Lets credit be spent again that was given back of drafts, now that these drafts become final: before their totals are
 * settled, so that they are the first to spend it. One statement where such credit waits, else none.
 */
export async function thawReversed(
  work: Work,
  batch: readonly Pick<Finalizing, 'invoice' | 'at'>[],
  balances: CreditBalances,
): Promise<void> {
  const waiting = batch.flatMap(({ invoice, at }) =>
    balances.lotsOf(keyOf(invoice)).flatMap((lot) => (isKept(lot.row) ? [{ lot, at }] : [])),
  );
  if (waiting.length === 0) return;
  const rows = await work.rows<{ source_id: string }>(
    `with recursive behind as (
       select g.id as key, g.organization_id, g.bill_to_account_id, g.id as invoice_id
       from invoices g where g.organization_id = any($1::uuid[]) and g.id = any($2::uuid[])
     ${stepBack})
     select b.key as source_id from behind b
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id
     where i.status = 'draft' and i.id <> all($3::uuid[])`,
    [
      `{${work.organizations.join(',')}}`,
      `{${waiting.map(({ lot }) => lot.row.sourceId).join(',')}}`,
      `{${batch.map(({ invoice }) => invoice.id).join(',')}}`,
    ],
  );
  const stillKept = new Set(rows.map((row) => row.source_id));
  for (const { lot, at } of waiting) {
    if (lot.row.frozenAt && !stillKept.has(lot.row.sourceId)) balances.freeze(lot, false, at);
  }
}

const isKept = (row: { sourceType: string; frozenAt?: Date | null }): boolean =>
  row.sourceType === 'carried_over' && row.frozenAt != null;
