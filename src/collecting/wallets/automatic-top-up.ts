import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { civilOf, dayNumber, formatDay, localDay, startOfDay } from '../../rules/calendar.ts';
import { automaticTopUp } from '../../rules/wallet.ts';
import { type CreditFactData, loadBalances } from '../credits/index.ts';
import { buyCredit, type Purchase } from './top-up-credit.ts';
import { type RuleKey, ruleFact } from './top-up-facts.ts';
import { AutomaticTopUpEntity } from './wallets.entities.ts';

interface RuleRecord {
  organization_id: string;
  account_id: string;
  currency: string;
  threshold: bigint;
  amount: bigint | null;
  target: bigint | null;
  monthly_cap: bigint | null;
  expires_after_days: number | null;
  resumes_at: Date | null;
}

/** A rule whose credit stands at the threshold or below. */
interface LowRule extends RuleRecord {
  /** What may be spent, minor units. */
  available: bigint;
}

/**
 * Consequence of credit that is spent, held or over: accounts whose credit stands at their threshold or below buy it
 * anew, in the same transaction, and what is bought and not paid yet counts as there. Where nobody asks for it, that is one
 * look at a small table.
 */
export async function topUpWhatFell(work: Work, facts: readonly Fact[]): Promise<void> {
  const fallen = new Map(facts.map((fact) => [textOf(fact.data as CreditFactData), fact]));
  const keys = [...fallen.values()].map(({ organizationId, data }): RuleKey => {
    const { accountId, currency } = data as CreditFactData;
    return { organizationId, accountId, currency };
  });
  const availableOf = (rule: RuleRecord) => BigInt((fallen.get(textOfRule(rule))!.data as CreditFactData).available);
  await buyBelow(work, await goingRules(work, keys), availableOf);
}

/** Buys credit for those of these rules that ask for it now: whatever made them stop is over. Their accounts are locked. */
export async function buyWhereLow(work: Work, keys: readonly RuleKey[]): Promise<void> {
  const rules = await goingRules(work, keys);
  if (rules.length === 0) return;
  const balances = await loadBalances(work, keys);
  await buyBelow(work, rules, (rule) =>
    balances.available({
      organizationId: rule.organization_id,
      accountId: rule.account_id,
      currency: rule.currency,
    }),
  );
}

function goingRules(work: Work, keys: readonly RuleKey[]): Promise<RuleRecord[]> {
  return work.rowsOf<RuleRecord>(
    [AutomaticTopUpEntity],
    `select r.organization_id, r.account_id, r.currency, r.threshold, r.amount, r.target, r.monthly_cap, r.expires_after_days, r.resumes_at
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
     join automatic_top_ups r on r.organization_id = k.organization_id and r.account_id = k.account_id and r.currency = k.currency
     where r.paused_at is null`,
    columnsOf(keys),
  );
}

const columnsOf = (keys: readonly RuleKey[]) => [
  `{${keys.map(({ organizationId }) => organizationId).join(',')}}`,
  `{${keys.map(({ accountId }) => accountId).join(',')}}`,
  `{${keys.map(({ currency }) => currency).join(',')}}`,
];

const textOf = ({ accountId, currency }: { accountId: string; currency: string }) => `${accountId} ${currency}`;
const textOfRule = (rule: RuleRecord) => textOf({ accountId: rule.account_id, currency: rule.currency });
const keyOf = (rule: RuleRecord): RuleKey => ({
  organizationId: rule.organization_id,
  accountId: rule.account_id,
  currency: rule.currency,
});

