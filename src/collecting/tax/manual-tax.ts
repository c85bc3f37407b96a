import { ratesAsBilled, type SupplyTax, type TaxParties, taxOfSupply } from './decide-tax.ts';
import type { TaxRates } from './rates-for.ts';
import { standsAs, type TaxIdStanding } from './tax-id-standings.ts';
import type { TaxDecision, TaxQuestion, TaxQuestionLine, ToldTax } from './tax-provider.ts';

/** What is at hand when taxes are decided: nothing is asked for while a transaction runs. */
export interface KnownTax {
  rates: TaxRates;
  /** Of the buyer, where its issuer wants tax ids confirmed. */
  standings: readonly TaxIdStanding[];
  /** What a service answered, with the hash of the question; null for none. */
  answer: { hash: string; lines: ReadonlyMap<string, readonly ToldTax[]> } | null;
}

const nowhere = { on: null, country: null, region: null, category: null, registration: null };

/** Credit that is bought is not taxed: what it will pay for is. */
export const prepaid: SupplyTax = { rates: [], reason: { ...nowhere, rule: 'prepaid' } };

/** What takes a line back is taxed as that was billed. */
export function asBilled(rates: TaxRates, organizationId: string, line: TaxQuestionLine): SupplyTax {
  return { rates: ratesAsBilled(rates, organizationId, line.billed ?? []), reason: { ...nowhere, rule: 'as_billed' } };
}

/** The merchant's own rates and registrations (`taxOfSupply`), line by line; lines that take back are taxed as billed. Pure. */
export function decideByRates(question: TaxQuestion, known: KnownTax): TaxDecision {
  const parties = partiesOf(question, known.standings);
  const found = new Map<string, SupplyTax>();
  const lines = question.lines.map((line) => {
    if (line.billed) return asBilled(known.rates, question.organizationId, line);
    const key = `${line.on} ${line.category}`;
    const supply = found.get(key) ?? taxOfSupply(known.rates, parties, line);
    found.set(key, supply);
    return supply;
  });
  const waits = lines.some(({ reason }) => reason.rule === 'tax_id_pending');
  if (!waits) return { kind: 'rates', lines };
  const unknown = lines.map((line, index) => (question.lines[index]?.billed ? line : { ...line, rates: [] }));
  return { kind: 'pending', reason: 'tax_id', lines: unknown };
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
