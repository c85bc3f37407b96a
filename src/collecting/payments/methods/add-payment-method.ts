import type { LockedAccount } from '../../../accounts/index.ts';
import { newId } from '../../../platform/id.ts';
import type { Work } from '../../../platform/work.ts';
import { PaymentMethodEntity, type PaymentMethodRow } from '../payments.entities.ts';
import type { MethodDescription } from '../providers/gateway.ts';

export interface NewMethod {
  provider: 'stripe' | 'sandbox';
  described: MethodDescription;
  /** Make it the default even if there is one already; the first one always is. */
  makeDefault?: boolean;
  metadata?: Record<string, string>;
}

/**
 * Keeps a payment method of a locked account. The first one, or one that is asked to be, becomes the default. One that
 * Stripe has told us of before is not kept twice.
 */
export async function addPaymentMethod(
  work: Work,
  account: LockedAccount,
  input: NewMethod,
): Promise<PaymentMethodRow> {
  const { organizationId, id: accountId, now } = account;
  const { provider, described } = input;
  const own = await work.find(PaymentMethodEntity, { organizationId, accountId, detachedAt: null });
  const known = provider === 'stripe' ? own.find((method) => method.providerRef === described.providerRef) : undefined;
  const isDefault = input.makeDefault === true || !own.some((method) => method.isDefault);
  if (known) {
    if (isDefault && !known.isDefault) await makeDefault(work, account, known, own);
    return known;
  }
  const row: PaymentMethodRow = {
    organizationId,
    id: newId(),
    accountId,
    provider,
    ...described,
    isDefault: false,
    detachedAt: null,
    metadata: input.metadata ?? {},
    createdAt: now,
    updatedAt: now,
  };
  work.insert(PaymentMethodEntity, [row]);
  work.announce(methodFact('payment_method.attached', account, row));
  if (isDefault) await makeDefault(work, account, row, own);
  return row;
}

/** Makes a method of a locked account the one that is charged when none is named. */
export async function makeDefault(
  work: Work,
  account: LockedAccount,
  method: PaymentMethodRow,
  own: readonly PaymentMethodRow[],
): Promise<void> {
  if (method.isDefault) return;
  const { organizationId, now } = account;
  for (const other of own) {
    if (!other.isDefault || other.id === method.id) continue;
    work.update(PaymentMethodEntity, { organizationId, id: other.id, isDefault: false, updatedAt: now });
    other.isDefault = false;
  }
  // One default at a time, says an index that looks row by row.
  await work.flush();
  work.update(PaymentMethodEntity, { organizationId, id: method.id, isDefault: true, updatedAt: now });
  method.isDefault = true;
  work.announce(methodFact('payment_method.default_changed', account, method));
}

/** A fact about a payment method: what it is, nothing that could be charged. */
export function methodFact(type: string, account: LockedAccount, method: PaymentMethodRow) {
  return {
    type,
    organizationId: account.organizationId,
    objectType: 'payment_method',
    objectId: method.id,
    accountId: account.id,
    at: account.now,
    data: {
      paymentMethodId: method.id,
      accountId: account.id,
      provider: method.provider,
      type: method.type,
      isDefault: method.isDefault,
    },
  };
}
