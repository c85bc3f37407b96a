import type { TaxId } from '../../accounts/index.ts';
import type { Consequence, Work } from '../../platform/work.ts';
import { checkTaxId as checkForm } from '../../rules/tax-id.ts';

/** The VAT ids of the EU among tax ids, as registers are asked for them. */
export function registeredIds(taxIds: readonly { type: string; value: string }[]): string[] {
  const values = taxIds.flatMap(({ type, value }) => {
    const checked = checkForm(value);
    return type === 'EU_VAT' && checked.valid && checked.scheme === 'eu_vat' ? [checked.value] : [];
  });
  return [...new Set(values)];
}

/** Share of its age after which a confirmation is asked for anew: long enough before it counts no more. */
const renewedAfter = '0.9';

/** Tax ids to be watched: at `at`, on the account's clock, they are asked about. */
export interface Watched {
  accountId: string;
  taxIds: readonly { type: string; value: string }[];
  at: Date;
}

/** Sees to it that the register is asked about these tax ids. Ids that are watched already stay as they are. */
export async function watchTaxIds(
  work: Work,
  watched: readonly Watched[],
  options: { always?: boolean } = {},
): Promise<void> {
  const asked = watched.flatMap(({ accountId, taxIds, at }) =>
    registeredIds(taxIds).map((value) => ({ accountId, value, at })),
  );
  if (asked.length === 0) return;
  await work.rows(
    `insert into tax_id_standings (organization_id, account_id, value, status, check_at, test_clock_id, created_at, updated_at)
     select a.organization_id, a.id, w.value, 'unknown', w.at, a.test_clock_id, w.at, w.at
     from unnest($2::uuid[], $3::text[], $4::timestamptz[]) as w(account_id, value, at)
     join accounts a on a.organization_id = any($1::uuid[]) and a.id = w.account_id
     where $5 or exists (select from legal_entities l where l.organization_id = a.organization_id and l.tax_id_check = 'register')
     on conflict do nothing`,
    [
      `{${work.organizations.join(',')}}`,
      `{${asked.map((one) => one.accountId).join(',')}}`,
      `{${asked.map((one) => `"${one.value}"`).join(',')}}`,
      `{${asked.map((one) => `"${one.at.toISOString()}"`).join(',')}}`,
      options.always ?? false,
    ],
  );
}

/** Consequence: tax ids that an account was given are asked about, where an issuer of the organization wants that. */
export const watchAccounts: Consequence = async (work, facts) => {
  const changed = facts.flatMap((fact): Watched[] => {
    const taxIds = (fact.change as { taxIds?: { new: TaxId[] } } | undefined)?.taxIds?.new;
    return taxIds ? [{ accountId: fact.objectId, taxIds, at: fact.at }] : [];
  });
  await watchTaxIds(work, changed);
};

/**
 * An issuer wants tax ids confirmed from now on: those of all accounts are asked about, and none later than its confirmations
 * count. Two statements whatever the number of accounts.
 */
export async function watchOrganization(work: Work): Promise<void> {
  const { organizationId, recordedAt } = work;
  await work.rows(
    `insert into tax_id_standings (organization_id, account_id, value, status, check_at, test_clock_id, created_at, updated_at)
     select a.organization_id, a.id, t.one->>'value', 'unknown', coalesce(c.now_at, $2), a.test_clock_id, $2, $2
     from accounts a cross join lateral jsonb_array_elements(a.tax_ids) as t(one)
     left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
     where a.organization_id = $1 and a.deleted_at is null and t.one->>'type' = 'EU_VAT'
     on conflict do nothing`,
    [organizationId, recordedAt],
  );
  await work.rows(
    `update tax_id_standings set check_at = least(check_at, decided_at + ${renewedAfter} * $2 * interval '1 day')
     where organization_id = $1 and check_at is not null and decided_at is not null`,
    [organizationId, await shortestAge(work)],
  );
}

const longestAge = 90;

/** Days that a confirmation counts for the issuer that wants the freshest. */
async function shortestAge(work: Work): Promise<number> {
  const [row] = await work.rows<{ days: number | null }>(
    `select min(tax_id_max_age_days)::int as days from legal_entities where organization_id = $1 and tax_id_check = 'register'`,
    [work.organizationId],
  );
  return row?.days ?? longestAge;
}

/** When a register is asked again about what it answered at an instant of the account's clock. */
export async function nextCheck(work: Work, answeredAt: Date): Promise<Date> {
  return new Date(answeredAt.getTime() + Number(renewedAfter) * (await shortestAge(work)) * 86_400_000);
}
