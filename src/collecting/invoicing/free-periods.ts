import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import { BilledPeriodEntity } from './invoicing.entities.ts';

/** A stretch of time that a line was billed for and now gives back; half-open. */
export interface FreedPeriod {
  organizationId: string;
  /** The line that billed it. */
  lineId: string;
  start: Date;
  end: Date;
}

interface BilledRecord {
  organization_id: string;
  subscription_item_id: string;
  component: string;
  kind: string;
  period_start: Date;
  period_end: Date;
  invoice_line_id: string;
}

/**
 * Takes stretches of time out of the billed periods of their lines, so that they may be billed anew; what is left of a
 * period stays. Written at once: the rows that bill the time again must find it free. One query, whatever the number.
 */
export async function freePeriods(work: Work, freed: readonly FreedPeriod[]): Promise<void> {
  if (freed.length === 0) return;
  const byLine = new Map<string, FreedPeriod[]>();
  for (const period of freed) byLine.set(period.lineId, [...(byLine.get(period.lineId) ?? []), period]);
  const records = await work.rows<BilledRecord>(
    `delete from billed_periods b using unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as f(organization_id, line_id, f_start, f_end)
     where b.organization_id = f.organization_id and b.invoice_line_id = f.line_id
       and b.period_start < f.f_end and f.f_start < b.period_end
     returning b.organization_id, b.subscription_item_id, b.component, b.kind, b.period_start, b.period_end, b.invoice_line_id`,
    [
      `{${freed.map((period) => period.organizationId).join(',')}}`,
      `{${freed.map((period) => period.lineId).join(',')}}`,
      `{${freed.map((period) => `"${period.start.toISOString()}"`).join(',')}}`,
      `{${freed.map((period) => `"${period.end.toISOString()}"`).join(',')}}`,
    ],
  );
  for (const record of records) {
    for (const [start, end] of whatIsLeft(record, byLine.get(record.invoice_line_id) ?? [])) {
      work.insert(BilledPeriodEntity, [
        {
          organizationId: record.organization_id,
          id: newId(),
          subscriptionItemId: record.subscription_item_id,
          component: record.component,
          kind: record.kind,
          periodStart: start,
          periodEnd: end,
          invoiceLineId: record.invoice_line_id,
        },
      ]);
    }
  }
  await work.flush();
}

function whatIsLeft(billed: BilledRecord, freed: readonly FreedPeriod[]): (readonly [Date, Date])[] {
  let left: (readonly [Date, Date])[] = [[billed.period_start, billed.period_end]];
  for (const cut of freed) {
    left = left.flatMap(([start, end]): (readonly [Date, Date])[] => [
      [start, earlier(end, cut.start)],
      [later(start, cut.end), end],
    ]);
    left = left.filter(([start, end]) => start < end);
  }
  return left;
}

const earlier = (one: Date, other: Date): Date => (one <= other ? one : other);
const later = (one: Date, other: Date): Date => (one >= other ? one : other);
