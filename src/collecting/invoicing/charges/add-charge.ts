import { type LockedAccount, lockAccount } from '../../../accounts/index.ts';
import { invalidState, notFound } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readInput } from '../../../platform/input.ts';
import type { Fact } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import { plainDecimal } from '../../../rules/decimal.ts';
import { ChargeEntity, type ChargeRow } from '../invoicing.entities.ts';
import { type AddChargeInput, addChargeInput } from '../invoicing.inputs.ts';
import { chargeOf } from './charge-line.ts';
import type { ChargeDraft } from './invoice-request.ts';

/**
 * Something owed that waits for the account's next invoice in its currency: the next one of a subscription, or one made by
 * hand that includes waiting charges. It is due now unless said otherwise. NOT_FOUND, INVALID_INPUT.
 */
export async function addCharge(work: Work, given: AddChargeInput): Promise<ChargeRow> {
  const input = readInput(addChargeInput, given);
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  const currency = input.line.unitAmount?.currency ?? account.currency;
  return insertCharge(work, account, {
    ...input,
    currency,
    draft: chargeOf(account.id, currency, input.line, ['input', 'line']),
  });
}

/** A charge whose amount an upper module has computed; it waits as one that was written by hand. NOT_FOUND. */
export async function addPricedCharge(
  work: Work,
  input: WaitingTerms & { accountId: string; draft: Omit<ChargeDraft, 'accountId'> },
): Promise<ChargeRow> {
  const account = await lockAccount(work, input.accountId, ['input', 'accountId']);
  return insertCharge(work, account, { ...input, draft: { ...input.draft, accountId: account.id } });
}

/** How a charge waits. */
interface WaitingTerms {
  currency: string;
  dueAt?: Date | null | undefined;
  metadata?: Record<string, string> | null | undefined;
}

function insertCharge(work: Work, account: LockedAccount, input: WaitingTerms & { draft: ChargeDraft }): ChargeRow {
  const { currency, draft } = input;
  const { organizationId, now } = account;
  const row: ChargeRow = {
    organizationId,
    id: newId(),
    accountId: account.id,
    currency,
    kind: draft.kind,
    taxCategory: draft.taxCategory ?? null,
    priceId: draft.priceId ?? null,
    description: draft.description,
    quantity: plainDecimal(draft.quantity),
    unitAmount: plainDecimal(draft.unitAmount),
    amount: draft.amount,
    periodStart: draft.periodStart ?? null,
    periodEnd: draft.periodEnd ?? null,
    derivation: draft.derivation,
    dueAt: input.dueAt ?? now,
    invoiceLineId: null,
    canceledAt: null,
    metadata: input.metadata ?? {},
    createdAt: now,
    updatedAt: now,
  };
  work.insert(ChargeEntity, [row]);
  work.announce(chargeFact('charge.added', row, now));
  return row;
}

/** Takes a waiting charge back. NOT_FOUND; INVALID_STATE once it is on an invoice or canceled. */
export async function cancelCharge(work: Work, input: { id: string }): Promise<ChargeRow> {
  const path = ['input', 'id'];
  const known = await work.findOne(ChargeEntity, { id: input.id });
  if (!known) throw notFound(path);
  const { organizationId, id, accountId } = known;
  const account = await lockAccount(work, accountId, path);
  const [locked] = await work.rows<{ invoice_line_id: string | null; canceled_at: Date | null }>(
    `select invoice_line_id, canceled_at from charges where organization_id = $1 and id = $2 for update`,
    [organizationId, id],
  );
  if (locked?.invoice_line_id) throw invalidState('A charge that is on an invoice cannot be canceled.', path);
  if (locked?.canceled_at) throw invalidState('The charge is canceled already.', path);
  const at = account.now;
  work.update(ChargeEntity, { organizationId, id, canceledAt: at, updatedAt: at });
  const row = { ...known, canceledAt: at, updatedAt: at };
  work.announce(chargeFact('charge.canceled', row, at));
  return row;
}

function chargeFact(type: 'charge.added' | 'charge.canceled', row: ChargeRow, at: Date): Fact {
  const { organizationId, id, accountId, currency, kind, amount, dueAt } = row;
  return {
    type,
    organizationId,
    objectType: 'charge',
    objectId: id,
    accountId,
    at,
    data: { chargeId: id, accountId, currency, kind, amount: amount.toString(), dueAt: dueAt.toISOString() },
  };
}
