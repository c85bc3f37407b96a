import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { isStorableAmount, sum } from '../../rules/money.ts';
import { allocateWallets } from '../../rules/wallet.ts';
import { type CreditFactData, type CreditFactType, creditFact } from './credit-facts.ts';
import {
  type CreditKey,
  type CreditMove,
  type CreditReturn,
  type CreditSource,
  type CreditSpending,
  type StoredBalance,
  textOfKey,
} from './credit-moves.ts';
import {
  CreditBalanceEntity,
  CreditEntryEntity,
  type CreditEntryRow,
  CreditGrantEntity,
  type CreditGrantRow,
} from './credits.entities.ts';
import { freeOf, isOver, type Lot, lotsInOrder, newLot } from './lots.ts';

interface Balance extends StoredBalance {
  stored: boolean;
  moved: boolean;
  lots: Lot[];
}

interface Cause {
  sourceType: CreditSource;
  sourceId: string;
  at: Date;
}

/** Balances that this transaction holds: moves are made here in order, then written together. */
export class CreditBalances {
  private readonly known = new Map<string, Balance>();
  private readonly recordedAt: Date;
  private readonly entries: CreditEntryRow[] = [];
  private readonly facts: Fact[] = [];

  constructor(
    recordedAt: Date,
    keys: readonly CreditKey[],
    stored: readonly StoredBalance[] = [],
    lots: readonly (CreditGrantRow & { priceIds?: readonly string[] | null })[] = [],
  ) {
    this.recordedAt = recordedAt;
    for (const row of stored) this.known.set(textOfKey(row), { ...row, stored: true, moved: false, lots: [] });
    for (const { organizationId, accountId, currency } of keys) {
      const key = { organizationId, accountId, currency };
      if (this.known.has(textOfKey(key))) continue;
      this.known.set(textOfKey(key), { ...key, balance: 0n, lastSeq: 0n, stored: false, moved: false, lots: [] });
    }
    for (const { priceIds = null, ...row } of lots) {
      this.balanceOf(row).lots.push({ row, priceIds, stored: true, moved: false });
    }
  }

  /** What may be spent now, in minor units: without what is held or frozen. Limits to lines and expiries apart. */
  available(key: CreditKey): bigint {
    return sum(this.balanceOf(key).lots.map(({ row }) => freeOf(row)));
  }

  /** What may be spent now of what these sources gave, in minor units. */
  availableOf(key: CreditKey, sourceIds: readonly string[]): bigint {
    const lots = this.balanceOf(key).lots.filter(({ row }) => sourceIds.includes(row.sourceId));
    return sum(lots.map(({ row }) => freeOf(row)));
  }

  /** The lots of a balance: those with something left, and those that were asked for. */
  lotsOf(key: CreditKey): readonly Lot[] {
    return this.balanceOf(key).lots;
  }

  /**
   * Moves a balance; moving nothing leaves no entry. What is given is a new lot, or goes back into that of `grantedBy`.
   * What is taken comes out of the lot of `grantedBy` first and then out of the others in their order. AMOUNT_TOO_LARGE
   * when there is not that much to spend.
   */
  move(move: CreditMove): void {
    if (move.amount > 0n) this.give(move);
    else if (move.amount < 0n) this.withdraw(move);
  }

  /** Pays an invoice as far as credit reaches, lot by lot in their order, and answers how much that is. */
  spend(spending: CreditSpending): bigint {
    const { organizationId, accountId, currency, invoiceId, at } = spending;
    const balance = this.balanceOf({ organizationId, accountId, currency });
    if (balance.lots.length === 0 || spending.due <= 0n) return 0n;
    const { from } = spending;
    const wallets = lotsInOrder(
      from ? balance.lots.filter(({ row }) => from.includes(row.sourceId)) : balance.lots,
      at,
    );
    const { wallets: used, appliedMinor } = allocateWallets(spending.due, spending.lines, wallets);
    const cause: Cause = { sourceType: 'invoice_application', sourceId: invoiceId, at };
    used.forEach((wallet, index) => {
      if (wallet.appliedMinor > 0n) this.enter(balance, wallets[index]!.lot, -wallet.appliedMinor, cause);
    });
    if (appliedMinor > 0n) this.tell('credit.applied', balance, appliedMinor, at, { invoiceId });
    return appliedMinor;
  }

