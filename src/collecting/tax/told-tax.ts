import { createHash } from 'node:crypto';
import type { KnownTax } from './manual-tax.ts';
import type { TaxDecision, TaxQuestion, ToldTax } from './tax-provider.ts';

/** What a question is about, as a hash: an answer holds for a question of the same hash only. */
export function questionHash({ organizationId, currency, issuer, buyer, lines }: TaxQuestion): string {
  const { address, taxIds } = buyer;
  const asked = {
    ...{ organizationId, currency, issuer: [issuer.id, issuer.country, issuer.taxProvider] },
    ...{ buyer: buyer.id, address, taxIds: taxIds.map(({ type, value }) => [type, value]) },
    lines: lines.map(({ id, amountMinor, on, category, billed }) =>
      billed ? [id] : [id, amountMinor.toString(), on, category, buyer.exemptOn(on)],
    ),
  };
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}

/** What a service told, if it was asked exactly this; else nobody knows. Lines that ask for nothing need no answer. */
export function decideByAnswer(question: TaxQuestion, known: KnownTax): TaxDecision {
  const asked = question.lines.filter((line) => !line.billed && line.amountMinor !== 0n);
  const told = known.answer?.hash === questionHash(question) ? known.answer.lines : null;
  if (asked.length > 0 && !told) return { kind: 'pending', reason: 'provider' };
  const lines: (readonly ToldTax[])[] = [];
  for (const line of question.lines) {
    const taxes = told?.get(line.id);
    if (asked.includes(line) && !taxes) return { kind: 'pending', reason: 'provider' };
    lines.push(taxes ?? []);
  }
  return { kind: 'told', lines };
}
