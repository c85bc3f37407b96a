import { type LockedAccount, lockAccount } from '../../accounts/index.ts';
import { invalidState, notFound } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { buyWhereLow } from './automatic-top-up.ts';
import { refuseBilledElsewhere } from './top-up-credit.ts';
import { type RuleKey, ruleFact } from './top-up-facts.ts';
import { AutomaticTopUpEntity, type AutomaticTopUpRow } from './wallets.entities.ts';
import { type AutomaticTopUpInput, automaticTopUpInput, removeAutomaticTopUpInput } from './wallets.inputs.ts';

/**
 * Says when an account's credit in a currency is bought anew by itself: whenever it falls to the threshold or below. One
 * rule for account and currency; a new one takes the place of the old one. It looks at once: credit that lies there already
 * is bought now, unless a purchase of the old one is still unpaid. NOT_FOUND, INVALID_STATE, INVALID_INPUT.
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
    ...{ testClockId: account.testClockId ?? null, failures: 0, pausedAt: null, resumesAt: null },
  };
  if (known) work.update(AutomaticTopUpEntity, row);
  else work.insert(AutomaticTopUpEntity, [row]);
  work.announce(ruleFact('automatic_top_up.set', key, at, { threshold: row.threshold.toString() }));
  await buyWhereLow(work, [key]);
  return row;
}

/** Nothing is bought by itself any more. NOT_FOUND where there is no such rule. */
export async function removeAutomaticTopUp(
  work: Work,
  given: { accountId: string; currency: string },
): Promise<{ accountId: string }> {
  const { account, key } = await lockKey(work, given);
  const gone = await work.rows(
    'delete from automatic_top_ups where organization_id = $1 and account_id = $2 and currency = $3 returning 1',
    [key.organizationId, key.accountId, key.currency],
  );
  if (gone.length === 0) throw notFound(['input', 'currency']);
  work.announce(ruleFact('automatic_top_up.removed', key, account.now, {}));
  return { accountId: account.id };
}

/**
 * Starts a rule again that declines had paused; it looks at once. NOT_FOUND where there is no such rule, INVALID_STATE
 * unless it is paused.
 */
export async function resumeAutomaticTopUp(
  work: Work,
  given: { accountId: string; currency: string },
): Promise<{ accountId: string }> {
  const { account, key } = await lockKey(work, given);
  const rule = await work.findOne(AutomaticTopUpEntity, key);
  if (!rule) throw notFound(['input', 'currency']);
  if (!rule.pausedAt) throw invalidState('It is not paused.', ['input', 'currency']);
  startAgain(work, [key], account.now);
  return { accountId: account.id };
}

/** Rules of a locked account go on: their declines are forgotten. They look when all who hear the same have been at it. */
export function startAgain(work: Work, keys: readonly RuleKey[], at: Date): void {
  for (const key of keys) {
    work.update(AutomaticTopUpEntity, { ...key, failures: 0, pausedAt: null, updatedAt: at });
    work.announce(ruleFact('automatic_top_up.resumed', key, at, {}));
  }
}

/** Consequence of `automatic_top_up.resumed`: credit that is low by now is bought. */
export function buyAgain(work: Work, facts: readonly Fact[]): Promise<void> {
  const keys = facts.map(({ organizationId, data }): RuleKey => {
    const { accountId, currency } = data as { accountId: string; currency: string };
    return { organizationId, accountId, currency };
  });
  return buyWhereLow(work, keys);
}

async function lockKey(
  work: Work,
  given: { accountId: string; currency: string },
): Promise<{ account: LockedAccount; key: RuleKey }> {
  const input = readInput(removeAutomaticTopUpInput, given);
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  const key = { organizationId: account.organizationId, accountId: account.id, currency: input.currency };
  return { account, key };
}
