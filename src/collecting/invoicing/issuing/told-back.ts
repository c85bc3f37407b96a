import type { Work } from '../../../platform/work.ts';
import type { CreditableLine } from '../../../rules/credit-note.ts';
import { taxesOfPart, taxLeft } from '../../../rules/tax-return.ts';
import type { ToldTax } from '../../tax/index.ts';
import type { InvoiceLineRow } from '../invoicing.entities.ts';
import { isTold, type LineTaxShare, toldTaxOf } from '../lines/line-taxes.ts';
import { loadTakenBack, ratePart, sumOfTaken } from '../lines/taken-back.ts';

/** What lines that take others back may give back of the tax of those. */
export interface TaxBack {
  /** What a service told of it, as a share of that: by the id of the reversing line. */
  told: ReadonlyMap<string, readonly ToldTax[]>;
  /** Of the merchant's rates what is left of the tax that was billed, by the id of the reversing line. Minor units. */
  left: ReadonlyMap<string, TaxLeft>;
}

/** What is left of the tax of a line, by rate; and whether nothing of the line itself is left behind what takes it back. */
export interface TaxLeft {
  lineId: string;
  byRate: ReadonlyMap<string, bigint>;
  isLast: boolean;
}

type Line = Pick<InvoiceLineRow, 'id' | 'invoiceId' | 'amount' | 'reversesLineId' | 'taxes'>;

interface BilledRecord {
  id: string;
  amount: bigint;
  discount_amount: bigint;
  taxes: LineTaxShare[];
  names: Record<string, string> | null;
}

/**
 * What a service told is no percentage of the amount (a part may be free, and it rounds in its own way): a line that takes such
 * a line back gives back its share to date of the tax that was billed, as a credit note does; and of the merchant's rates never more
 * than is left of what was billed, and the last one all of that. Of these invoices, all of their lines; two statements, and none
 * where nothing taxed is taken back.
 */
export async function loadTaxBack(work: Work, lines: readonly Line[]): Promise<TaxBack> {
  const reversing = lines.filter((line) => line.reversesLineId && (line.taxes as LineTaxShare[]).length > 0);
  const [told, left] = [new Map<string, readonly ToldTax[]>(), new Map<string, TaxLeft>()];
  if (reversing.length === 0) return { told, left };
  const ids = [...new Set(reversing.map((line) => line.reversesLineId!))];
  const invoices = [...new Set(lines.map((line) => line.invoiceId))];
  const [billed, takenBack] = await Promise.all([loadBilled(work, ids), loadTakenBack(work, ids, invoices)]);
  const credited = new Map<string, CreditableLine>();
  const amounts = new Map<string, bigint>();
  for (const line of reversing) {
    const record = billed.get(line.reversesLineId!);
    if (!record) continue;
    const all = creditable(record, record.taxes);
    const back = takenBack.get(record.id) ?? [];
    const taken = sumOfTaken(all, back);
    // What other invoices of the batch take is in no one's `left`: then none is the last.
    const key = `${record.id} ${line.invoiceId}`;
    const toDate = (amounts.get(key) ?? taken.amountMinor) - line.amount;
    amounts.set(key, toDate);
    left.set(line.id, { lineId: record.id, byRate: taxLeft(all, taken), isLast: toDate === record.amount });
    if (!record.taxes.some(isTold)) continue;
    const whole = creditable(record, record.taxes.filter(isTold));
    const share = shareOf(record, whole, credited.get(record.id) ?? sumOfTaken(whole, back), -line.amount);
    told.set(line.id, share.told);
    credited.set(record.id, share.after);
  }
  return { told, left };
}

const creditable = (line: BilledRecord, taxes: readonly LineTaxShare[]): CreditableLine => ({
  ...{ amountMinor: line.amount, discountMinor: line.discount_amount, taxes: taxes.map(ratePart) },
});

async function loadBilled(work: Work, ids: readonly string[]): Promise<ReadonlyMap<string, BilledRecord>> {
  const rows = await work.rows<BilledRecord>(
    `select l.id, l.amount, l.discount_amount, l.taxes,
       (select json_object_agg(t.told_rate, t.name) from invoice_taxes t
        where t.organization_id = l.organization_id and t.invoice_id = l.invoice_id and t.told_rate is not null) as names
     from invoice_lines l where l.organization_id = any($1::uuid[]) and l.id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${ids.join(',')}}`],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The taxes of `amount` of a line behind what was taken before, negative as the line that takes them back is. */
function shareOf(
  { taxes, names }: BilledRecord,
  whole: CreditableLine,
  before: CreditableLine,
  amount: bigint,
): { told: ToldTax[]; after: CreditableLine } {
  const net = whole.amountMinor - whole.discountMinor;
  const bases = new Map(taxes.map(({ taxRateId, taxable }) => [taxRateId, taxable ? BigInt(taxable) : net]));
  const share = taxesOfPart(whole, bases, before, amount);
  const told = share.taxes.map(({ rateId, inclusive, amountMinor, taxableMinor }): ToldTax => {
    const { percent, rule } = taxes.find((one) => one.taxRateId === rateId)!;
    return {
      ...{ key: toldTaxOf(rateId), name: names?.[rateId] ?? `Tax ${percent} %`, place: rule ?? '' },
      ...{ percent, inclusive, treatment: 'taxed', rateId: toldTaxOf(rateId) },
      ...{ taxableMinor: -taxableMinor, amountMinor: -amountMinor },
    };
  });
  return { told, after: share.after };
}
