import type { Work } from '../../../platform/work.ts';
import type { CreditableLine, RatePart } from '../../../rules/credit-note.ts';
import { isTold, type LineTaxShare, toldTaxOf } from './line-taxes.ts';

/** What a credit note, or a line of another invoice, took back of a line: positive where the line is. */
export interface TakenRecord {
  line_id: string;
  amount: bigint;
  discount_amount: bigint;
  period_start: Date | null;
  period_end: Date | null;
  taxes: LineTaxShare[];
}

/**
 * What was taken back of lines so far, by line: by credit notes and by lines of invoices that are not void, but for those of
 * `except`. One statement, and none for no line.
 */
export async function loadTakenBack(
  work: Work,
  lineIds: readonly string[],
  except: readonly string[] = [],
): Promise<ReadonlyMap<string, readonly TakenRecord[]>> {
  if (lineIds.length === 0) return new Map();
  const records = await work.rows<TakenRecord>(
    `select n.invoice_line_id as line_id, n.amount, n.discount_amount, n.period_start, n.period_end, n.taxes from credit_note_lines n
     join credit_notes c on c.organization_id = n.organization_id and c.id = n.credit_note_id and c.status = 'issued'
     where n.organization_id = any($1::uuid[]) and n.invoice_line_id = any($2::uuid[])
     union all
     select r.reverses_line_id, -r.amount, -r.discount_amount, r.period_start, r.period_end,
       coalesce((select json_agg(json_build_object('taxRateId', t.value->>'taxRateId', 'percent', t.value->>'percent',
           'inclusive', (t.value->>'inclusive')::boolean, 'amount', (-(t.value->>'amount')::bigint)::text))
         from json_array_elements(r.taxes) t), '[]')
     from invoice_lines l
     join invoice_lines r on r.organization_id = l.organization_id and r.subscription_id = l.subscription_id and r.reverses_line_id = l.id
     join invoices i on i.organization_id = r.organization_id and i.id = r.invoice_id and i.status <> 'void'
     where l.organization_id = any($1::uuid[]) and l.id = any($2::uuid[]) and i.id <> all($3::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${lineIds.join(',')}}`, `{${except.join(',')}}`],
  );
  const taken = new Map<string, TakenRecord[]>();
  for (const record of records) taken.set(record.line_id, [...(taken.get(record.line_id) ?? []), record]);
  return taken;
}

/** A line's tax of one rate, as credits take it back. */
export const ratePart = ({ taxRateId, inclusive, amount }: LineTaxShare): RatePart => ({
  rateId: taxRateId,
  inclusive,
  amountMinor: BigInt(amount),
});

/** The sums of what was taken back of a line, its taxes under the ids that the line has them by. */
export function sumOfTaken(whole: CreditableLine, taken: readonly TakenRecord[]): CreditableLine {
  const own = new Map(whole.taxes.map(({ rateId }) => [toldTaxOf(rateId), rateId]));
  const idOf = (rateId: string): string =>
    (isTold({ taxRateId: rateId }) ? own.get(toldTaxOf(rateId)) : rateId) ?? rateId;
  return {
    amountMinor: taken.reduce((total, one) => total + one.amount, 0n),
    discountMinor: taken.reduce((total, one) => total + one.discount_amount, 0n),
    taxes: taken.flatMap(({ taxes }) => taxes.map(ratePart).map((part) => ({ ...part, rateId: idOf(part.rateId) }))),
  };
}
