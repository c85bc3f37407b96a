import { defineEntity } from '@mikro-orm/core';
import { columns, type RowOf, tenantFilter, tenantKey } from '../../platform/columns.ts';
import type { Work } from '../../platform/work.ts';

/** What a register, or the merchant, said about a tax id of an account; rows never change. */
export const TaxIdCheckEntity = defineEntity({
  name: 'TaxIdCheck',
  tableName: 'tax_id_checks',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    accountId: columns.uuid(),
    value: columns.text(),
    /** `vies`, or `merchant` for a decision by hand. */
    source: columns.text(),
    outcome: columns.text(),
    name: columns.text().nullable(),
    address: columns.text().nullable(),
    consultationNumber: columns.text().nullable(),
    /** The issuer's own number under which the register was asked. */
    requester: columns.text().nullable(),
    reason: columns.text().nullable(),
    actor: columns.text(),
    /** On the account's clock. */
    checkedAt: columns.instant(),
    recordedAt: columns.instant(),
  },
});

/** Where a tax id stands: the last answer that said something, and when it is asked for next. */
export const TaxIdStandingEntity = defineEntity({
  name: 'TaxIdStanding',
  tableName: 'tax_id_standings',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    accountId: columns.uuid().primary(),
    value: columns.text().primary(),
    status: columns.text(),
    /** When the answer came, on the account's clock. */
    decidedAt: columns.instant().nullable(),
    checkId: columns.uuid().nullable(),
    /** When it is to be asked again, on the account's clock; null while an answer is awaited. */
    checkAt: columns.instant().nullable(),
    /** When the register is tried again, on the wall clock; null where nothing is awaited. */
    retryAt: columns.instant().nullable(),
    attempts: columns.count(),
    problem: columns.text().nullable(),
    testClockId: columns.uuid().nullable(),
    createdAt: columns.instant(),
    updatedAt: columns.instant(),
  },
});

export type TaxIdStandingRow = RowOf<typeof TaxIdStandingEntity>;

/** A standing as taxes need it. */
export interface TaxIdStanding {
  value: string;
  status: string;
  decidedAt: Date | null;
}

const day = 86_400_000;

/**
 * What an issuer may go by at an instant: a confirmation counts for as many days as the issuer says, a denial until the next
 * answer. `unknown` where nothing is known any more, or not yet.
 */
export function standsAs(
  standings: readonly TaxIdStanding[],
  value: string,
  { taxIdMaxAgeDays }: { taxIdMaxAgeDays: number },
  at: Date,
): 'valid' | 'invalid' | 'unknown' {
  const standing = standings.find((one) => one.value === value);
  if (!standing?.decidedAt || standing.status === 'unknown') return 'unknown';
  if (standing.status === 'invalid') return 'invalid';
  return at.getTime() - standing.decidedAt.getTime() <= taxIdMaxAgeDays * day ? 'valid' : 'unknown';
}

/** Where the tax ids of these accounts stand, by account. One statement; none for no account. */
export async function loadStandings(
  work: Work,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly TaxIdStanding[]>> {
  const found = new Map<string, TaxIdStanding[]>();
  if (accountIds.length === 0) return found;
  const rows = await work.rows<{ account_id: string; value: string; status: string; decided_at: Date | null }>(
    `select account_id, value, status, decided_at from tax_id_standings
     where organization_id = any($1::uuid[]) and account_id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${[...new Set(accountIds)].join(',')}}`],
  );
  for (const { account_id: account, value, status, decided_at: decidedAt } of rows) {
    found.set(account, [...(found.get(account) ?? []), { value, status, decidedAt }]);
  }
  return found;
}
