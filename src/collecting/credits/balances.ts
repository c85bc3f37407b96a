import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import { isStorableAmount } from '../../rules/money.ts';
import { CreditBalanceEntity, CreditEntryEntity, type CreditEntryRow } from './credits.entities.ts';

/** Whose credit, in which currency. Credit belongs to the account that is billed. */
export interface CreditKey {
  organizationId: string;
  accountId: string;
  currency: string;
}

/** Why a balance moves. All but an application to an invoice happen once for a source. */
export type CreditSource =
  | 'grant'
  | 'top_up'
  | 'carried_over'
  | 'overpayment'
  | 'credit_note'
  | 'refund_failed'
  | 'invoice_application'
  | 'expiry'
  | 'withdrawal';

/** One movement of a balance: minor units, positive gives, negative spends. */
export interface CreditMove extends CreditKey {
  amount: bigint;
  sourceType: CreditSource;
  sourceId: string;
  /** The instant on the account's clock. */
  at: Date;
}

interface Balance extends CreditKey {
  balance: bigint;
  lastSeq: bigint;
  stored: boolean;
  moved: boolean;
}

const keyOf = (key: CreditKey) => `${key.organizationId} ${key.accountId} ${key.currency}`;

/** Balances that this transaction holds: moves are made here in order, then written together. */
export class CreditBalances {
  private readonly known = new Map<string, Balance>();
  private readonly entries: CreditEntryRow[] = [];

  constructor(keys: readonly CreditKey[], stored: readonly (CreditKey & { balance: bigint; lastSeq: bigint })[]) {
    for (const row of stored) this.known.set(keyOf(row), { ...row, stored: true, moved: false });
    for (const { organizationId, accountId, currency } of keys) {
      const key = { organizationId, accountId, currency };
      if (this.known.has(keyOf(key))) continue;
      this.known.set(keyOf(key), { ...key, balance: 0n, lastSeq: 0n, stored: false, moved: false });
    }
  }

  /** What may be spent now, in minor units. */
  available(key: CreditKey): bigint {
    return this.balanceOf(key).balance;
  }

  /** Moves a balance; moving nothing leaves no entry. AMOUNT_TOO_LARGE when it would fall below zero. */
  move(move: CreditMove, recordedAt: Date): void {
    if (move.amount === 0n) return;
    const balance = this.balanceOf(move);
    const after = balance.balance + move.amount;
    if (after < 0n) throw new DomainError('AMOUNT_TOO_LARGE', 'The credit balance is smaller than the amount.');
    if (!isStorableAmount(after)) throw new DomainError('AMOUNT_TOO_LARGE', 'The credit balance would be too large.');
    balance.balance = after;
    balance.lastSeq += 1n;
    balance.moved = true;
    this.entries.push({
      organizationId: move.organizationId,
      id: newId(),
      accountId: move.accountId,
      currency: move.currency,
      amount: move.amount,
      balanceAfter: after,
      sourceType: move.sourceType,
      sourceId: move.sourceId,
      seq: balance.lastSeq,
      at: move.at,
      recordedAt,
    });
  }

  /** Gathers the new entries and balances for the work's next statement. */
  save(work: Work): void {
    for (const balance of this.known.values()) {
      if (!balance.moved) continue;
      const { organizationId, accountId, currency, lastSeq } = balance;
      const row = { organizationId, accountId, currency, balance: balance.balance, lastSeq };
      if (balance.stored) work.update(CreditBalanceEntity, row);
      else work.insert(CreditBalanceEntity, [row]);
      balance.stored = true;
      balance.moved = false;
    }
    work.insert(CreditEntryEntity, this.entries.splice(0));
  }

  private balanceOf(key: CreditKey): Balance {
    const balance = this.known.get(keyOf(key));
    if (!balance) throw new Error('this credit balance was not loaded');
    return balance;
  }
}

/**
 * Locks and reads balances, in one query for any number; one that does not exist yet is 0. The account's row must be
 * locked before: it is what keeps two transactions from making the same balance.
 */
export async function loadBalances(work: Work, keys: readonly CreditKey[]): Promise<CreditBalances> {
  if (keys.length === 0) return new CreditBalances([], []);
  const unique = [...new Map(keys.map((key) => [keyOf(key), key])).values()];
  const rows = await work.rows<{
    organization_id: string;
    account_id: string;
    currency: string;
    balance: bigint;
    last_seq: bigint;
  }>(
    `select b.organization_id, b.account_id, b.currency, b.balance, b.last_seq from credit_balances b
     join unnest($1::uuid[], $2::uuid[], $3::text[]) as k(organization_id, account_id, currency)
       on k.organization_id = b.organization_id and k.account_id = b.account_id and k.currency = b.currency
     order by b.organization_id, b.account_id, b.currency for update of b`,
    [
      `{${unique.map((key) => key.organizationId).join(',')}}`,
      `{${unique.map((key) => key.accountId).join(',')}}`,
      `{${unique.map((key) => key.currency).join(',')}}`,
    ],
  );
  const stored = rows.map((row) => ({
    organizationId: row.organization_id,
    accountId: row.account_id,
    currency: row.currency,
    balance: row.balance,
    lastSeq: row.last_seq,
  }));
  return new CreditBalances(unique, stored);
}

/** Moves credit balances in the order given and gathers the rows. AMOUNT_TOO_LARGE if one would fall below zero. */
export async function addCreditEntries(work: Work, moves: readonly CreditMove[]): Promise<void> {
  const balances = await loadBalances(work, moves);
  for (const move of moves) balances.move(move, work.recordedAt);
  balances.save(work);
}