  /**
   * Gives back what an invoice had spent of a lot, into that lot. What is over meanwhile, expired or withdrawn, leaves
   * again at once: a void moves no end. Answers how much left again.
   */
  giveBack(back: CreditReturn): bigint {
    const balance = this.balanceOf(back);
    const { invoiceId, at, amount } = back;
    const lot = balance.lots.find(({ row }) => row.id === back.grantId);
    if (!lot) throw new Error('this credit grant was not loaded');
    const { row } = lot;
    const cause: Cause = { sourceType: 'invoice_application', sourceId: invoiceId, at };
    const sourceId = this.enter(balance, lot, amount, cause);
    this.tell('credit.returned', balance, amount, at, { grantId: row.id, invoiceId });
    return this.leaveAgain(lot, amount, { sourceId, at });
  }

  /** What comes back into a lot that is over, or is held no longer, does not stay there. Answers how much left. */
  leaveAgain(lot: Lot, amount: bigint, { sourceId, at }: Omit<Cause, 'sourceType'>): bigint {
    const { row } = lot;
    const balance = this.balanceOf(row);
    // Time ends credit, not the job that notes it: of what was spent to the last unit it notes nothing.
    if (isOver(row, at)) row.expiredAt ??= row.expiresAt!;
    if (!row.expiredAt && !row.withdrawnAt) return 0n;
    const sourceType = row.expiredAt ? 'expiry' : 'withdrawal';
    this.enter(balance, lot, -amount, { sourceType, sourceId, at });
    this.tell(row.expiredAt ? 'credit.expired' : 'credit.withdrawn', balance, amount, at, { grantId: row.id });
    return amount;
  }

  /** Takes of one lot, frozen or not, what a refund of its price takes back; at most what no hold keeps back. */
  takeBack(lot: Lot, amount: bigint, sourceId: string, at: Date): void {
    if (amount > lot.row.remaining - lot.row.held) throw new Error('there is less left of this credit');
    const balance = this.balanceOf(lot.row);
    if (amount > 0n) this.enter(balance, lot, -amount, { sourceType: 'withdrawal', sourceId, at });
    this.tell('credit.withdrawn', balance, amount, at, { grantId: lot.row.id, sourceType: 'refund' });
  }

  /** Gives a lot what was taken or spent of it. Answers how much left again, since the lot is over meanwhile. */
  restore(lot: Lot, amount: bigint, cause: Cause): bigint {
    if (amount === 0n) return 0n;
    const { row } = lot;
    const balance = this.balanceOf(row);
    const { sourceType, sourceId, at } = cause;
    const entryId = this.enter(balance, lot, amount, cause);
    this.tell('credit.returned', balance, amount, at, { grantId: row.id, sourceType, sourceId });
    return this.leaveAgain(lot, amount, { sourceId: entryId, at });
  }

  /**
   * Ends a lot: what holds do not keep back leaves it for good, and what they do when they end (`leaveAgain`). Answers how much
   * that is.
   */
  close(lot: Lot, why: 'expiry' | 'withdrawal', at: Date, sourceId: string = lot.row.id): bigint {
    const { row } = lot;
    const balance = this.balanceOf(row);
    const amount = row.remaining - row.held;
    if (why === 'expiry') row.expiredAt = at;
    else row.withdrawnAt = at;
    row.updatedAt = at;
    lot.moved = true;
    if (amount > 0n) this.enter(balance, lot, -amount, { sourceType: why, sourceId, at });
    const type = why === 'expiry' ? 'credit.expired' : 'credit.withdrawn';
    this.tell(type, balance, amount, at, { grantId: row.id });
    return amount;
  }

  /** Keeps back part of a lot, or (negative) lets it go. */
  hold(lot: Lot, amount: bigint, at: Date): void {
    lot.row.held += amount;
    lot.row.updatedAt = at;
    lot.moved = true;
  }

  /** Stops a lot from being spent, or lets it be spent again: then it lasts longer by the time it was frozen. */
  freeze(lot: Lot, frozen: boolean, at: Date): void {
    const { row } = lot;
    const { expiresAt, frozenAt } = row;
    if (frozenAt && expiresAt && !isOver(row, at)) {
      row.expiresAt = new Date(expiresAt.getTime() + at.getTime() - frozenAt.getTime());
    }
    row.frozenAt = frozen ? at : null;
    row.updatedAt = at;
    lot.moved = true;
    const type = frozen ? 'credit.frozen' : 'credit.unfrozen';
    this.tell(type, this.balanceOf(row), row.remaining, at, { grantId: row.id });
  }

