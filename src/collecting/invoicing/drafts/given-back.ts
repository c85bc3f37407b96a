import { invalidState } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';

interface GivenBack {
  line_id: string;
  amount: bigint;
  net: bigint;
}

/**
 * What lines that take lines back have given back of them, before discounts and after them, by the ids of those. One statement where a
 * subscription is billed, else none.
 */
export async function loadGivenBack(
  work: Work,
  lines: readonly InvoiceLineRow[],
): Promise<ReadonlyMap<string, GivenBack>> {
  const billing = lines.filter((line) => line.subscriptionId && !line.reversesLineId);
  if (billing.length === 0) return new Map();
  const rows = await work.rows<GivenBack>(
    `select r.reverses_line_id as line_id, -sum(r.amount)::bigint as amount, -sum(r.amount - r.discount_amount)::bigint as net
     from invoice_lines r join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id and i.status <> 'void'
     where r.organization_id = $1 and r.subscription_id = any($2::uuid[]) and r.reverses_line_id = any($3::uuid[])
     group by r.reverses_line_id`,
    [
      work.organizationId,
      `{${[...new Set(billing.map((line) => line.subscriptionId))].join(',')}}`,
      `{${billing.map((line) => line.id).join(',')}}`,
    ],
  );
  return new Map(rows.map((row) => [row.line_id, row]));
}

/**
 * Sees to it that no line of a draft asks for less than lines that take it back have given back of it, before discounts and
 * after them, and keeps the discount that they took off what they gave back: a line is never credited beyond itself. Nor for more
 * than it did (`asked`): what went back of it was a share of that. INVALID_STATE at the path that is told for the line.
 * Statements as `loadGivenBack`. Source: books check I48.
 */
export async function refuseAgainstGivenBack(
  work: Work,
  lines: readonly InvoiceLineRow[],
  asked: ReadonlyMap<string, bigint>,
  pathOf: (lineId: string) => readonly string[],
): Promise<void> {
  const back = await loadGivenBack(work, lines);
  for (const { id, amount, discountAmount } of lines) {
    const given = back.get(id);
    if (!given) continue;
    if (amount > asked.get(id)!) {
      const message = 'A part of this line was given back since, at its price: add another line for what comes on top.';
      throw invalidState(message, [...pathOf(id)]);
    }
    if (amount < given.amount || amount - discountAmount < given.net) {
      const message = 'More was given back of this line since than it would ask for.';
      throw invalidState(message, [...pathOf(id)]);
    }
    if (discountAmount < given.amount - given.net) {
      const message = 'This line was given back since, less its discount: that stays as it is.';
      throw invalidState(message, [...pathOf(id)]);
    }
  }
}
