import { formatDay, localDay } from '../../rules/calendar.ts';

/** What an account, or a document that froze it, says of its exemption. Days are `YYYY-MM-DD`, `validTo` the first after it. */
export interface ExemptParty {
  taxExempt: boolean;
  taxExemption?: { validFrom?: string | null; validTo?: string | null } | null;
}

/** Whether no tax is charged to the party on a day (`YYYY-MM-DD`). */
export function isExemptOn({ taxExempt, taxExemption }: ExemptParty, day: string): boolean {
  const { validFrom = null, validTo = null } = taxExemption ?? {};
  return taxExempt && (validFrom === null || validFrom <= day) && (validTo === null || day < validTo);
}

/**
 * The tax date of a line (`YYYY-MM-DD` in the zone): the day of finalization, or the last day of the supply period where it is
 * earlier. A period that ends at midnight was supplied up to the day before.
 */
export function taxDay(timezone: string, periodEnd: Date | null, finalizedAt: Date): string {
  const finalizedOn = localDay(timezone, finalizedAt);
  if (!periodEnd) return formatDay(finalizedOn);
  return formatDay(Math.min(localDay(timezone, new Date(periodEnd.getTime() - 1)), finalizedOn));
}
