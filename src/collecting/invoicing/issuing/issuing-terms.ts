import type { Work } from '../../../platform/work.ts';
import { loadTaxRates, type TaxRates } from '../../tax/index.ts';
import type { InvoiceRequest } from '../charges/invoice-request.ts';
import { type Issuers, loadIssuers } from '../issuers/issuers.ts';

/** What issuing has to know of organizations, whatever it issues. */
export interface IssuingTerms {
  issuers: Issuers;
  rates: TaxRates;
}

/** Reads who issues and what is taxed. */
export async function loadIssuingTerms(work: Work, organizations: readonly string[]): Promise<IssuingTerms> {
  const [issuers, rates] = await Promise.all([loadIssuers(work, organizations), loadTaxRates(work, organizations)]);
  return { issuers, rates };
}

/** The organizations of requests, each once, in order. */
export function organizationsOf(requests: readonly InvoiceRequest[]): string[] {
  return [...new Set(requests.map((request) => request.account.organizationId))].sort();
}
