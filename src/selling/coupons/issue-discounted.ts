import {
  type InvoiceRequest,
  type InvoiceRow,
  type IssuingTerms,
  issueInvoices,
} from '../../collecting/invoicing/index.ts';
import type { Work } from '../../platform/work.ts';
import { DiscountEntity } from './coupons.entities.ts';
import { announceDiscount } from './coupons.facts.ts';
import type { Gift } from './give-discounts.ts';
import { type LoadedDiscount, loadDiscounts } from './load-discounts.ts';
import { useColumns } from './use-columns.ts';

/**
 * `issueInvoices` with what the accounts have been given: every invoice takes the discounts of the accounts
 * on it, in the order of the requests, and what is used of them is written with the invoices. One statement more for
 * any number of accounts. `gifts` are given in this transaction and still to be written (`writeGifts`): they are
 * changed in place.
 */
export async function issueDiscounted(
  work: Work,
  requests: readonly InvoiceRequest[],
  options: { terms?: Promise<IssuingTerms> | undefined; gifts?: readonly Gift[] } = {},
): Promise<(InvoiceRow | undefined)[]> {
  if (requests.length === 0) return [];
  const { terms, gifts = [] } = options;
  const attached = loadDiscounts(work, requests).then((loaded) => {
    for (const request of requests) attach(request, loaded.get(request.account.id) ?? [], gifts);
    return loaded;
  });
  const [loaded, invoices] = await Promise.all([attached, issueInvoices(work, requests, { terms, ready: attached })]);
  for (const group of loaded.values()) for (const one of group) writeUse(work, one);
  for (const { row, live } of gifts) if (live.usedAt) Object.assign(row, useColumns(row, live));
  return invoices;
}

/**
 * What was given to subscriptions comes before what whole accounts have; gifts are the newest of their kind. Each takes part of
 * the lines of the account that it was given to.
 */
function attach(request: InvoiceRequest, loaded: readonly LoadedDiscount[], gifts: readonly Gift[]): void {
  const own = [...loaded, ...gifts];
  if (own.length === 0) return;
  const ofAccount = own.filter(({ row }) => row.subscriptionId == null);
  const ofSubscriptions = own.filter(({ row }) => row.subscriptionId != null);
  request.discounts = [...ofSubscriptions, ...ofAccount].map(({ live }) => live);
}

function writeUse(work: Work, { row, live }: LoadedDiscount): void {
  if (!live.usedAt) return;
  const { organizationId, id } = row;
  const columns = useColumns(row, live);
  const moved = columns.status !== row.status;
  Object.assign(row, columns);
  work.update(DiscountEntity, { organizationId, id, ...columns });
  if (moved) announceDiscount(work, row.status === 'active' ? 'discount.restored' : 'discount.ended', row, live.usedAt);
}
