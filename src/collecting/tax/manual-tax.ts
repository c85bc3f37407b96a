import { ratesAsBilled, ratesOfSupply, type TaxParties } from './decide-tax.ts';
import type { TaxRates, UsableTaxRate } from './rates-for.ts';
import { standsAs, type TaxIdStanding } from './tax-id-standings.ts';
import type { TaxDecision, TaxQuestion, ToldTax } from './tax-provider.ts';

/** What is at hand when taxes are decided: nothing is asked for while a transaction runs. */
export interface KnownTax {
  rates: TaxRates;
  /** Of the buyer, where its issuer wants tax ids confirmed. */
  standings: readonly TaxIdStanding[];
  /** What a service answered, with the hash of the question; null for none. */
  answer: { hash: string; lines: ReadonlyMap<string, readonly ToldTax[]> } | null;
}

/** The merchant's own rates and registrations (`ratesOfSupply`), line by line; lines that take back are taxed as billed. Pure. */
export function decideByRates(question: TaxQuestion, known: KnownTax): TaxDecision {
  const parties = partiesOf(question, known.standings);
  const found = new Map<string, readonly UsableTaxRate[] | null>();
  const lines: (readonly UsableTaxRate[])[] = [];
  for (const line of question.lines) {
    if (line.billed) {
      lines.push(ratesAsBilled(known.rates, question.organizationId, line.billed));
      continue;
    }
    const key = `${line.on} ${line.category}`;
    let rates = found.get(key);
    if (rates === undefined) {
      rates = ratesOfSupply(known.rates, parties, line).rates;
      found.set(key, rates);
    }
    if (rates === null) return { kind: 'pending', reason: 'tax_id' };
    lines.push(rates);
  }
  return { kind: 'rates', lines };
}

function partiesOf(
  { organizationId, issuer, buyer, at }: TaxQuestion,
  standings: readonly TaxIdStanding[],
): TaxParties {
  return {
    organizationId,
    legalEntityId: issuer.id,
    issuerCountry: issuer.country,
    country: buyer.address?.country ?? null,
    region: buyer.address?.region ?? null,
    taxIds: buyer.taxIds,
    standingOf: (value) => (issuer.taxIdCheck === 'checksum' ? 'valid' : standsAs(standings, value, issuer, at)),
    exemptOn: buyer.exemptOn,
  };
}
