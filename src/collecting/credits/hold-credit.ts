import { lockAccount } from '../../accounts/index.ts';
import { DomainError, invalidInput } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { CreditHoldEntity, CreditHoldPartEntity, type CreditHoldRow } from './credits.entities.ts';
import { type HoldCreditInput, holdCreditInput } from './credits.inputs.ts';
import { endHoldsOver, loadSpendable } from './load-spendable.ts';
import { freeOf, type Lot, lotsInOrder } from './lots.ts';

/** What an order is invoiced as. */
const orderKind = 'one_off';

/**
 * Keeps credit back for an order until `expiresAt`: nobody else spends it. It is taken in the order of spending out of what
 * pays one-off lines and lasts as long as the hold, so a hold is never left without its credit. NOT_FOUND; AMOUNT_TOO_LARGE
 * where there is not that much; INVALID_INPUT for an end that is not to come.
 */
export async function holdCredit(work: Work, given: HoldCreditInput): Promise<{ id: string }> {
  const input = readInput(holdCreditInput, given);
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  const { organizationId, now: at } = account;
  const { expiresAt } = input;
  if (expiresAt <= at) throw invalidInput(['input', 'expiresAt'], 'A hold must end after it begins.');
  const { amountMinor: amount, currency } = input.amount;
  const key = { organizationId, accountId: account.id, currency };
  const credit = await loadSpendable(work, [key]);
  endHoldsOver(work, credit, key, at);
  const { balances } = credit;
  const parts = partsOf(balances.lotsOf(key), amount, at, expiresAt);
  if (!parts) {
    throw new DomainError('AMOUNT_TOO_LARGE', 'There is less credit that lasts as long as the hold.', {
      path: ['input', 'amount'],
    });
  }
  const hold: CreditHoldRow = {
    ...{ ...key, id: newId(), amount, status: 'held', expiresAt, reason: input.reason ?? null },
    ...{ invoiceId: null, endedAt: null, testClockId: account.testClockId ?? null, metadata: input.metadata ?? {} },
    ...{ createdAt: at, updatedAt: at, recordedAt: work.recordedAt },
  };
  for (const { lot, amount: part } of parts) balances.hold(lot, part, at);
  work.insert(CreditHoldEntity, [hold]);
  work.insert(
    CreditHoldPartEntity,
    parts.map(({ lot, amount: part }) => ({ organizationId, holdId: hold.id, grantId: lot.row.id, amount: part })),
  );
  balances.tell('credit.held', key, amount, at, { holdId: hold.id });
  balances.save(work);
  return { id: hold.id };
}

/** Which lots give how much; null if they do not reach. */
function partsOf(lots: readonly Lot[], amount: bigint, at: Date, until: Date) {
  const parts: { lot: Lot; amount: bigint }[] = [];
  let left = amount;
  for (const { lot } of lotsInOrder(lots, at)) {
    const { lineKinds, planIds, expiresAt } = lot.row;
    if (left === 0n || planIds || (lineKinds && !lineKinds.includes(orderKind)) || (expiresAt && expiresAt < until))
      continue;
    const free = freeOf(lot.row);
    const part = left < free ? left : free;
    parts.push({ lot, amount: part });
    left -= part;
  }
  return left === 0n ? parts : null;
}
