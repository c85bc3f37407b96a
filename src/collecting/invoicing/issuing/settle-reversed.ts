import type { Work } from '../../../platform/work.ts';
import { type CreditBalances, creditKeyOf } from '../../credits/index.ts';
import { type LockedInvoice, lockInvoices } from '../settlement/lock-invoices.ts';
import { payFromCredit } from '../settlement/pay-own-debts.ts';
import type { Finalizing } from './finalization.ts';

/** What is still unpaid of the lines that a batch takes back, locked. */
export interface UnpaidLines {
  /** Invoices that ask for money, or had it written off. */
  invoices: ReadonlyMap<string, LockedInvoice>;
  /** Drafts, with who is to pay them: what they will ask for is not known yet. */
  drafts: ReadonlyMap<string, string>;
  /** The invoices behind each line. */
  of: ReadonlyMap<string, readonly string[]>;
}

const nothing: UnpaidLines = { invoices: new Map(), drafts: new Map(), of: new Map() };

/**
 * From `behind (key, organization_id, invoice_id)` on, back to every invoice whose lines were taken back to pay for what came
 * after: an invoice that asks for nothing because it took back another one's lines was paid by whoever pays for those.
 */
const stepBack = `union
     select b.key, b.organization_id, back.invoice_id from behind b cross join lateral (
       select l.invoice_id from invoice_lines r
       join invoice_lines l on l.organization_id = r.organization_id and l.id = r.reverses_line_id
       where r.organization_id = b.organization_id and r.invoice_id = b.invoice_id and r.reverses_line_id is not null
       offset 0) back`;

interface BehindRecord {
  line_id: string;
  invoice_id: string;
  status: string;
  payer: string;
}

/**
 * Finds and locks the invoices behind the lines that a batch gives back more of than it asks for, as far as they are not
 * paid, whoever is to pay them; the balances are loaded afterwards. Totals are computed and not settled yet. What becomes final with
 * them is nobody's draft any more: it spends what is given back of it (`inTurn`). Two statements where any gives back, else none.
 */
export async function findUnpaid(work: Work, batch: readonly Finalizing[]): Promise<UnpaidLines> {
  const giving = batch.filter(givesBack);
  const taken = giving.flatMap(({ lines }) => lines.flatMap(({ reversesLineId: id }) => id ?? []));
  if (taken.length === 0) return nothing;
  const found = await work.rows<BehindRecord>(
    `with recursive behind as (
       select l.id as key, l.organization_id, l.invoice_id from invoice_lines l
       where l.organization_id = any($1::uuid[]) and l.id = any($2::uuid[])
     ${stepBack})
     select b.key as line_id, i.id as invoice_id, i.status, i.bill_to_account_id as payer from behind b
     join invoices i on i.organization_id = b.organization_id and i.id = b.invoice_id
       and i.status in ('draft', 'open', 'uncollectible')`,
    [`{${work.organizations.join(',')}}`, `{${taken.join(',')}}`],
  );
  const final = new Set(batch.map(({ invoice }) => invoice.id));
  const rows = found.filter((row) => !final.has(row.invoice_id));
  const drafts = rows.filter(({ status }) => status === 'draft');
  const asking = rows.filter(({ status }) => status !== 'draft');
  return {
    invoices: await lockInvoices(work, [...new Set(asking.map((row) => row.invoice_id))].sort()),
    drafts: new Map(drafts.map((row) => [row.invoice_id, row.payer])),
    of: invoicesBehind(rows),
  };
}

function invoicesBehind(rows: readonly { line_id: string; invoice_id: string }[]): Map<string, string[]> {
  const behind = new Map<string, string[]>();
  for (const row of rows) behind.set(row.line_id, [...(behind.get(row.line_id) ?? []), row.invoice_id]);
  return behind;
}

/**
 * The order in which a batch is settled: what gives back lines of another invoice of it, or of one that gives those back, comes before
 * that one, which is the first to spend it. Pure.
 */
export function inTurn<One extends Finalizing>(batch: readonly One[]): readonly One[] {
  const givers = new Map<string, One[]>();
  for (const one of batch.filter(givesBack)) {
    for (const { reversesLineId: id } of one.lines) if (id) givers.set(id, [...(givers.get(id) ?? []), one]);
  }
  if (givers.size === 0) return batch;
  const begun = new Set<One>();
  const ordered: One[] = [];
  const settle = (one: One) => {
    if (begun.has(one)) return;
    begun.add(one);
    for (const { id } of one.lines) givers.get(id)?.forEach(settle);
    ordered.push(one);
  };
  batch.forEach(settle);
  return ordered;
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
  const receiver = creditKeyOf(one.invoice);
  const at = one.settledAt ?? one.at;
  let left = one.totals.carriedToCreditMinor;
  const ids = new Set(one.lines.flatMap((line) => unpaid.of.get(line.reversesLineId ?? '') ?? []));
  for (const id of [...ids].sort().reverse()) {
    const invoice = unpaid.invoices.get(id);
    if (!invoice || left === 0n) continue;
    const { id: giver } = one.invoice;
    const payment = { from: [giver], most: left, causeId: giver, at, creditOf: receiver.accountId };
    left -= payFromCredit(work, invoice, payment, balances);
  }
  const waits = [...ids].some((id) => unpaid.drafts.get(id) === receiver.accountId && id !== one.invoice.id);
  if (left === 0n || !waits) return;
  const lot = balances.lotsOf(receiver).find(({ row }) => row.sourceId === one.invoice.id);
  if (lot) balances.freeze(lot, true, at);
}

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
    balances.lotsOf(creditKeyOf(invoice)).flatMap((lot) => (isKept(lot.row) ? [{ lot, at }] : [])),
  );
  if (waiting.length === 0) return;
  const rows = await work.rows<{ source_id: string }>(
    `with recursive behind as (
       select g.id as key, g.organization_id, g.id as invoice_id
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
