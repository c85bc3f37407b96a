import { invalidInput } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';

/**
 * INVALID_INPUT for an end that is past already: what nobody could ever redeem is a slip of the pen. Past is what lies behind
 * the wall clock and all test clocks of the organization. (An existing coupon's end may be moved to now: that stops it.)
 */
export async function refusePast(work: Work, until: Date | null | undefined, field: string): Promise<void> {
  if (!until || until > work.recordedAt) return;
  const [earlier] = await work.rows('select 1 from test_clocks where organization_id = $1 and now_at < $2 limit 1', [
    work.organizationId,
    until,
  ]);
  if (!earlier) throw invalidInput(['input', field], 'It must lie in the future.');
}
