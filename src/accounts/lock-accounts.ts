import { notFound } from '../platform/errors.ts';
import type { Work } from '../platform/work.ts';
import type { AccountRow, OrganizationRow } from './accounts.entities.ts';
import { type AccountRecord, accountColumns, toAccountRow } from './accounts.rows.ts';

/** An account whose row this transaction holds, with the instant it lives at and the settings that apply to it. */
export type LockedAccount = AccountRow & {
  /** The instant of its test clock, or the wall clock's of this work. */
  now: Date;
  organization: AccountSettings;
};

export type AccountSettings = Pick<
  OrganizationRow,
  | 'mode'
  | 'timezone'
  | 'netDays'
  | 'invoiceGraceDays'
  | 'invoiceGrouping'
  | 'dunningFinalAction'
  | 'defaultCurrency'
  | 'trialReminderDays'
>;

interface LockedRecord extends AccountRecord {
  mode: string;
  organization_timezone: string;
  organization_net_days: number;
  organization_grace_days: number;
  invoice_grouping: string;
  dunning_final_action: string;
  default_currency: string;
  trial_reminder_days: number;
}

/** $1 organizations, $2 ids: these, those that they are billed to, and those whose invoices they are on. */
const withBillTo = `array(
  select unnest($2::uuid[])
  union select b.bill_to_account_id from accounts b
    where b.organization_id = any($1::uuid[]) and b.id = any($2::uuid[]) and b.bill_to_account_id is not null
  union select b.invoice_account_id from accounts b
    where b.organization_id = any($1::uuid[]) and b.id = any($2::uuid[]) and b.invoice_account_id is not null)`;

/**
 * Locks the rows of these accounts in the order of their ids, whatever organization of the work they are of, and
 * answers them by id. Missing ones are left out; deleted ones are there, with `deletedAt`. `skipLocked` leaves out
 * those that another transaction holds; `withBillTo` takes in the accounts that theirs are billed to. The first rows any
 * verb about an account locks.
 */
export async function lockAccounts(
  work: Work,
  ids: readonly string[],
  options: { skipLocked?: boolean; withBillTo?: boolean } = {},
): Promise<Map<string, LockedAccount>> {
  if (ids.length === 0) return new Map();
  const these = options.withBillTo ? withBillTo : '$2::uuid[]';
  const values = [`{${work.organizations.join(',')}}`, `{${ids.join(',')}}`];
  const locking = work.rows<LockedRecord>(
    `select ${accountColumns('a')}, o.mode, o.timezone as organization_timezone,
       o.net_days as organization_net_days, o.invoice_grace_days as organization_grace_days, o.invoice_grouping,
       o.dunning_final_action, o.default_currency, o.trial_reminder_days
     from accounts a
     join organizations o on o.id = a.organization_id
     where a.organization_id = any($1::uuid[]) and a.id = any(${these})
     order by a.id for update of a${options.skipLocked ? ' skip locked' : ''}`,
    values,
  );
  // Both leave together, the clocks behind the accounts. Where accounts may be left out, theirs must not be waited for.
  const together = options.skipLocked ? null : holdClocks(work, values, clocksOf(these));
  const [records, ahead] = await Promise.all([locking, together]);
  const times = ahead ?? (await holdClocks(work, [values[0]!, clocksIn(records)]));
  return new Map(
    records.map((record) => [record.id, toLocked(record, times.get(record.test_clock_id!) ?? work.recordedAt)]),
  );
}

/** $1 organizations, $2 ids: the clocks of these accounts. */
const clocksOf = (accounts: string) => `array(
  select a.test_clock_id from accounts a
  where a.organization_id = any($1::uuid[]) and a.id = any(${accounts}) and a.test_clock_id is not null)`;

const clocksIn = (records: readonly LockedRecord[]) =>
  `{${[...new Set(records.flatMap(({ test_clock_id: clock }) => clock ?? []))].join(',')}}`;

/** The times of test clocks, which stand still until this transaction ends: what it makes is due from then on. */
async function holdClocks(
  work: Work,
  values: readonly string[],
  which = '$2::uuid[]',
): Promise<ReadonlyMap<string, Date>> {
  if (values.at(-1) === '{}') return new Map();
  const rows = await work.rows<{ id: string; now_at: Date }>(
    `select c.id, c.now_at from test_clocks c
     where c.organization_id = any($1::uuid[]) and c.id = any(${which}) order by c.id for share`,
    [...values],
  );
  return new Map(rows.map((row) => [row.id, row.now_at]));
}

/** Locks one account. NOT_FOUND at `path` if it is missing, foreign or deleted. */
export async function lockAccount(work: Work, id: string, path: string[]): Promise<LockedAccount> {
  const account = (await lockAccounts(work, [id])).get(id);
  if (!account || account.deletedAt) throw notFound(path);
  return account;
}

function toLocked(record: LockedRecord, now: Date): LockedAccount {
  return {
    ...toAccountRow(record),
    now,
    organization: {
      mode: record.mode,
      timezone: record.organization_timezone,
      netDays: record.organization_net_days,
      invoiceGraceDays: record.organization_grace_days,
      invoiceGrouping: record.invoice_grouping,
      dunningFinalAction: record.dunning_final_action,
      defaultCurrency: record.default_currency,
      trialReminderDays: record.trial_reminder_days,
    },
  };
}
