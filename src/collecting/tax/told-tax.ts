import { createHash } from 'node:crypto';
import { checkTaxId } from '../../rules/tax-id.ts';
import type { TaxReason } from './decide-tax.ts';
import { asBilled, type KnownTax } from './manual-tax.ts';
import { standsAs, type TaxIdStanding } from './tax-id-standings.ts';
import type { TaxDecision, TaxPendingReason, TaxQuestion, TaxQuestionLine } from './tax-provider.ts';

/** What a question is about, as a hash: an answer holds for a question of the same hash only. */
export function questionHash({ organizationId, currency, issuer, buyer, lines }: TaxQuestion): string {
  const { address, taxIds } = buyer;
  const { id, country, taxProvider, pricesIncludeTax, taxCodes } = issuer;
  const asked = {
    ...{ organizationId, currency, issuer: [id, country, taxProvider, pricesIncludeTax, taxCodes] },
    ...{ buyer: buyer.id, address, taxIds: taxIds.map(({ type, value }) => [type, value]) },
    lines: lines.map(({ id: lineId, amountMinor, on, category, billed }) =>
      billed ? [lineId] : [lineId, amountMinor.toString(), on, category, buyer.exemptOn(on)],
    ),
  };
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** The lines of a question that a service is asked about: neither what takes back, nor what asks for nothing. */
export function askedLines({ lines }: TaxQuestion): readonly TaxQuestionLine[] {
  return lines.filter((line) => !line.billed && line.amountMinor !== 0n);
}

/**
 * The question as a service may be asked: services believe every tax id, so only confirmed ones are told where the issuer wants
 * them confirmed. Null while one is not known yet.
 */
export function askable(question: TaxQuestion, standings: readonly TaxIdStanding[]): TaxQuestion | null {
  const { issuer, buyer, at } = question;
  if (issuer.taxIdCheck === 'checksum') return question;
  const standing = buyer.taxIds.map(({ type, value }) => {
    const checked = checkTaxId(value);
    if (type !== 'EU_VAT' || !checked.valid) return 'valid';
    // At home the tax does not depend on it.
    return checked.country === issuer.country ? 'invalid' : standsAs(standings, checked.value, issuer, at);
  });
  if (standing.includes('unknown')) return null;
  return { ...question, buyer: { ...buyer, taxIds: buyer.taxIds.filter((_, index) => standing[index] === 'valid') } };
}

/** What a service told, if it was asked exactly this; else nobody knows. Lines that ask for nothing need no answer. */
export function decideByAnswer(given: TaxQuestion, known: KnownTax): TaxDecision {
  const asked = askedLines(given);
  const question = askable(given, known.standings);
  if (asked.length > 0 && !question) return pendingOf(given, known, 'tax_id');
  const told = question && known.answer?.hash === questionHash(question) ? known.answer.lines : null;
  if (asked.some((line) => !told?.has(line.id))) return pendingOf(given, known, 'provider');
  const lines = given.lines.map((line) => {
    if (line.billed) return asBilled(known.rates, given.organizationId, line);
    return { rates: [], reason: reasonOf(given, line, 'told'), told: told?.get(line.id) ?? [] };
  });
  return { kind: 'told', lines };
}

function reasonOf({ buyer }: TaxQuestion, { on, category }: TaxQuestionLine, rule: TaxReason['rule']): TaxReason {
  const { country = null, region = null } = buyer.address ?? {};
  return { rule, on, country, region, category, registration: null };
}

function pendingOf(question: TaxQuestion, { rates }: KnownTax, reason: TaxPendingReason): TaxDecision {
  const rule = reason === 'tax_id' ? 'tax_id_pending' : 'provider_pending';
  const lines = question.lines.map((line) =>
    line.billed
      ? asBilled(rates, question.organizationId, line)
      : { rates: [], reason: reasonOf(question, line, rule) },
  );
  return { kind: 'pending', reason, problem: null, lines };
}
