import type { Work } from '../../../platform/work.ts';
import { ChargeEntity } from '../invoicing.entities.ts';
import { type ChargeDraft, type InvoiceRequest, type LineKind, standingAt } from './invoice-request.ts';

/** A charge that waits for its invoice. */
export interface WaitingCharge {
  id: string;
  draft: ChargeDraft;
}

interface ChargeRecord {
  request: number;
  id: string;
  account_id: string;
  kind: LineKind;
  tax_category: string | null;
  price_id: string | null;
  description: string;
  quantity: string;
  unit_amount: string;
  amount: bigint;
  period_start: Date | null;
  period_end: Date | null;
  derivation: unknown;
}

/**
 * Locks and reads, in one query, the waiting charges of all requests that ask for them: those of the account, and of accounts
 * whose lines go onto its invoices, in the currency, that are due at the request's instant (`standingAt`). Where several requests
 * could take a charge, the first one does.
 */
export async function takeWaitingCharges(
  work: Work,
  requests: readonly InvoiceRequest[],
): Promise<ReadonlyMap<InvoiceRequest, WaitingCharge[]>> {
  const asking = requests.filter((request) => request.includeWaiting);
  const taken = new Map<InvoiceRequest, WaitingCharge[]>();
  if (asking.length === 0) return taken;
  const records = await work.rows<ChargeRecord>(
    `select r.request::int, c.id, c.account_id, c.kind, c.tax_category, c.price_id, c.description, c.quantity::text, c.unit_amount::text, c.amount,
       c.period_start, c.period_end, c.derivation
     from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) with ordinality as r(organization_id, account_id, currency, at, request)
     join accounts k on k.organization_id = r.organization_id and (k.id = r.account_id or k.invoice_account_id = r.account_id)
     join charges c on c.organization_id = k.organization_id and c.account_id = k.id and c.currency = r.currency
       and c.due_at <= r.at and c.invoice_line_id is null and c.canceled_at is null
     order by r.request, c.due_at, c.id for update of c`,
    [
      `{${asking.map((request) => request.account.organizationId).join(',')}}`,
      `{${asking.map((request) => request.account.id).join(',')}}`,
      `{${asking.map((request) => request.currency).join(',')}}`,
      `{${asking.map((request) => `"${standingAt(request).toISOString()}"`).join(',')}}`,
    ],
  );
  const seen = new Set<string>();
  for (const record of records) {
    const request = asking[record.request - 1];
    if (!request || seen.has(record.id)) continue;
    seen.add(record.id);
    const charges = taken.get(request);
    const charge = { id: record.id, draft: draftOf(record) };
    if (charges) charges.push(charge);
    else taken.set(request, [charge]);
  }
  return taken;
}

function draftOf(record: ChargeRecord): ChargeDraft {
  return {
    kind: record.kind,
    taxCategory: record.tax_category,
    accountId: record.account_id,
    priceId: record.price_id,
    description: record.description,
    periodStart: record.period_start,
    periodEnd: record.period_end,
    quantity: record.quantity,
    unitAmount: record.unit_amount,
    amount: record.amount,
    derivation: record.derivation,
  };
}

/** Waiting charges come behind those of the request, in their order. */
export function takeOntoLines(
  work: Work,
  one: {
    invoice: { organizationId: string };
    lines: readonly { id: string }[];
    waiting: readonly WaitingCharge[];
    at: Date;
  },
): void {
  const { organizationId } = one.invoice;
  one.waiting.forEach((charge, index) => {
    const line = one.lines.at(index - one.waiting.length)!;
    work.update(ChargeEntity, { organizationId, id: charge.id, invoiceLineId: line.id, updatedAt: one.at });
  });
}
