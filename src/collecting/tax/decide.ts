import { decideByRates, type KnownTax } from './manual-tax.ts';
import type { TaxDecision, TaxProviderName, TaxQuestion } from './tax-provider.ts';
import { decideByAnswer } from './told-tax.ts';

/** How a provider's taxes are decided inside a transaction, from what is known; whoever is not sure says `pending`. */
export interface TaxProvider {
  readonly name: TaxProviderName;
  decide(question: TaxQuestion, known: KnownTax): TaxDecision;
}

/** The bodies. What a remote one knows it was told before, outside of the transaction (`RemoteTax`). */
const providers: Readonly<Record<TaxProviderName, TaxProvider>> = {
  manual: { name: 'manual', decide: decideByRates },
  stripe_tax: { name: 'stripe_tax', decide: decideByAnswer },
};

/** Which taxes an invoice's lines carry, by the issuer's provider, or that nobody knows yet. Pure. */
export function decideTax(question: TaxQuestion, known: KnownTax): TaxDecision {
  return providers[question.issuer.taxProvider].decide(question, known);
}
