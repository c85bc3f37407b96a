import { type LockedAccount, lockAccounts } from '../../accounts/index.ts';
import { BeginAnew } from '../../platform/transact.ts';
import type { Work } from '../../platform/work.ts';
import { type LockedInvoice, lockInvoices } from '../invoicing/index.ts';
import {
  PaymentApplicationEntity,
  type PaymentApplicationRow,
  PaymentAttemptEntity,
  type PaymentAttemptRow,
  PaymentEntity,
  type PaymentRow,
} from './payments.entities.ts';

/** A payment whose rows, and all that hang on it, this transaction holds. Changed in place as verbs move it. */
export interface HeldPayment {
  payment: PaymentRow;
  /** The account that pays. */
  account: LockedAccount;
  applications: PaymentApplicationRow[];
  invoices: Map<string, LockedInvoice>;
  /** The latest attempt, or null before the first. */
  attempt: PaymentAttemptRow | null;
}

interface Ground {
  account_id: string;
  invoice_ids: string[];
  account_ids: string[];
}

/**
 * Locks a payment with its accounts and invoices in the order of the house: accounts (the one that pays and those whose
 * invoices it covers) → invoices → payment. It covers also what the credit that it left over was spent on. `withUsers`: also the
 * accounts that the lines of these invoices are of, so that nobody takes their time back meanwhile. Null for a missing or foreign
 * payment.
 */
export async function holdPayment(
  work: Work,
  id: string,
  organizationId: string = work.organizationId,
  { withUsers = false }: { withUsers?: boolean } = {},
): Promise<HeldPayment | null> {
  const [ground] = await work.rows<Ground>(
    `with covered as (
       select a.invoice_id from payment_applications a where a.organization_id = $1 and a.payment_id = $2::uuid
       union
       select s.source_id from credit_grants g
       join credit_entries s on s.organization_id = g.organization_id and s.grant_id = g.id and s.source_type = 'invoice_application'
       where g.organization_id = $1 and g.source_type = 'overpayment' and g.source_id = $2::uuid)
     select p.account_id, array(select invoice_id from covered) as invoice_ids,
       array(select i.account_id from covered c
         join invoices i on i.organization_id = p.organization_id and i.id = c.invoice_id
         union select l.account_id from covered c
         join invoice_lines l on l.organization_id = p.organization_id and l.invoice_id = c.invoice_id where $3) as account_ids
     from payments p where p.organization_id = $1 and p.id = $2::uuid`,
    [organizationId, id, withUsers],
  );
  if (!ground) return null;
  const accounts = await lockAccounts(work, [...new Set([ground.account_id, ...ground.account_ids])]);
  const invoices = await lockInvoices(work, ground.invoice_ids);
  await work.rows(`select 1 from payments where organization_id = $1 and id = $2::uuid for update`, [
    organizationId,
    id,
  ]);
  const payment = await work.findOne(PaymentEntity, { organizationId, id });
  const account = accounts.get(ground.account_id);
  if (!payment || !account) return null;
  const applications = await work.find(
    PaymentApplicationEntity,
    { organizationId, paymentId: id },
    { createdAt: 'asc', id: 'asc' },
  );
  // Applications change only under the account's lock, so at worst one came between the first look and the lock.
  if (applications.some((application) => !invoices.has(application.invoiceId))) throw new BeginAnew();
  const [attempt] = await work.find(PaymentAttemptEntity, { organizationId, paymentId: id }, { attemptNo: 'desc' });
  return { payment, account, applications, invoices, attempt: attempt ?? null };
}

/** Gathers changes of the held payment's row and keeps the held copy the same. */
export function changePayment(work: Work, held: HeldPayment, changes: Partial<PaymentRow>): void {
  const { organizationId, id } = held.payment;
  const changed = { ...changes, updatedAt: held.account.now };
  Object.assign(held.payment, changed);
  work.update(PaymentEntity, { organizationId, id, ...changed });
}

/** The same for its latest attempt. */
export function changeAttempt(work: Work, held: HeldPayment, changes: Partial<PaymentAttemptRow>): void {
  if (!held.attempt) return;
  const { organizationId, id } = held.attempt;
  Object.assign(held.attempt, changes);
  work.update(PaymentAttemptEntity, { organizationId, id, ...changes });
}

/** The same for one of its applications. */
export function changeApplication(
  work: Work,
  held: HeldPayment,
  application: PaymentApplicationRow,
  changes: Pick<Partial<PaymentApplicationRow>, 'status' | 'amount'>,
): void {
  const { organizationId, id } = application;
  const changed = { ...changes, updatedAt: held.account.now };
  Object.assign(application, changed);
  work.update(PaymentApplicationEntity, { organizationId, id, ...changed });
}

/**
 * Whether the provider is still to be asked for a capture or a cancellation. Such a wish is on record until the provider
 * has decided; what is merely seen of the payment meanwhile does not put it off.
 */
export function hasWish(payment: Pick<PaymentRow, 'cancelRequestedAt' | 'captureAmount'>): boolean {
  return payment.cancelRequestedAt != null || payment.captureAmount != null;
}

/** Whether an attempt may be at the provider right now, its answer not known. */
export function isInTheAir(attempt: Pick<PaymentAttemptRow, 'status'> | null): boolean {
  return attempt?.status === 'pending' || attempt?.status === 'unknown';
}
