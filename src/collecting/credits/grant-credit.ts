import { lockAccount } from '../../accounts/index.ts';
import { invalidInput, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { postCreditGranted } from '../../rules/posting.ts';
import { post } from '../ledger/index.ts';
import { type GrantCreditInput, grantCreditInput } from './credits.inputs.ts';
import { loadBalances } from './load-balances.ts';

/**
 * Gives an account credit for nothing: promotions against credits in the ledger (effect `grant` of the grant). It may be
 * spent from now on, up to, not including, `expiresAt`. NOT_FOUND, INVALID_INPUT for an end that is not to come,
 * AMOUNT_TOO_LARGE. Answers the grant's id.
 */
export async function grantCredit(work: Work, given: GrantCreditInput): Promise<{ id: string }> {
  const input = readInput(grantCreditInput, given);
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  const { organizationId, now: at } = account;
  const { amountMinor: amount, currency } = input.amount;
  if (input.expiresAt && input.expiresAt <= at) {
    throw invalidInput(['input', 'expiresAt'], 'Credit must expire after it is given.');
  }
  await findPlans(work, input.planIds ?? []);
  const key = { organizationId, accountId: account.id, currency };
  const id = newId();
  const balances = await loadBalances(work, [key]);
  const { priority, lineKinds = null, planIds = null, expiresAt = null, reason = null, metadata } = input;
  balances.move({
    ...{ ...key, amount, sourceType: 'grant', sourceId: id, at },
    terms: {
      ...{
        id,
        lineKinds,
        planIds,
        expiresAt,
        reason,
        testClockId: account.testClockId ?? null,
        metadata: metadata ?? {},
      },
      ...(priority == null ? {} : { priority }),
    },
  });
  balances.save(work);
  const entries = postCreditGranted(currency, amount, 0n);
  post(work, [{ organizationId, sourceType: 'credit_grant', sourceId: id, effect: 'grant', at, entries }]);
  return { id };
}

/** NOT_FOUND for a plan that there is not. The catalog lies above; its rows are only looked for. */
async function findPlans(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await work.rows<{ id: string }>(
    'select id from plans where organization_id = $1 and id = any($2::uuid[])',
    [work.organizationId, `{${ids.join(',')}}`],
  );
  const known = new Set(found.map((plan) => plan.id));
  const missing = ids.findIndex((id) => !known.has(id));
  if (missing >= 0) throw notFound(['input', 'planIds', String(missing)]);
}
