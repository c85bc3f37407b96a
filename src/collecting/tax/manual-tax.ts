import {
  ratesAsBilled,
  type SupplyTax,
  type TaxParties,
  type TaxReason,
  type TaxRule,
  taxOfSupply,
} from './decide-tax.ts';
import type { TaxRates } from './rates-for.ts';
import { standsAs, type TaxIdStanding } from './tax-id-standings.ts';
import type {
  TaxDecision,
  TaxPending,
  TaxPendingReason,
  TaxQuestion,
  TaxQuestionLine,
  Told,
  ToldTax,
} from './tax-provider.ts';

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
export function asBilled(rates: TaxRates, organizationId: string, line: TaxQuestionLine): SupplyTax & Told {
  const billed = ratesAsBilled(rates, organizationId, line.billed ?? []);
  return { rates: billed, reason: { ...nowhere, rule: 'as_billed' }, told: line.toldBack };
}

/**
 * The merchant's own rates and registrations (`taxOfSupply`), line by line; lines that take back are taxed as billed. A line that
 * asks for nothing waits for no rate. Pure.
 */
export function decideByRates(question: TaxQuestion, known: KnownTax): TaxDecision {
  const parties = partiesOf(question, known.standings);
  const found = new Map<string, SupplyTax>();
  const lines = question.lines.map((line): SupplyTax & Told => {
    if (line.billed) return asBilled(known.rates, question.organizationId, line);
    const isNothing = line.amountMinor === 0n;
    const key = `${line.on} ${line.category} ${isNothing}`;
    const told = found.get(key) ?? taxOfSupply(known.rates, parties, line);
    const supply = isNothing ? withoutWaiting(told) : told;
    found.set(key, supply);
    return supply;
  });
  const waiting = lines.find(({ reason }) => Object.hasOwn(waitingFor, reason.rule))?.reason;
  if (!waiting) return { kind: 'rates', lines };
  const unknown = lines.map((line, index) => (question.lines[index]?.billed ? line : { ...line, rates: [] }));
  return { kind: 'pending', ...pendingOf(waiting, question), lines: unknown };
}

const waitingFor: Partial<Record<TaxRule, TaxPendingReason>> = {
  tax_id_pending: 'tax_id',
  region_pending: 'region',
  rate_pending: 'no_rate',
};

/** There is no tax on nothing, whatever the rate. */
function withoutWaiting(supply: SupplyTax): SupplyTax {
  const waits = supply.reason.rule === 'region_pending' || supply.reason.rule === 'rate_pending';
  return waits ? { ...supply, reason: { ...supply.reason, rule: 'no_rate' } } : supply;
}

/** What a tax waits for, with what somebody has to enter for it in words; a register answers by itself. */
function pendingOf(reason: TaxReason, { buyer }: TaxQuestion): TaxPending {
  const { rule, country, region, category, on } = reason;
  if (rule === 'rate_pending') {
    const place = region === null ? country : `${country}, region ${region}`;
    const what = category === null ? '' : ` for the tax category ${category}`;
    const problem = `No tax rate holds in ${place}${what} on ${on}, where the legal entity is registered: create one (0 % is a rate).`;
    return { reason: 'no_rate', problem };
  }
  if (rule !== 'region_pending') return { reason: 'tax_id', problem: null };
  const written = buyer.address?.region?.trim();
  const missing = buyer.address
    ? written
      ? `The region “${written}” of the billing address in ${country} is not known`
      : `The billing address in ${country} has no region, which the tax depends on`
    : 'There is no billing address, which the tax depends on';
  return { reason: 'region', problem: `${missing}: give it with its code of ISO 3166-2, such as NY.` };
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
    postalCode: buyer.address?.postalCode ?? null,
    taxIds: buyer.taxIds,
    standingOf: (value) => (issuer.taxIdCheck === 'checksum' ? 'valid' : standsAs(standings, value, issuer, at)),
    exemptOn: buyer.exemptOn,
  };
}
