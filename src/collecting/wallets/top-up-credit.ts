import { type LockedAccount, lockAccount } from '../../accounts/index.ts';
import { invalidState } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { chargeOf, issueInvoices, prepaidCredit, termsOfAccount } from '../invoicing/index.ts';
import { CreditTopUpEntity, type CreditTopUpRow } from './wallets.entities.ts';
import { type TopUpCreditInput, topUpCreditInput } from './wallets.inputs.ts';

/** What is bought, for whom; the account is locked. Amounts in minor units of one currency. */
export interface Purchase {
  account: LockedAccount;
  currency: string;
  amount: bigint;
  price: bigint;
  automatic: boolean;
  collection: 'automatic' | 'manual';
  terms?: Partial<Pick<CreditTopUpRow, 'priority' | 'lineKinds' | 'expiresAfterDays' | 'reason' | 'metadata'>>;
  netDays?: number | null;
}

/**
 * Buys credit: makes the invoice for it, which is collected at once unless said otherwise. The credit is given when that
 * invoice is paid, once, and not at all if it is voided. It costs what it is worth unless a price is given, is not taxed
 * (what it pays for will be) and is not paid with credit. NOT_FOUND, INVALID_STATE for an account whose invoices another one
 * pays, INVALID_INPUT.
 */
export async function topUpCredit(work: Work, given: TopUpCreditInput): Promise<{ id: string; invoiceId: string }> {
  const input = readInput(topUpCreditInput, given);
  const path = ['input', 'accountId'];
  const account = await lockAccount(work, input.accountId, path);
  refuseBilledElsewhere(account, path);
  const { amount, priority, lineKinds, expiresAfterDays, reason, metadata } = input;
  const [topUp] = await buyCredit(work, [
    {
      account,
      currency: amount.currency,
      amount: amount.amountMinor,
      price: (input.price ?? amount).amountMinor,
      automatic: false,
      collection: input.autoCollect === false ? 'manual' : 'automatic',
      netDays: input.netDays ?? null,
      terms: {
        lineKinds: lineKinds ?? null,
        expiresAfterDays: expiresAfterDays ?? null,
        reason: reason ?? null,
        metadata: metadata ?? {},
        ...(priority == null ? {} : { priority }),
      },
    },
  ]);
  return { id: topUp!.id, invoiceId: topUp!.invoiceId };
}

/** INVALID_STATE where credit could never be spent: invoices of the account go to another one. */
export function refuseBilledElsewhere(account: LockedAccount, path: string[]): void {
  if (!account.billToAccountId) return;
  throw invalidState('The invoices of this account are paid by another one; give that one the credit.', path);
}

/** Makes the invoices of purchases, with a fixed number of statements, and notes what they buy. */
export async function buyCredit(work: Work, purchases: readonly Purchase[]): Promise<CreditTopUpRow[]> {
  const invoices = await issueInvoices(
    work,
    purchases.map(({ account, currency, price, collection, netDays }) => ({
      account,
      billTo: account,
      currency,
      at: account.now,
      collection,
      netDays: netDays ?? account.netDays ?? account.organization.netDays,
      reason: 'top_up',
      ...termsOfAccount(account),
      charges: [
        chargeOf(
          account.id,
          currency,
          { description: prepaidCredit, quantity: '1', unitAmount: { amountMinor: price, currency } },
          ['input'],
        ),
      ],
      finalize: true,
    })),
  );
  const rows = purchases.map((purchase, index): CreditTopUpRow => {
    const { account, currency, amount, price, automatic, terms = {} } = purchase;
    const { organizationId, id: accountId, now: at } = account;
    return {
      ...{ organizationId, id: newId(), accountId, currency, amount, price, status: 'pending', automatic },
      ...{ invoiceId: invoices[index]!.id, grantId: null, givenUpAt: null },
      ...{ priority: 100, lineKinds: null, expiresAfterDays: null, reason: null, metadata: {}, ...terms },
      ...{ createdAt: at, updatedAt: at, recordedAt: work.recordedAt },
    };
  });
  work.insert(CreditTopUpEntity, rows);
  return rows;
}
