import { issuedInvoices, substanceOf } from '../../../collecting/invoicing/index.ts';
import type { Work } from '../../../platform/work.ts';
import { readStanding, termsOf } from './agreed-terms.ts';

/**
 * What a verb about a subscription has come to in this transaction, as a preview promises it: the invoices it issued, and where
 * it left the subscription.
 */
export async function outcomeOf(work: Work, { id }: { id: string }): Promise<unknown> {
  return { invoices: substanceOf(issuedInvoices(work)), terms: termsOf(await readStanding(work, id)) };
}
