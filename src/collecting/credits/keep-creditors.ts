import { DomainError } from '../../platform/errors.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Consequence } from '../../platform/work.ts';

/** An account that has credit is not deleted: nobody could spend it, give it back or withdraw it any more. */
export const keepCreditors: Consequence = async (work, facts) => {
  const [left] = await work.rows(
    `select 1 from credit_balances where organization_id = any($1::uuid[]) and account_id = any($2::uuid[]) and balance > 0 limit 1`,
    [uuids(work.organizations), uuids(facts.map((fact) => fact.objectId))],
  );
  if (!left) return;
  throw new DomainError('IN_USE', 'The account has credit: refund the payment it came from, or withdraw it, first.', {
    path: ['input', 'id'],
  });
};
