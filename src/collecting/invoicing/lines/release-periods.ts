import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { ReleasedPeriodEntity } from '../invoicing.entities.ts';

/** A stretch of time of a subscription item that nobody is billed for; half-open. */
export interface UnbilledPeriod {
  subscriptionId: string;
  subscriptionItemId: string;
  component: string;
  periodStart: Date;
  periodEnd: Date;
}

/** The books say why this time is not billed: because of what became of an invoice. */
export function releasePeriods(
  work: Work,
  { organizationId, id: invoiceId }: { organizationId: string; id: string },
  periods: readonly UnbilledPeriod[],
): void {
  const { recordedAt } = work;
  work.insert(
    ReleasedPeriodEntity,
    periods.map((period) => ({ ...period, organizationId, id: newId(), invoiceId, recordedAt })),
  );
}
