import type { Work } from '../../../platform/work.ts';
import {
  decideTax,
  type KnownTax,
  loadStandings,
  loadTaxRates,
  type TaxDecision,
  type TaxIdStanding,
  type TaxQuestion,
  type TaxRates,
  type ToldTax,
} from '../../tax/index.ts';
import type { BilledAccount } from '../charges/invoice-request.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import type { Issuer } from '../issuers/issuers.ts';
import { loadKept } from './keep-taxes.ts';
import { loadTaxBack, type TaxBack } from './told-back.ts';

/** All that taxes of some invoices are decided from: read before, so that deciding is pure. */
export interface TaxGround {
  rates: TaxRates;
  /** Where tax ids stand, by bill-to account, where an issuer wants them confirmed. */
  standings: ReadonlyMap<string, readonly TaxIdStanding[]>;
  /** What services were told to tell, by invoice. */
  answers: ReadonlyMap<string, NonNullable<KnownTax['answer']>>;
  /** What lines that take others back may give back of their tax. */
  taxBack: TaxBack;
  /** Lines of drafts that keep the tax they have. */
  kept: ReadonlySet<string>;
  /** Lines that take back what has no tax yet: of a draft that waits for it, or of the same invoice. */
  waiting: ReadonlySet<string>;
  own: ReadonlySet<string>;
}

/** An invoice to be issued, as its ground is read. */
export interface Grounded {
  issuer: Pick<Issuer, 'id' | 'taxIdCheck' | 'taxProvider'>;
  billTo: Pick<BilledAccount, 'id'>;
  /** A draft that is known to the database; null for a new one. */
  invoiceId: string | null;
  lines: readonly InvoiceLineRow[];
}

/** Reads the ground of a batch whose rates are known. No statement where no issuer asks anybody. */
export async function completeGround(work: Work, rates: TaxRates, batch: readonly Grounded[]): Promise<TaxGround> {
  const confirming = batch.flatMap(({ issuer, billTo }) => (issuer.taxIdCheck === 'register' ? billTo.id : []));
  const told = batch.flatMap(({ issuer, invoiceId }) => (issuer.taxProvider !== 'manual' && invoiceId) || []);
  const drafts = batch.flatMap(({ invoiceId }) => invoiceId ?? []);
  const readBack = async () => {
    const untaxed = await takeUntaxedBack(work, rates, batch);
    const lines = batch.flatMap((one) => one.lines);
    return { ...untaxed, taxBack: await loadTaxBack(work, lines) };
  };
  const [standings, answers, kept, back] = await Promise.all([
    loadStandings(work, confirming),
    loadAnswers(work, told),
    loadKept(work, drafts),
    readBack(),
  ]);
  return { rates, standings, answers, kept, ...back };
}

interface UntaxedRecord {
  id: string;
  invoice_id: string;
  taxes: unknown;
  waits: boolean;
}

/**
 * What takes back a line that had no tax when that was done: where its tax came since, the line takes that over; where its draft waits
 * for it, so does this one; and on one and the same invoice both are taxed alike. One statement where an issuer whose
 * taxes may be unknown takes such a line back, else none.
 */
async function takeUntaxedBack(
  work: Work,
  rates: TaxRates,
  batch: readonly Grounded[],
): Promise<Pick<TaxGround, 'waiting' | 'own'>> {
  const bare = batch.flatMap(({ issuer, lines }) =>
    lines.flatMap((line) => {
      const mayWait = issuer.taxProvider !== 'manual' || rates.registrations.has(`${line.organizationId} ${issuer.id}`);
      return line.reversesLineId && mayWait && (line.taxes as unknown[]).length === 0 ? [{ line, issuer }] : [];
    }),
  );
  const [waiting, own] = [new Set<string>(), new Set<string>()];
  if (bare.length === 0) return { waiting, own };
  const rows = await work.rows<UntaxedRecord>(
    `select l.id, l.invoice_id, l.taxes, exists (select from invoice_taxations t
       where t.organization_id = l.organization_id and t.invoice_id = l.invoice_id and t.status = 'pending') as waits
     from invoice_lines l where l.organization_id = any($1::uuid[]) and l.id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${bare.map(({ line }) => line.reversesLineId).join(',')}}`],
  );
  const taken = new Map(rows.map((row) => [row.id, row]));
  for (const { line, issuer } of bare) {
    const back = taken.get(line.reversesLineId!);
    if (!back) continue;
    if (back.invoice_id !== line.invoiceId && back.waits) waiting.add(line.id);
    else if (back.invoice_id !== line.invoiceId) line.taxes = back.taxes;
    else if (issuer.taxProvider === 'manual') own.add(line.id);
  }
  return { waiting, own };
}

/** The ground of one draft. */
export async function loadTaxGround(
  work: Work,
  invoice: { organizationId: string; id: string },
  about: Pick<Grounded, 'issuer' | 'billTo' | 'lines'>,
): Promise<TaxGround> {
  const rates = await loadTaxRates(work, [invoice.organizationId]);
  return completeGround(work, rates, [{ ...about, invoiceId: invoice.id }]);
}

/** An answer as it is kept: amounts are text. */
export interface KeptTax extends Omit<ToldTax, 'taxableMinor' | 'amountMinor'> {
  taxable: string;
  amount: string;
}
export type KeptAnswer = readonly { lineId: string; taxes: readonly KeptTax[] }[];

async function loadAnswers(work: Work, invoiceIds: readonly string[]): Promise<TaxGround['answers']> {
  if (invoiceIds.length === 0) return new Map();
  const rows = await work.rows<{ invoice_id: string; question_hash: string; answer: KeptAnswer }>(
    `select invoice_id, question_hash, answer from invoice_taxations
     where organization_id = any($1::uuid[]) and invoice_id = any($2::uuid[]) and answer is not null`,
    [`{${work.organizations.join(',')}}`, `{${invoiceIds.join(',')}}`],
  );
  return new Map(rows.map((row) => [row.invoice_id, { hash: row.question_hash, lines: readAnswer(row.answer) }]));
}

function readAnswer(answer: KeptAnswer): ReadonlyMap<string, readonly ToldTax[]> {
  return new Map(
    answer.map(({ lineId, taxes }) => [
      lineId,
      taxes.map(({ taxable, amount, ...tax }) => ({
        ...tax,
        taxableMinor: BigInt(taxable),
        amountMinor: BigInt(amount),
      })),
    ]),
  );
}

/** Which taxes an invoice carries, from its ground. */
export function decideOn(ground: TaxGround, question: TaxQuestion, invoiceId: string): TaxDecision {
  return decideTax(question, {
    rates: ground.rates,
    standings: ground.standings.get(question.buyer.id) ?? [],
    answer: ground.answers.get(invoiceId) ?? null,
  });
}
