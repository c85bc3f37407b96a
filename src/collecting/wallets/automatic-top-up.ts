import { lockAccount, lockAccounts } from '../../accounts/index.ts';
import { notFound } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { automaticTopUp } from '../../rules/wallet.ts';
import type { CreditFactData } from '../credits/index.ts';
import { buyCredit, type Purchase, refuseBilledElsewhere } from './top-up-credit.ts';
import { AutomaticTopUpEntity, type AutomaticTopUpRow } from './wallets.entities.ts';
import { type AutomaticTopUpInput, automaticTopUpInput, removeAutomaticTopUpInput } from './wallets.inputs.ts';

/**
 * Says when an account's credit in a currency is bought anew by itself: whenever it falls to the threshold or below. One
 * rule for account and currency; a new one takes the place of the old one. Nothing is bought now. NOT_FOUND, INVALID_STATE,
 * INVALID_INPUT.
 */
export async function setAutomaticTopUp(work: Work, given: AutomaticTopUpInput): Promise<AutomaticTopUpRow> {
  const input = readInput(automaticTopUpInput, given);
  const path = ['input', 'accountId'];
  const account = await lockAccount(work, input.accountId, path);
  refuseBilledElsewhere(account, path);
  const { organizationId, id: accountId, now: at } = account;
  const { threshold, amount, target, monthlyCap, expiresAfterDays = null } = input;
  const key = { organizationId, accountId, currency: threshold.currency };
  const known = await work.findOne(AutomaticTopUpEntity, key);
  const row: AutomaticTopUpRow = {
    ...key,
    threshold: threshold.amountMinor,
    amount: amount?.amountMinor ?? null,
    target: target?.amountMinor ?? null,
    monthlyCap: monthlyCap?.amountMinor ?? null,
    ...{ expiresAfterDays: expiresAfterDays ?? null, createdAt: known?.createdAt ?? at, updatedAt: at },
  };
  if (known) work.update(AutomaticTopUpEntity, row);
  else work.insert(AutomaticTopUpEntity, [row]);
  work.announce(ruleFact('automatic_top_up.set', key, at, { threshold: row.threshold.toString() }));
  return row;
}

/** Nothing is bought by itself any more. NOT_FOUND where there is no such rule. */
export async function removeAutomaticTopUp(
  work: Work,
  given: { accountId: string; currency: string },
): Promise<{ accountId: string }> {
  const input = readInput(removeAutomaticTopUpInput, given);
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  const key = { organizationId: account.organizationId, accountId: account.id, currency: input.currency };
  const gone = await work.rows(
    'delete from automatic_top_ups where organization_id = $1 and account_id = $2 and currency = $3 returning 1',
    [key.organizationId, key.accountId, key.currency],
  );
  if (gone.length === 0) throw notFound(['input', 'currency']);
  work.announce(ruleFact('automatic_top_up.removed', key, account.now, {}));
  return { accountId: account.id };
}

type Key = Pick<AutomaticTopUpRow, 'organizationId' | 'accountId' | 'currency'>;

function ruleFact(type: string, { organizationId, accountId, currency }: Key, at: Date, more: object): Fact {
  const data = { accountId, currency, ...more };
  return { type, organizationId, objectType: 'account', objectId: accountId, accountId, at, data };
}

interface RuleRecord {
  organization_id: string;
  account_id: string;
  currency: string;
  threshold: bigint;
  amount: bigint | null;
  target: bigint | null;
  monthly_cap: bigint | null;
  expires_after_days: number | null;
}

/**
 * Consequence of whatever makes spendable credit less: accounts whose credit stands at their threshold or below buy it
 * anew, in the same transaction, and what is bought and not paid yet counts as there. Where nobody asks for it, that is one
 * look at a small table.
 */
