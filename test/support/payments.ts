import { lockAccount } from '../../src/accounts/index.ts';
import type { InvoiceRow } from '../../src/collecting/invoicing/index.ts';
import { addPaymentMethod, type PaymentMethodRow } from '../../src/collecting/payments/index.ts';
import { describeSandboxMethod } from '../../src/collecting/payments/providers/sandbox-tokens.ts';
import { query } from './database.ts';
import { issueFor, oneOff } from './invoicing.ts';
import type { TestOrganization } from './makers.ts';
import type { World } from './world.ts';

/** Gives an account a sandbox method; the first one is its default. */
export function sandboxMethod(
  organization: TestOrganization,
  accountId: string,
  token: string,
  makeDefault = true,
): Promise<PaymentMethodRow> {
  return organization.transact(async (work) => {
    const account = await lockAccount(work, accountId, []);
    const described = describeSandboxMethod(token);
    if (!described) throw new Error(`${token} is no sandbox method`);
    return addPaymentMethod(work, account, { provider: 'sandbox', described, makeDefault });
  });
}

/** An open invoice over one thing, collected automatically unless said otherwise. */
export async function invoiceOver(
  world: World,
  organization: TestOrganization,
  accountId: string,
  amount: bigint,
  collection: 'automatic' | 'manual' = 'automatic',
): Promise<InvoiceRow> {
  const [invoice] = await issueFor(world.app, organization, [accountId], () => ({
    collection,
    charges: [oneOff(accountId, amount)],
  }));
  return invoice!;
}

/** An account with a sandbox method and one invoice that is collected with it, not yet attempted. */
export async function owing(world: World, organization: TestOrganization, token: string | null, amount = 5_000n) {
  const account = await organization.account();
  const method = token ? await sandboxMethod(organization, account.id, token) : null;
  const invoice = await invoiceOver(world, organization, account.id, amount);
  return { account, method, invoice };
}

export interface StoredPayment {
  id: string;
  status: string;
  amount: bigint;
  amount_refunded: bigint;
  failure_code: string | null;
  decline_class: string | null;
  provider_ref: string | null;
  next_attempt_at: Date | null;
  attempts: { no: number; status: string; failure: string | null; id: string; offSession: boolean }[];
  applications: { invoice: string; amount: number; status: string }[];
}

/** Payments of an account, oldest first, as they are stored. */
export async function paymentsOf(world: World, accountId: string): Promise<StoredPayment[]> {
  const rows = await query<StoredPayment>(
    world.database.superuserUrl,
    `select p.id, p.status, p.amount, p.amount_refunded, p.failure_code, p.decline_class, p.provider_ref, p.next_attempt_at,
       coalesce((select json_agg(json_build_object('no', t.attempt_no, 'status', t.status, 'failure', t.failure_code, 'id', t.id,
           'offSession', t.off_session) order by t.attempt_no)
         from payment_attempts t where t.payment_id = p.id), '[]') as attempts,
       coalesce((select json_agg(json_build_object('invoice', a.invoice_id, 'amount', a.amount, 'status', a.status) order by a.id)
         from payment_applications a where a.payment_id = p.id), '[]') as applications
     from payments p where p.account_id = $1 order by p.recorded_at, p.id`,
    [accountId],
  );
  return rows.map((row) => ({
    ...row,
    amount: BigInt(row.amount),
    amount_refunded: BigInt(row.amount_refunded),
  }));
}

export interface StoredInvoice {
  status: string;
  amount_due: bigint;
  amount_paid: bigint;
}

/** An invoice as it is stored. */
export async function storedInvoice(world: World, id: string): Promise<StoredInvoice> {
  const [row] = await query<StoredInvoice>(
    world.database.superuserUrl,
    'select status, amount_due, amount_paid from invoices where id = $1',
    [id],
  );
  return { status: row!.status, amount_due: BigInt(row!.amount_due), amount_paid: BigInt(row!.amount_paid) };
}

/** Types of the facts about an object, in their order. */
export async function factTypes(world: World, objectId: string): Promise<string[]> {
  const rows = await query<{ type: string }>(
    world.database.superuserUrl,
    'select f.type from facts f left join fact_queue q on q.fact_id = f.id left join published_facts p on p.fact_id = f.id where f.object_id = $1 order by p.sequence nulls last, q.id',
    [objectId],
  );
  return rows.map((row) => row.type);
}

/** The credit balance of an account in a currency, in minor units. */
export async function creditOf(world: World, accountId: string): Promise<bigint> {
  const [row] = await query<{ balance: bigint }>(
    world.database.superuserUrl,
    'select coalesce(sum(balance), 0)::bigint as balance from credit_balances where account_id = $1',
    [accountId],
  );
  return BigInt(row!.balance);
}
