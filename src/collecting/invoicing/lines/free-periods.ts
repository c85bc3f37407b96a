import type { Work } from '../../../platform/work.ts';

/** A stretch of time that a line was billed for and now gives back; half-open. */
export interface FreedPeriod {
  organizationId: string;
  /** The line that billed it. */
  lineId: string;
  start: Date;
  end: Date;
}

/**
 * Takes stretches of time out of the billed periods of their lines, so that they may be billed anew; what is left of a
 * period stays. Written at once: the rows that bill the time again must find it free. One statement, whatever the number.
 */
export async function freePeriods(work: Work, freed: readonly FreedPeriod[]): Promise<void> {
  if (freed.length === 0) return;
  await work.rows(
    `with freed as (
       select f.organization_id, f.line_id, range_agg(tstzrange(f.f_start, f.f_end)) as time
       from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) as f(organization_id, line_id, f_start, f_end)
       group by f.organization_id, f.line_id
     ), taken as (
       delete from billed_periods b using freed f
       where b.organization_id = f.organization_id and b.invoice_line_id = f.line_id
         and tstzrange(b.period_start, b.period_end) && f.time
       returning b.organization_id, b.subscription_item_id, b.component, b.kind, b.period_start, b.period_end, b.invoice_line_id, f.time
     )
     insert into billed_periods (organization_id, id, subscription_item_id, component, kind, period_start, period_end, invoice_line_id)
     select t.organization_id, gen_random_uuid(), t.subscription_item_id, t.component, t.kind, lower(l.part), upper(l.part), t.invoice_line_id
     from taken t cross join lateral unnest(tstzmultirange(tstzrange(t.period_start, t.period_end)) - t.time) as l(part)`,
    [
      `{${freed.map((period) => period.organizationId).join(',')}}`,
      `{${freed.map((period) => period.lineId).join(',')}}`,
      `{${freed.map((period) => `"${period.start.toISOString()}"`).join(',')}}`,
      `{${freed.map((period) => `"${period.end.toISOString()}"`).join(',')}}`,
    ],
  );
}
