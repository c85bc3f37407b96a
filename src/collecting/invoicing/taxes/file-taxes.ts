import { newId, toGlobalId } from '../../../platform/id.ts';
import type { Fact } from '../../../platform/outbox.ts';
import type { Consequence, Work } from '../../../platform/work.ts';
import { type FiledLine, TaxFilingEntity, type TaxFilingRow } from './tax-filings.entity.ts';

type Made = Pick<TaxFilingRow, 'kind' | 'invoiceId' | 'reference'> & Partial<TaxFilingRow>;

function file(work: Work, organizationId: string, one: Made): void {
  work.insert(TaxFilingEntity, [
    {
      ...{
        organizationId,
        id: newId(),
        provider: 'stripe_tax',
        creditNoteId: null,
        saleId: null,
        calculationRef: null,
      },
      ...{ lines: null, status: 'waiting', providerRef: null, problem: null, attempts: 0, retryAt: work.recordedAt },
      ...{ createdAt: work.recordedAt, updatedAt: work.recordedAt, ...one },
    },
  ]);
}

const ids = (values: readonly string[]) => `{${values.join(',')}}`;
const invoicesOf = (facts: readonly Fact[]) => ids(facts.map((fact) => fact.objectId));

interface TakenRecord {
  organization_id: string;
  invoice_id: string;
  sale_id: string;
  sale_invoice_id: string;
  line_id: string;
  amount: bigint;
  tax: bigint;
}

/** Consequence: what a service taxed and is final is told it as a sale; lines that take back what it was told, as reversals. */
export const fileFinalized: Consequence = async (work, facts) => {
  const told = facts.filter((fact) => fact.data.taxTold === true);
  if (told.length === 0) return;
  const organizations = ids(work.organizations);
  const sales = await work.rows<{ organization_id: string; invoice_id: string; provider_ref: string }>(
    `select organization_id, invoice_id, provider_ref from invoice_taxations
     where organization_id = any($1::uuid[]) and invoice_id = any($2::uuid[]) and provider_ref is not null`,
    [organizations, invoicesOf(told)],
  );
  for (const { organization_id, invoice_id: invoiceId, provider_ref: calculationRef } of sales) {
    file(work, organization_id, { kind: 'sale', invoiceId, reference: toGlobalId('inv', invoiceId), calculationRef });
  }
  const taken = await work.rows<TakenRecord>(
    `select l.organization_id, l.invoice_id, f.id as sale_id, f.invoice_id as sale_invoice_id, o.id as line_id,
       l.discount_amount - l.amount as amount, -l.tax_amount as tax
     from invoice_lines l
     join invoice_lines o on o.organization_id = l.organization_id and o.id = l.reverses_line_id
     join tax_filings f on f.organization_id = o.organization_id and f.invoice_id = o.invoice_id and f.kind = 'sale'
     where l.organization_id = any($1::uuid[]) and l.invoice_id = any($2::uuid[]) order by l.invoice_id, f.id, l.position`,
    [organizations, invoicesOf(told)],
  );
  for (const part of grouped(taken)) {
    const { organization_id, invoice_id: invoiceId, sale_id: saleId, sale_invoice_id } = part[0]!;
    const reference = `${toGlobalId('inv', invoiceId)}-${toGlobalId('inv', sale_invoice_id)}`;
    file(work, organization_id, { kind: 'reversal', invoiceId, saleId, reference, lines: part.map(lineOf) });
  }
};

const lineOf = ({ line_id: lineId, amount, tax }: Pick<TakenRecord, 'line_id' | 'amount' | 'tax'>): FiledLine => ({
  ...{ lineId, amount: amount.toString(), tax: tax.toString() },
});

