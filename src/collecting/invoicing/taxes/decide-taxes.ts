import { systemActor } from '../../../platform/actor.ts';
import type { App } from '../../../platform/app-types.ts';
import type { Scope, Work } from '../../../platform/work.ts';
import {
  askable,
  questionHash,
  remoteTaxOf,
  type TaxPendingReason,
  type TaxQuestion,
  type ToldAnswer,
} from '../../tax/index.ts';
import { rewriteTotals } from '../drafts/draft-lines.ts';
import { finalizeHeld } from '../drafts/finalize-invoice.ts';
import { taxPendingFact } from '../invoice-facts.ts';
import { InvoiceLineEntity } from '../invoicing.entities.ts';
import { loadIssuers } from '../issuers/issuers.ts';
import { taxQuestion } from '../issuing/compute-invoice.ts';
import { type KeptAnswer, loadTaxGround } from '../issuing/tax-ground.ts';
import { closeTaxation, readTaxation, type Taxation } from '../issuing/taxations.ts';
import { type HeldInvoice, holdInvoices } from '../settlement/hold-invoices.ts';

/** An invoice whose tax is to be told. */
export interface DraftName {
  organizationId: string;
  invoiceId: string;
}

interface Asked {
  question: TaxQuestion;
  hash: string;
  attempts: number;
  /** What it waited for before it was asked again. */
  before: TaxPendingReason | null;
}

const minute = 60_000;
/** For so long nobody else asks the same. */
const claimedMinutes = 2;
const longestPause = 60;
/** A refusal is of the invoice as it is: what changes it asks again at once. */
const refusedPause = 6 * 60;

/**
 * Process: takes a draft whose tax is not known one step on. 1 looks whether it is known by now, and makes the draft final if
 * that was wanted; 2 else asks the service, outside of any transaction; 3 keeps the answer with the hash of what was asked, and
 * does 1 again. A service that is away is asked again after ever longer pauses, at most an hour. Unless somebody wants it by
 * hand, only if it is due.
 */
export async function decideInvoiceTax(app: App, name: DraftName, { byHand = false } = {}): Promise<void> {
  const scope: Scope = { organizations: [name.organizationId], actor: systemActor('tax'), requestId: null };
  const asked = await app.transact(scope, (work) => look(work, name, { claim: byHand ? 'now' : 'due' }));
  if (!asked) return;
  const remote = remoteTaxOf(app, asked.question.issuer.taxProvider);
  const answer: ToldAnswer = remote
    ? await remote.calculate(app, asked.question, name.invoiceId, asked.hash)
    : { status: 'unavailable', problem: 'This tax service is not offered here.' };
  await app.transact(scope, (work) => keepAnswer(work, name, asked, answer));
}

/** The same for a draft that somebody wants to make final now; nothing to do where the merchant's own rates decide alone. */
export async function askForTax(app: App, name: DraftName): Promise<void> {
  const reader = app.read(name.organizationId);
  const [asking] = await reader
    .rows(
      `select 1 from invoices i join legal_entities l on l.organization_id = i.organization_id and l.id = i.legal_entity_id
       where i.organization_id = $1 and i.id = $2 and i.status = 'draft' and (l.tax_provider <> 'manual' or l.tax_id_check <> 'checksum')`,
      [name.organizationId, name.invoiceId],
    )
    .finally(() => reader.close());
  if (asking) await decideInvoiceTax(app, name, { byHand: true });
}

/** Makes the draft final, or up to date, if its tax is known; answers what is to be asked, null for nothing. */
async function look(
  work: Work,
  { invoiceId }: DraftName,
  options: { claim: 'due' | 'now' | null },
): Promise<Asked | null> {
  const [held] = await holdInvoices(work, [invoiceId]);
  if (!held) return null;
  if (held.invoice.status !== 'draft') {
    await closeTaxation(work, held.invoice);
    return null;
  }
  const taxation = await readTaxation(work, held.invoice);
  // Another one may have taken it on meanwhile.
  if (options.claim === 'due' && !(taxation?.retryAt && taxation.retryAt <= work.recordedAt)) return null;
  const pending = await decide(work, held, taxation);
  if (pending?.reason !== 'provider' && pending?.reason !== 'refused') return null;
  return options.claim ? claim(work, held, taxation) : null;
}

