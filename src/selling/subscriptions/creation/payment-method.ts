import { notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';

/** NOT_FOUND unless the payment method is one that the paying account can still use. */
export async function checkPaymentMethod(work: Work, id: string, payerId: string, path: string[]): Promise<void> {
  const found = await work.rows(
    `select 1 from payment_methods m
     where m.organization_id = $1 and m.id = $2 and m.account_id = $3 and m.detached_at is null`,
    [work.organizationId, id, payerId],
  );
  if (found.length === 0) throw notFound(path);
}
