import { lockAccount } from '../../../accounts/index.ts';
import { invalidState, notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import { PaymentMethodEntity, type PaymentMethodRow } from '../payments.entities.ts';
import { makeDefault, methodFact } from './add-payment-method.ts';

async function lockMethod(work: Work, id: string) {
  const organizationId = work.organizationId;
  const path = ['input', 'id'];
  const found = await work.findOne(PaymentMethodEntity, { organizationId, id });
  if (!found) throw notFound(path);
  const account = await lockAccount(work, found.accountId, path);
  const own = await work.find(PaymentMethodEntity, { organizationId, accountId: account.id });
  const method = own.find((one) => one.id === id);
  if (!method) throw notFound(path);
  return { account, method, own };
}

/** Makes a method the one that is charged when none is named. NOT_FOUND, INVALID_STATE once it is detached. */
export async function setDefaultPaymentMethod(work: Work, input: { id: string }): Promise<void> {
  const { account, method, own } = await lockMethod(work, input.id);
  if (method.detachedAt) throw invalidState('The payment method was detached.', ['input', 'id']);
  await makeDefault(work, account, method, own);
}

/** Takes a method out of use for good; payments made with it keep it. Detaching it again changes nothing. NOT_FOUND. */
export async function detachPaymentMethod(work: Work, input: { id: string }): Promise<PaymentMethodRow> {
  const { account, method } = await lockMethod(work, input.id);
  if (method.detachedAt) return method;
  const { organizationId, id } = method;
  const changes = { detachedAt: account.now, isDefault: false, updatedAt: account.now };
  Object.assign(method, changes);
  work.update(PaymentMethodEntity, { organizationId, id, ...changes });
  work.announce(methodFact('payment_method.detached', account, method));
  return method;
}