async function buyBelow(
  work: Work,
  rules: readonly RuleRecord[],
  availableOf: (rule: RuleRecord) => bigint,
): Promise<void> {
  const low = rules.flatMap((rule): LowRule[] => {
    const available = availableOf(rule);
    return available <= rule.threshold ? [{ ...rule, available }] : [];
  });
  if (low.length === 0) return;
  const accountIds = low.map((rule) => rule.account_id);
  const accounts = await lockAccounts(work, accountIds);
  const bought = await readBought(work, low);
  const purchases = low.flatMap((rule): Purchase[] => {
    const account = accounts.get(rule.account_id);
    // Whose invoices another account pays meanwhile could never spend it.
    if (!account || account.deletedAt || account.billToAccountId) return [];
    return purchaseOf(work, rule, account, bought.get(textOfRule(rule))!);
  });
  if (purchases.length > 0) await buyCredit(work, purchases);
}

function purchaseOf(work: Work, rule: LowRule, account: LockedAccount, bought: Bought): Purchase[] {
  // What the cap has stopped stands still until its month is over.
  if (bought.automatic || (rule.resumes_at && rule.resumes_at > account.now)) return [];
  const terms = rule.amount === null ? { targetMinor: rule.target! } : { amountMinor: rule.amount };
  const wanted = automaticTopUp(rule.available, bought.pending, { thresholdMinor: rule.threshold, ...terms });
  const left = rule.monthly_cap === null ? wanted : rule.monthly_cap - bought.in_month;
  const amount = wanted < left ? wanted : left;
  if (wanted > amount) stopUntilNextMonth(work, rule, account, { wanted, amount });
  if (amount <= 0n) return [];
  const { currency, expires_after_days: expiresAfterDays } = rule;
  const how = { price: amount, automatic: true, collection: 'automatic' as const };
  return [{ account, currency, amount, ...how, terms: { expiresAfterDays } }];
}

interface Bought {
  account_id: string;
  currency: string;
  pending: bigint;
  automatic: boolean;
  in_month: bigint;
}

/** What is bought and not paid for, whether by itself, and what was bought by itself in the account's present month. */
async function readBought(work: Work, rules: readonly RuleRecord[]): Promise<Map<string, Bought>> {
  const rows = await work.rows<Bought>(
    `select k.account_id, k.currency,
       coalesce(sum(t.amount) filter (where t.status = 'pending' and t.given_up_at is null), 0)::bigint as pending,
       coalesce(bool_or(t.automatic and t.status = 'pending' and t.given_up_at is null), false) as automatic,
       coalesce(sum(t.amount) filter (where t.automatic and t.status <> 'canceled' and t.given_up_at is null
         and date_trunc('month', t.created_at at time zone a.timezone) = date_trunc('month', coalesce(c.now_at, $4) at time zone a.timezone)), 0)::bigint as in_month
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
     join accounts a on a.organization_id = k.organization_id and a.id = k.account_id
     left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
     left join credit_top_ups t on t.organization_id = k.organization_id and t.account_id = k.account_id and t.currency = k.currency
     group by 1, 2`,
    [...columnsOf(rules.map(keyOf)), work.recordedAt],
  );
  return new Map(rows.map((row) => [textOf({ accountId: row.account_id, currency: row.currency }), row]));
}

/** The cap stands in the way of what would have been bought: somebody may want to raise it. Else the next month begins anew. */
function stopUntilNextMonth(
  work: Work,
  rule: LowRule,
  account: LockedAccount,
  { wanted, amount }: { wanted: bigint; amount: bigint },
): void {
  const resumesAt = nextMonth(account.timezone, account.now);
  const key = keyOf(rule);
  work.update(AutomaticTopUpEntity, { ...key, resumesAt, updatedAt: account.now });
  const bought = amount > 0n ? amount : 0n;
  const sums = { wanted: wanted.toString(), bought: bought.toString(), monthlyCap: String(rule.monthly_cap) };
  work.announce(ruleFact('automatic_top_up.capped', key, account.now, { ...sums, resumesAt: resumesAt.toISOString() }));
}

/** The instant at which the calendar month after that of an instant begins in a zone. */
function nextMonth(timezone: string, at: Date): Date {
  const { year, month } = civilOf(localDay(timezone, at));
  return startOfDay(timezone, formatDay(month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)));
}
