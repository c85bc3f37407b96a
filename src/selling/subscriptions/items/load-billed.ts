import { uuids } from '../../../platform/sql-text.ts';
import type { Work } from '../../../platform/work.ts';
import { leftAfterRefund, leftOfPieces, type Refunded } from '../../../rules/change-proration.ts';
import type { Billable } from './billable.ts';
import type { BilledStretch } from './billable-item.ts';

interface BilledRow extends Omit<BilledStretch, 'start' | 'end'> {
  subscriptionId: string;
  organizationId: string;
  invoiceId: string;
  /** Whether refunds gave something back of its invoice. */
  isRefunded: boolean;
  /** Null where nothing is left of the line. */
  start: Date | null;
  end: Date | null;
  isUnsettled: boolean;
  lineStart: Date;
  lineEnd: Date;
  lineAmount: bigint;
}

type Piece = BilledRow & BilledStretch;

export type WhatIsBilled = Pick<Billable, 'billed' | 'unsettled'>;

/**
 * What is billed now of these subscriptions' items from an instant on, with what may still be given back of it: the lines
 * less what lines of invoices that are not void, and credit notes, took back of them, and less its part of what refunds without
 * a note gave back. `goesOn`: also unsettled lines of which nothing is left. One statement for any number, and one
 * more where there were such refunds.
 */
export async function loadBilled(
  work: Work,
  subscriptions: readonly Billable[],
  from: Date,
  { goesOn = false }: { goesOn?: boolean } = {},
): Promise<Map<string, WhatIsBilled>> {
  const items = subscriptions.flatMap(({ organizationId, id: subscriptionId, items }) =>
    items.map(({ id }) => ({ organizationId, subscriptionId, id })),
  );
  // Of a line that ends later all pieces are needed: each has its share of what is left of the line.
  const rows = await work.rows<BilledRow>(
    `select l.organization_id as "organizationId", l.invoice_id as "invoiceId", ${isRefunded} as "isRefunded", l.subscription_id as "subscriptionId", l.subscription_item_id as "itemId", l.id as "lineId", b.period_start as start, b.period_end as end,
       l.taxes, (select json_build_object('accountId', i.account_id, 'payerId', i.bill_to_account_id, 'issuerId', i.legal_entity_id)
         from invoices i where i.organization_id = l.organization_id and i.id = l.invoice_id) as parties,
       l.period_start as "lineStart", l.period_end as "lineEnd", l.amount as "lineAmount", ${isUnsettled} as "isUnsettled",
       (l.amount + coalesce(r.amount, 0))::bigint as amount, (l.discount_amount + coalesce(r.discount, 0))::bigint as discount
     from unnest($1::uuid[], $2::uuid[], $3::uuid[]) as k(organization_id, id, subscription_id)
     cross join lateral (
       select f.invoice_line_id as id from billed_periods f
       where f.organization_id = k.organization_id and f.subscription_item_id = k.id and f.kind = 'recurring' and f.period_end > $4
       union
       select l.id from invoice_lines l
       where $5 and l.organization_id = k.organization_id and l.subscription_id = k.subscription_id and l.subscription_item_id = k.id
         and l.kind = 'recurring' and l.period_end > $4 and l.reverses_line_id is null and ${isUnsettled}) f
     join invoice_lines l on l.organization_id = k.organization_id and l.id = f.id
     left join billed_periods b on b.organization_id = l.organization_id and b.invoice_line_id = l.id
     left join lateral (
       select sum(t.amount) as amount, sum(t.discount) as discount from (
         select o.amount, o.discount_amount as discount from invoice_lines o
         join invoices v on v.organization_id = o.organization_id and v.id = o.invoice_id and v.status <> 'void'
         where o.organization_id = l.organization_id and o.reverses_line_id = l.id
         union all
         select -n.amount, -n.discount_amount from credit_note_lines n
         join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
         where n.organization_id = l.organization_id and n.invoice_line_id = l.id) t) r on true
     order by b.period_start, b.id, l.id`,
    [
      ...[`{${items.map((item) => item.organizationId).join(',')}}`, `{${items.map((item) => item.id).join(',')}}`],
      ...[`{${items.map((item) => item.subscriptionId).join(',')}}`, from, goesOn],
    ],
  );
  await lowerRefunded(work, rows);
  const found = new Map<string, WhatIsBilled>(subscriptions.map(({ id }) => [id, { billed: [], unsettled: [] }]));
  for (const { subscriptionId, itemId, lineId, start, end, amount, discount, taxes, parties } of inPieces(rows)) {
    const stretch = { itemId, lineId, start, end, amount, discount, taxes, parties };
    if (end > from) found.get(subscriptionId)!.billed.push(stretch);
  }
  for (const { subscriptionId, itemId, lineId, lineStart: start, lineEnd: end, lineAmount: amount } of unsettledOf(
    rows,
  ))
    found.get(subscriptionId)!.unsettled.push({ itemId, lineId, start, end, amount });
  return found;
}

/** Whether refunds gave money back that was paid for a line `l`, or for others of its invoice. */
const isRefunded = `exists (
    select from refund_shares s where s.organization_id = l.organization_id and s.invoice_id = l.invoice_id)`;

/** What is left of lines is less by their part of what refunds without a note gave back: in place, the lines of an invoice together. */
async function lowerRefunded(work: Work, rows: readonly BilledRow[]): Promise<void> {
  const refunded = groupedBy(
    rows.filter((row) => row.isRefunded),
    'invoiceId',
  );
  if (refunded.size === 0) return;
  const found = await work.rows<Refunded & { id: string }>(
    `select k.id, f.given, f.standing from unnest($1::uuid[], $2::uuid[]) as k(organization_id, id)
     cross join lateral refunded_of(k.organization_id, k.id) f`,
    [uuids([...refunded.values()].map(([row]) => row!.organizationId)), uuids(refunded.keys())],
  );
  for (const { id, ...given } of found) {
    const lines = [...groupedBy(refunded.get(id)!, 'lineId').values()];
    const left = leftAfterRefund(
      lines.map(([row]) => row!),
      given,
    );
    lines.forEach((pieces, index) => {
      for (const row of pieces) Object.assign(row, left[index]);
    });
  }
}

/** Whether a line `l` asks for what was paid for its time, or for nothing. */
const isUnsettled = `(l.derivation->'steps'->-1->>'factor' is not distinct from '0' or jsonb_path_exists(l.derivation::jsonb, '$.steps[*].unsettled'))`;

/** Each line once, the earliest first. */
function unsettledOf(rows: readonly BilledRow[]): BilledRow[] {
  const lines = new Map(rows.flatMap((row) => (row.isUnsettled ? [[row.lineId, row] as const] : [])));
  return [...lines.values()].sort(
    (one, other) => +one.lineStart - +other.lineStart || (one.lineId < other.lineId ? -1 : 1),
  );
}

/** The same stretches in the same order, each with its part of what is left of its line. */
function inPieces(rows: readonly BilledRow[]): Piece[] {
  const standing = rows.filter((row): row is Piece => row.start !== null);
  const left = new Map(
    [...groupedBy(standing, 'lineId').values()].flatMap((pieces) => {
      const shares = leftOfPieces(pieces[0]!, pieces);
      return pieces.map((piece, index) => [piece, shares[index]!] as const);
    }),
  );
  return standing.map((row) => ({ ...row, ...left.get(row) }));
}

function groupedBy<Row extends BilledRow>(rows: readonly Row[], key: 'invoiceId' | 'lineId'): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return groups;
}
