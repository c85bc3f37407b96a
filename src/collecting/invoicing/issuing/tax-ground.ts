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
}

/** An invoice to be issued, as its ground is read. */
export interface Grounded {
  issuer: Pick<Issuer, 'taxIdCheck' | 'taxProvider'>;
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
  const [standings, answers, taxBack, kept] = await Promise.all([
    loadStandings(work, confirming),
    loadAnswers(work, told),
    loadTaxBack(
      work,
      batch.flatMap(({ lines }) => lines),
    ),
    loadKept(work, drafts),
  ]);
  return { rates, standings, answers, taxBack, kept };
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
