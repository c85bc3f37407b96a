import { DomainError } from '../../../platform/errors.ts';
import { uuids } from '../../../platform/sql-text.ts';
import type { Consequence } from '../../../platform/work.ts';
import { inFlightStatuses } from '../payments.lifecycle.ts';

/** An account whose payment is being decided is not deleted: what came of it would be nobody's. */
export const keepPayers: Consequence = async (work, facts) => {
  const [open] = await work.rows(
    `select 1 from payments where organization_id = any($1::uuid[]) and account_id = any($2::uuid[]) and status = any($3::text[]) limit 1`,
    [uuids(work.organizations), uuids(facts.map((fact) => fact.objectId)), `{${inFlightStatuses.join(',')}}`],
  );
  if (!open) return;
  throw new DomainError('IN_USE', 'A payment of the account is being decided: cancel it, or wait for it.', {
    path: ['input', 'id'],
  });
};