export async function topUpWhatFell(work: Work, facts: readonly Fact[]): Promise<void> {
  // Who is given the money back for credit does not want to buy it anew.
  const falls = facts.filter((fact) => (fact.data as CreditFactData).sourceType !== 'refund');
  if (falls.length === 0) return;
  const fallen = new Map(falls.map((fact) => [keyOf(fact.data as CreditFactData), fact]));
  const told = [...fallen.values()].map((fact) => ({ ...(fact.data as CreditFactData), of: fact.organizationId }));
  const rules = await work.rowsOf<RuleRecord>(
    [AutomaticTopUpEntity],
    `select r.organization_id, r.account_id, r.currency, r.threshold, r.amount, r.target, r.monthly_cap, r.expires_after_days
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
     join automatic_top_ups r on r.organization_id = k.organization_id and r.account_id = k.account_id and r.currency = k.currency`,
    [
      `{${told.map(({ of }) => of).join(',')}}`,
      `{${told.map(({ accountId }) => accountId).join(',')}}`,
      `{${told.map(({ currency }) => currency).join(',')}}`,
    ],
  );
  const low = rules.filter((rule) => {
    const data = fallen.get(keyOf({ accountId: rule.account_id, currency: rule.currency }))!.data as CreditFactData;
    return BigInt(data.available) <= rule.threshold;
  });
  if (low.length > 0) await buy(work, low, fallen);
}

const keyOf = ({ accountId, currency }: { accountId: string; currency: string }) => `${accountId} ${currency}`;

async function buy(work: Work, rules: readonly RuleRecord[], fallen: ReadonlyMap<string, Fact>): Promise<void> {
  const accounts = await lockAccounts(
    work,
    rules.map((rule) => rule.account_id),
  );
  const bought = await readBought(work, rules);
  const purchases = rules.flatMap((rule): Purchase[] => {
    const account = accounts.get(rule.account_id);
    if (!account || account.deletedAt) return [];
    const key = keyOf({ accountId: account.id, currency: rule.currency });
    const { available } = fallen.get(key)!.data as CreditFactData;
    const { pending, automatic, in_month: inMonth } = bought.get(key)!;
    if (automatic) return [];
    const terms = rule.amount === null ? { targetMinor: rule.target! } : { amountMinor: rule.amount };
    const wanted = automaticTopUp(BigInt(available), pending, { thresholdMinor: rule.threshold, ...terms });
    const left = rule.monthly_cap === null ? wanted : rule.monthly_cap - inMonth;
    const amount = wanted < left ? wanted : left;
    if (wanted > amount) tellCapped(work, rule, wanted, amount, account.now);
    if (amount <= 0n) return [];
    const { currency, expires_after_days: expiresAfterDays } = rule;
    const how = { price: amount, automatic: true, collection: 'automatic' as const };
    return [{ account, currency, amount, ...how, terms: { expiresAfterDays } }];
  });
  if (purchases.length > 0) await buyCredit(work, purchases);
}

/** What is bought and not paid for, whether by itself, and what was bought by itself in the account's present month. */
async function readBought(work: Work, rules: readonly RuleRecord[]) {
  const rows = await work.rows<{
    account_id: string;
    currency: string;
    pending: bigint;
    automatic: boolean;
    in_month: bigint;
  }>(
    `select k.account_id, k.currency,
       coalesce(sum(t.amount) filter (where t.status = 'pending'), 0)::bigint as pending,
       coalesce(bool_or(t.automatic and t.status = 'pending'), false) as automatic,
       coalesce(sum(t.amount) filter (where t.automatic and t.status <> 'canceled'
         and date_trunc('month', t.created_at at time zone a.timezone) = date_trunc('month', coalesce(c.now_at, $4) at time zone a.timezone)), 0)::bigint as in_month
     from unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
     join accounts a on a.organization_id = k.organization_id and a.id = k.account_id
     left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
     left join credit_top_ups t on t.organization_id = k.organization_id and t.account_id = k.account_id and t.currency = k.currency
     group by 1, 2`,
    [
      `{${rules.map((rule) => rule.organization_id).join(',')}}`,
      `{${rules.map((rule) => rule.account_id).join(',')}}`,
      `{${rules.map((rule) => rule.currency).join(',')}}`,
      work.recordedAt,
    ],
  );
  return new Map(rows.map((row) => [keyOf({ accountId: row.account_id, currency: row.currency }), row]));
}

/** The cap stands in the way of what would have been bought: somebody may want to raise it. */
function tellCapped(work: Work, rule: RuleRecord, wanted: bigint, amount: bigint, at: Date): void {
  const { organization_id: organizationId, account_id: accountId, currency } = rule;
  const bought = amount > 0n ? amount : 0n;
  const sums = { wanted: wanted.toString(), bought: bought.toString(), monthlyCap: String(rule.monthly_cap) };
  work.announce(ruleFact('automatic_top_up.capped', { organizationId, accountId, currency }, at, sums));
}