async function decide(work: Work, held: HeldInvoice, taxation: Taxation | null) {
  const { organizationId, id } = held.invoice;
  const finalizeAt = taxation?.finalizeAt ?? null;
  if (finalizeAt && (await finalizeHeld(work, held, finalizeAt)) === null) return null;
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  return (await rewriteTotals(work, held, lines, finalizeAt ? { asOf: finalizeAt, finalizeAt } : {})).pending;
}

async function claim(work: Work, held: HeldInvoice, taxation: Taxation | null): Promise<Asked> {
  const { invoice, account, billTo } = held;
  const { organizationId, id } = invoice;
  const issuer = (await loadIssuers(work, [organizationId])).of(organizationId, invoice.legalEntityId);
  const lines = await work.find(InvoiceLineEntity, { organizationId, invoiceId: id }, { position: 'asc', id: 'asc' });
  const at = taxation?.finalizeAt ?? account.now;
  const ground = await loadTaxGround(work, invoice, { issuer, billTo, lines });
  // What keeps its tax is not asked about again: the answer is to fit the question that decides.
  const whole = taxQuestion({ invoice, issuer, billTo, timezone: account.timezone, at }, lines, ground);
  const question = askable(whole, ground.standings.get(billTo.id) ?? []) ?? whole;
  const attempts = (taxation?.attempts ?? 0) + 1;
  await work.rows(
    `update invoice_taxations set attempts = $3, retry_at = $4 where organization_id = $1 and invoice_id = $2`,
    [organizationId, id, attempts, new Date(work.recordedAt.getTime() + claimedMinutes * minute)],
  );
  return { question, hash: questionHash(question), attempts, before: taxation?.reason ?? null };
}

async function keepAnswer(work: Work, name: DraftName, asked: Asked, answer: ToldAnswer): Promise<void> {
  const [held] = await holdInvoices(work, [name.invoiceId]);
  const taxation = held?.invoice.status === 'draft' ? await readTaxation(work, held.invoice) : null;
  if (!held || !taxation) return;
  const row = [name.organizationId, name.invoiceId];
  if (answer.status === 'told') {
    await work.rows(
      `update invoice_taxations set question_hash = $3, answer = $4::json, provider_ref = $5, problem = null
       where organization_id = $1 and invoice_id = $2`,
      [...row, asked.hash, JSON.stringify(kept(answer.lines)), answer.reference],
    );
    await look(work, name, { claim: null });
    return;
  }
  const refused = answer.status === 'refused';
  const waits = { at: held.account.now, finalizeAt: taxation.finalizeAt, before: asked.before };
  const pending = { reason: refused ? ('refused' as const) : ('provider' as const), problem: answer.problem };
  const fact = taxPendingFact(held.invoice, held.invoice.subscriptionIds, { ...waits, pending });
  if (fact && taxation.status === 'pending') work.announce(fact);
  const pause = refused ? refusedPause : Math.min(2 ** (asked.attempts - 1), longestPause);
  await work.rows(
    `update invoice_taxations set attempts = $3, reason = $4, problem = $5, retry_at = $6
     where organization_id = $1 and invoice_id = $2 and status = 'pending'`,
    [...row, asked.attempts, pending.reason, pending.problem, new Date(work.recordedAt.getTime() + pause * minute)],
  );
}

const kept = (lines: Extract<ToldAnswer, { status: 'told' }>['lines']): KeptAnswer =>
  lines.map(({ lineId, taxes }) => ({
    lineId,
    taxes: taxes.map(({ taxableMinor, amountMinor, ...tax }) => ({
      ...tax,
      taxable: taxableMinor.toString(),
      amount: amountMinor.toString(),
    })),
  }));
