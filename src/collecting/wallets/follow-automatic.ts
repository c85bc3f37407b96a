import { lockAccounts } from '../../accounts/index.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { holdInvoice, voidInvoice } from '../invoicing/index.ts';
import { buyWhereLow } from './automatic-top-up.ts';
import { type RuleKey, ruleFact } from './top-up-facts.ts';
import { startAgain } from './top-up-rules.ts';
import {
  AutomaticTopUpEntity,
  type AutomaticTopUpRow,
  CreditTopUpEntity,
  type CreditTopUpRow,
} from './wallets.entities.ts';

/** Declines in a row after which nothing is bought by itself until somebody says so. */
const mostFailures = 3;

/** What is read of a fact about a payment or a collection; their modules lie above. */
interface Failed extends Record<string, unknown> {
  accountId: string;
  invoiceIds?: readonly string[];
  declineClass?: string;
}

/**
 * Consequence of `payment.failed`: of automatic purchases, the third decline in a row, or one that only another method can
 * help, pauses their rule. Their invoices are voided then, and at once where the rule is gone: nobody is dunned for credit that was
 * not asked for.
 */
export async function countFailures(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    const { invoiceIds = [], declineClass = 'soft' } = fact.data as Failed;
    for (const topUp of await unpaidPurchases(work, invoiceIds)) {
      const rule = await work.findOne(AutomaticTopUpEntity, keyOf(topUp));
      if (!rule) {
        await voidUnpaid(work, topUp);
        continue;
      }
      const failures = rule.failures + 1;
      if (failures >= mostFailures || declineClass !== 'soft') await pause(work, rule, topUp, failures, fact.at);
      else work.update(AutomaticTopUpEntity, { ...keyOf(rule), failures, updatedAt: fact.at });
    }
  }
}

/** Consequence of `dunning.exhausted`: nothing came, though nothing was declined as often as that. */
export async function pauseGivenUp(work: Work, facts: readonly Fact[]): Promise<void> {
  for (const fact of facts) {
    for (const topUp of await unpaidPurchases(work, [fact.objectId])) {
      const rule = await work.findOne(AutomaticTopUpEntity, keyOf(topUp));
      if (!rule) await voidUnpaid(work, topUp);
      else if (!rule.pausedAt) await pause(work, rule, topUp, rule.failures, fact.at);
    }
  }
}

/** Consequence of `invoice.uncollectible`: the purchase no longer stands in the way of the next; late money still buys. */
export async function passOver(work: Work, facts: readonly Fact[]): Promise<void> {
  const ids = facts.map((fact) => fact.objectId);
  for (const { organizationId, id } of await unpaidPurchases(work, ids)) {
    work.update(CreditTopUpEntity, { organizationId, id, givenUpAt: facts[0]!.at });
  }
}

/** A purchase was paid: declines of its rule are counted anew. */
export async function forgetFailures(work: Work, topUps: readonly CreditTopUpRow[]): Promise<void> {
  for (const topUp of topUps) {
    if (!topUp.automatic) continue;
    const rule = await work.findOne(AutomaticTopUpEntity, keyOf(topUp));
    if (rule && rule.failures > 0) work.update(AutomaticTopUpEntity, { ...keyOf(rule), failures: 0 });
  }
}

/** Consequence of `payment_method.default_changed`: what declines had paused goes on with the new method. */
export async function startWithNewMethod(work: Work, facts: readonly Fact[]): Promise<void> {
  const accountIds = facts.map((fact) => (fact.data as Failed).accountId);
  const paused = await work.find(AutomaticTopUpEntity, { accountId: { $in: accountIds }, pausedAt: { $ne: null } });
  for (const rule of paused) startAgain(work, [keyOf(rule)], facts[0]!.at);
}

/** A rule that the cap had stopped looks again, once its month is over. Twice changes nothing. */
export async function resumeInNewMonth(work: Work, key: RuleKey): Promise<void> {
  const account = (await lockAccounts(work, [key.accountId])).get(key.accountId);
  if (!account) return;
  const rule = await work.findOne(AutomaticTopUpEntity, key);
  if (!rule?.resumesAt || rule.resumesAt > account.now) return;
  work.update(AutomaticTopUpEntity, { ...key, resumesAt: null, updatedAt: account.now });
  if (!rule.pausedAt) await buyWhereLow(work, [key]);
}

function keyOf({ organizationId, accountId, currency }: RuleKey): RuleKey {
  return { organizationId, accountId, currency };
}

/** Automatic purchases that these invoices ask for, not paid; none in nearly all transactions. */
async function unpaidPurchases(work: Work, invoiceIds: readonly string[]): Promise<CreditTopUpRow[]> {
  if (invoiceIds.length === 0) return [];
  const topUps = await work.find(CreditTopUpEntity, { invoiceId: { $in: [...invoiceIds] } });
  return topUps.filter(({ automatic, status }) => automatic && status === 'pending');
}

async function pause(
  work: Work,
  rule: AutomaticTopUpRow,
  topUp: CreditTopUpRow,
  failures: number,
  at: Date,
): Promise<void> {
  const key = keyOf(rule);
  work.update(AutomaticTopUpEntity, { ...key, failures, pausedAt: at, updatedAt: at });
  work.announce(ruleFact('automatic_top_up.paused', key, at, { failures, topUpId: topUp.id }));
  await voidUnpaid(work, topUp);
}

async function voidUnpaid(work: Work, topUp: CreditTopUpRow): Promise<void> {
  const { invoice } = await holdInvoice(work, topUp.invoiceId);
  if (invoice.status === 'open' && invoice.amountPaid === 0n) await voidInvoice(work, { id: invoice.id });
}
