import type { Consequence, Work } from '../../../platform/work.ts';

const decisive = ['taxIds', 'billingAddress', 'taxExempt', 'taxExemption'];

/** Consequence: an answer about a tax id came, or the account says something else of itself: what waited looks again. */
export const reconsiderBuyers: Consequence = async (work, facts) => {
  const accounts = facts.filter(
    ({ type, change }) =>
      type !== 'account.updated' || decisive.some((key) => Object.hasOwn((change ?? {}) as object, key)),
  );
  if (accounts.length === 0) return;
  await reconsider(
    work,
    'bill_to_account_id = any($3::uuid[])',
    accounts.map((fact) => fact.objectId),
  );
};

/** Consequence: an issuer decides its taxes in another way from now on. */
export const reconsiderIssuers: Consequence = (work, facts) =>
  reconsider(
    work,
    `invoice_id in (select i.id from invoices i where i.organization_id = invoice_taxations.organization_id
       and i.status = 'draft' and i.legal_entity_id = any($3::uuid[]))`,
    facts.map((fact) => (fact.data.legalEntityId as string | undefined) ?? fact.objectId),
  );

/** Consequence: there is a new rate: what waits for one looks again. */
export const reconsiderRates: Consequence = (work) => reconsider(work, `reason = 'no_rate'`);

async function reconsider(work: Work, which: string, ids?: readonly string[]): Promise<void> {
  await work.rows(
    `update invoice_taxations set retry_at = $2, attempts = 0
     where organization_id = any($1::uuid[]) and status = 'pending' and ${which}`,
    [`{${work.organizations.join(',')}}`, work.recordedAt, ...(ids ? [`{${[...new Set(ids)].join(',')}}`] : [])],
  );
}