  /** Leaves a fact about a balance as it is now, to be announced when it is saved. */
  tell(type: CreditFactType, key: CreditKey, amount: bigint, at: Date, about: Partial<CreditFactData>): void {
    const { organizationId, accountId, currency, balance } = this.balanceOf(key);
    const available = this.available(key).toString();
    const sums = { amount: amount.toString(), balance: balance.toString(), available };
    this.facts.push(creditFact(type, organizationId, at, { accountId, currency, ...sums, ...about }));
  }

  /** Gathers lots, entries and balances for the work's next statement, and announces what happened. */
  save(work: Work): void {
    for (const balance of this.known.values()) {
      for (const lot of balance.lots) saveLot(work, lot);
      if (!balance.moved) continue;
      const { organizationId, accountId, currency, lastSeq } = balance;
      const row = { organizationId, accountId, currency, balance: balance.balance, lastSeq };
      if (balance.stored) work.update(CreditBalanceEntity, row);
      else work.insert(CreditBalanceEntity, [row]);
      balance.stored = true;
      balance.moved = false;
    }
    work.insert(CreditEntryEntity, this.entries.splice(0));
    for (const fact of this.facts.splice(0)) work.announce(fact);
  }

  private give(move: CreditMove): void {
    const { organizationId, accountId, currency, amount, at, sourceType } = move;
    const balance = this.balanceOf({ organizationId, accountId, currency });
    if (!isStorableAmount(balance.balance + amount)) {
      throw new DomainError('AMOUNT_TOO_LARGE', 'The credit balance would be too large.');
    }
    const back = balance.lots.find(({ row }) => move.grantedBy?.includes(row.sourceId));
    const lot = back ?? newLot(move, this.recordedAt);
    if (!back) balance.lots.push(lot);
    this.enter(balance, lot, amount, move);
    this.tell('credit.granted', balance, amount, at, { grantId: lot.row.id, sourceType, sourceId: move.sourceId });
  }

  private withdraw(move: CreditMove): void {
    const balance = this.balanceOf(move);
    const { sourceType, at, grantedBy } = move;
    let left = -move.amount;
    if (left > this.available(move)) {
      throw new DomainError('AMOUNT_TOO_LARGE', 'The credit balance is smaller than the amount.');
    }
    const named = (lot: Lot) => Number(grantedBy?.includes(lot.row.sourceId) ?? false);
    // What has expired and is not booked yet may still be taken back: nobody else gets it.
    const inOrder = lotsInOrder(balance.lots, null).sort((one, other) => named(other.lot) - named(one.lot));
    let { sourceId } = move;
    for (const { lot } of inOrder) {
      const free = freeOf(lot.row);
      const amount = left < free ? left : free;
      if (amount === 0n) continue;
      this.enter(balance, lot, -amount, { sourceType, sourceId, at });
      this.tell('credit.withdrawn', balance, amount, at, { grantId: lot.row.id });
      // One entry for a source (I16): what further lots give are occurrences of their own.
      sourceId = newId();
      left -= amount;
    }
  }

  /** Changes lot and balance by an amount and writes the entry; answers its id. */
  private enter(balance: Balance, lot: Lot, amount: bigint, { sourceType, sourceId, at }: Cause): string {
    const { organizationId, accountId, currency } = balance;
    balance.balance += amount;
    balance.lastSeq += 1n;
    balance.moved = true;
    lot.row.remaining += amount;
    lot.row.updatedAt = at;
    lot.moved = true;
    const id = newId();
    this.entries.push({
      ...{ organizationId, id, accountId, currency, amount },
      balanceAfter: balance.balance,
      ...{ sourceType, sourceId },
      grantId: lot.row.id,
      seq: balance.lastSeq,
      at,
      recordedAt: this.recordedAt,
    });
    return id;
  }

  private balanceOf(key: CreditKey): Balance {
    const balance = this.known.get(textOfKey(key));
    if (!balance) throw new Error('this credit balance was not loaded');
    return balance;
  }
}

function saveLot(work: Work, lot: Lot): void {
  if (!lot.moved) return;
  const { organizationId, id, remaining, held, expiresAt, frozenAt, expiredAt, withdrawnAt, updatedAt } = lot.row;
  if (lot.stored) {
    work.update(CreditGrantEntity, {
      ...{ organizationId, id, remaining, held, expiresAt },
      ...{ frozenAt, expiredAt, withdrawnAt, updatedAt },
    });
  } else {
    work.insert(CreditGrantEntity, [lot.row]);
  }
  lot.stored = true;
  lot.moved = false;
}
