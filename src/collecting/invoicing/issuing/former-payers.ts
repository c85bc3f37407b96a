import { type LockedAccount, lockAccounts } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import type { ChargeDraft, InvoiceRequest } from '../charges/invoice-request.ts';

type Payers = ReadonlyMap<string, LockedAccount>;

/** Of a request that also bills something: the lines that take back what another account was billed for. */
function foreign({ billTo, charges }: InvoiceRequest): ChargeDraft[] {
  const others = charges.filter(({ paidBy }) => paidBy !== undefined && paidBy !== billTo.id);
  return others.length < charges.length ? others : [];
}

/** Locks who was billed before for what is taken back beside new charges of another payer; null where nobody was. */
export function lockFormerPayers(work: Work, requests: readonly InvoiceRequest[]): Promise<Payers> | null {
  const ids = new Set(requests.flatMap((request) => foreign(request).map(({ paidBy }) => paidBy!)));
  return ids.size > 0 ? lockAccounts(work, [...ids].sort()) : null;
}

/**
 * A request in parts: what one account paid must not pay what another one is billed, so what is taken back of a former payer's lines is
 * an invoice of that payer's, final at once, before the request itself. A payer that is deleted has none: there all stays on one.
 */
export function byPayer(request: InvoiceRequest, payers: Payers | null): InvoiceRequest[] {
  if (!payers) return [request];
  const parts = new Map<LockedAccount, ChargeDraft[]>();
  for (const charge of foreign(request)) {
    const payer = payers.get(charge.paidBy!);
    if (payer && !payer.deletedAt) parts.set(payer, [...(parts.get(payer) ?? []), charge]);
  }
  if (parts.size === 0) return [request];
  const apart = [...parts].map(([billTo, charges]) => ({ ...givenBack(request), billTo, charges }));
  const taken = new Set([...parts.values()].flat());
  return [...apart, { ...request, charges: request.charges.filter((charge) => !taken.has(charge)) }];
}

const givenBack = (request: InvoiceRequest): InvoiceRequest => ({
  ...request,
  ...{ finalize: true, graceDays: 0, hold: false, includeWaiting: false },
});
