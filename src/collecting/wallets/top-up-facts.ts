import type { Fact } from '../../platform/outbox.ts';
import type { AutomaticTopUpRow } from './wallets.entities.ts';

/** Whose rule, for which currency. */
export type RuleKey = Pick<AutomaticTopUpRow, 'organizationId' | 'accountId' | 'currency'>;

/** A fact about when an account's credit is bought by itself. */
export function ruleFact(type: string, { organizationId, accountId, currency }: RuleKey, at: Date, more: object): Fact {
  const data = { accountId, currency, ...more };
  return { type, organizationId, objectType: 'account', objectId: accountId, accountId, at, data };
}
