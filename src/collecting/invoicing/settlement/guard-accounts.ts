import { DomainError } from '../../../platform/errors.ts';
import type { Consequence } from '../../../platform/work.ts';

interface Change {
  currency?: { old: unknown; new: unknown };
}

/** An account keeps its currency once something was billed to it: balances and series of one debt are in one currency. */
export const keepBilledCurrency: Consequence = async (work, facts) => {
  const changed = facts.filter((fact) => (fact.change as Change | undefined)?.currency);
  if (changed.length === 0) return;
  const [billed] = await work.rows(
    `select 1 from invoices where organization_id = any($1::uuid[]) and (account_id = any($2::uuid[]) or bill_to_account_id = any($2::uuid[])) limit 1`,
    [`{${work.organizations.join(',')}}`, `{${changed.map((fact) => fact.objectId).join(',')}}`],
  );
  if (!billed) return;
  throw new DomainError('IN_USE', 'The account has invoices, so its currency can no longer change.', {
    path: ['input', 'currency'],
  });
};

/** An account that still owes, is being written an invoice or has a charge waiting is not deleted: settle or cancel first. */
export const keepDebtors: Consequence = async (work, facts) => {
  const [open] = await work.rows(
    `select 1 from invoices where organization_id = any($1::uuid[]) and status in ('draft', 'open')
       and (account_id = any($2::uuid[]) or bill_to_account_id = any($2::uuid[]))
     union all
     select 1 from charges where organization_id = any($1::uuid[]) and account_id = any($2::uuid[])
       and invoice_line_id is null and canceled_at is null limit 1`,
    [`{${work.organizations.join(',')}}`, `{${facts.map((fact) => fact.objectId).join(',')}}`],
  );
  if (!open) return;
  throw new DomainError('IN_USE', 'The account has drafts, open invoices or waiting charges.', {
    path: ['input', 'id'],
  });
};