function grouped(taken: readonly TakenRecord[]): TakenRecord[][] {
  const groups = new Map<string, TakenRecord[]>();
  for (const one of taken) {
    const key = `${one.invoice_id} ${one.sale_id}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** Consequence: a sale that is void is taken back whole. */
export const fileVoided: Consequence = async (work, facts) => {
  const sales = await work.rows<{ organization_id: string; id: string; invoice_id: string }>(
    `select organization_id, id, invoice_id from tax_filings
     where organization_id = any($1::uuid[]) and invoice_id = any($2::uuid[]) and kind = 'sale' order by id`,
    [ids(work.organizations), invoicesOf(facts)],
  );
  for (const { organization_id, id: saleId, invoice_id: invoiceId } of sales) {
    const reference = `${toGlobalId('inv', invoiceId)}-void`;
    file(work, organization_id, { kind: 'reversal', invoiceId, saleId, reference });
  }
};

/** Consequence: what a credit note takes back of a sale. */
export const fileCredited: Consequence = async (work, facts) => {
  for (const { organizationId, objectId: creditNoteId, data } of facts) {
    const lines = await work.rows<TakenRecord>(
      `select n.organization_id, f.invoice_id, f.id as sale_id, f.invoice_id as sale_invoice_id, n.invoice_line_id as line_id,
         n.amount - n.discount_amount as amount, n.tax_amount as tax
       from credit_note_lines n
       join invoice_lines l on l.organization_id = n.organization_id and l.id = n.invoice_line_id and l.reverses_line_id is null
       join tax_filings f on f.organization_id = n.organization_id and f.invoice_id = l.invoice_id and f.kind = 'sale'
       where n.organization_id = $1 and n.credit_note_id = $2 and n.amount > 0 order by n.position`,
      [organizationId, creditNoteId],
    );
    for (const part of grouped(lines)) {
      const { sale_id: saleId, sale_invoice_id } = part[0]!;
      const own = sale_invoice_id === data.invoiceId;
      const reference = toGlobalId('cn', creditNoteId) + (own ? '' : `-${toGlobalId('inv', sale_invoice_id)}`);
      const about = { creditNoteId, saleId, reference, lines: part.map(lineOf) };
      file(work, organizationId, { kind: 'reversal', invoiceId: data.invoiceId as string, ...about });
    }
  }
};

/** Consequence: a note that is void takes nothing back. What the service was told already it cannot be told otherwise. */
export const fileNoteVoided: Consequence = async (work, facts) => {
  const filed = await work.rows<{
    organization_id: string;
    invoice_id: string;
    credit_note_id: string;
    sale_id: string;
    sale_invoice_id: string;
  }>(
    `with canceled as (
       update tax_filings set status = 'canceled', retry_at = null, updated_at = $3
       where organization_id = any($1::uuid[]) and credit_note_id = any($2::uuid[]) and status = 'waiting' and attempts = 0 returning id)
     select f.organization_id, f.invoice_id, f.credit_note_id, f.sale_id, s.invoice_id as sale_invoice_id from tax_filings f
     join tax_filings s on s.organization_id = f.organization_id and s.id = f.sale_id
     where f.organization_id = any($1::uuid[]) and f.credit_note_id = any($2::uuid[]) and f.status in ('waiting', 'filed')
       and f.id not in (select id from canceled)`,
    [ids(work.organizations), invoicesOf(facts), work.recordedAt],
  );
  const problem = 'A reversal cannot be undone at Stripe Tax: record this sale there by hand.';
  for (const {
    organization_id,
    invoice_id: invoiceId,
    credit_note_id: creditNoteId,
    sale_id: saleId,
    sale_invoice_id,
  } of filed) {
    const own = sale_invoice_id === invoiceId ? '' : `-${toGlobalId('inv', sale_invoice_id)}`;
    const reference = `${toGlobalId('cn', creditNoteId)}${own}-void`;
    const left = { status: 'refused', retryAt: null, problem };
    file(work, organization_id, { kind: 'reversal', invoiceId, creditNoteId, saleId, reference, ...left });
  }
};
