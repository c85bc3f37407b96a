import pg from 'pg';
import { newId } from '../../../src/platform/id.ts';

/** Bills one subscription within a transaction that has begun. */
export type BillOne = (send: Send, id: string, now: Date) => Promise<void>;

/**
 * The billing run as it is usually written by hand: one subscription after the other, each in a transaction of its own,
 * one statement a row, prepared, at so many connections. `billOne` says what is billed of each.
 */
export async function runRowByRow(
  url: string,
  options: { cutoff: Date; connections: number; seconds: number },
  billOne: BillOne,
): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: options.connections });
  pool.on('error', () => undefined);
  const due = await pool.query<{ id: string }>(
    'select id from subscriptions where next_billing_at <= $1 and parked_at is null order by next_billing_at, id',
    [options.cutoff],
  );
  const queue = due.rows.map((row) => row.id);
  const deadline = performance.now() + options.seconds * 1000;
  let billed = 0;
  const work = async () => {
    const client = await pool.connect();
    client.on('error', () => undefined);
    for (let id = queue.shift(); id && performance.now() < deadline; id = queue.shift()) {
      await client.query('begin');
      await billOne(sendOver(client), id, options.cutoff);
      await client.query('commit');
      billed += 1;
    }
    client.release();
  };
  await Promise.all(Array.from({ length: options.connections }, work));
  await pool.end();
  return billed;
}

/** Sends a statement that is prepared once a connection. */
export type Send = <Row extends pg.QueryResultRow>(
  name: string,
  text: string,
  values: unknown[],
) => Promise<pg.QueryResult<Row>>;

const sendOver =
  (client: pg.PoolClient): Send =>
  (name, text, values) =>
    client.query({ name, text, values });

/** A subscription that is due, whom it bills, and who pays how. */
export interface Payer {
  organization_id: string;
  id: string;
  account_id: string;
  currency: string;
  collection: string;
  next_billing_at: Date;
  period_end: Date;
  method_id: string | null;
  provider: string;
}

/** The next number of an issuer, whose series is locked from now on. */
export async function takeNumber(send: Send, due: { organization_id: string; entity_id: string }): Promise<string> {
  const series = await send<{ last_number: string }>(
    'number',
    `update number_series set last_number = last_number + 1 where organization_id = $1 and legal_entity_id = $2 and kind = 'invoice' returning last_number`,
    [due.organization_id, due.entity_id],
  );
  return series.rows[0]!.last_number;
}

/** The subscription enters the period that is billed. */
export async function moveOn(send: Send, due: Payer): Promise<void> {
  await send(
    'move',
    'update subscriptions set current_period_start = $3, current_period_end = $4, next_billing_at = $4, updated_at = $3 where organization_id = $1 and id = $2',
    [due.organization_id, due.id, due.next_billing_at, due.period_end],
  );
}

/** The payment of an invoice, where there is a way to pay; it waits to be attempted. */
export async function writePayment(
  send: Send,
  due: Payer,
  { invoice, amount }: { invoice: string; amount: bigint },
  now: Date,
): Promise<void> {
  if (!due.method_id) return;
  const { organization_id: organization, next_billing_at: at } = due;
  const payment = newId();
  await send(
    'payment',
    `insert into payments (organization_id, id, account_id, provider, status, amount, currency, amount_refunded, payment_method_id, off_session, capture_method,
       next_attempt_at, lookups, metadata, created_at, updated_at, recorded_at)
     values ($1, $2, $3, $4, 'pending', $5, $6, 0, $7, true, 'automatic', $8, 0, '{}', $8, $8, $9)`,
    [organization, payment, due.account_id, due.provider, amount, due.currency, due.method_id, at, now],
  );
  await send(
    'application',
    `insert into payment_applications (organization_id, id, payment_id, invoice_id, amount, status, created_at, updated_at) values ($1, $2, $3, $4, $5, 'pending', $6, $6)`,
    [organization, newId(), payment, invoice, amount, at],
  );
  await tell(send, due, now, 'payment.started', 'payment', payment, {
    paymentId: payment,
    accountId: due.account_id,
    provider: due.provider,
    status: 'pending',
    amount: `${amount}`,
    currency: due.currency,
    offSession: true,
    invoiceIds: [invoice],
    attemptNo: 0,
  });
}

/** A fact and its place in the queue. */
export async function tell(
  send: Send,
  due: Payer,
  now: Date,
  type: string,
  objectType: string,
  objectId: string,
  data: Record<string, unknown>,
): Promise<void> {
  const fact = newId();
  await send(
    'fact',
    `insert into facts (organization_id, id, type, object_type, object_id, account_id, at, recorded_at, actor, data) values ($1, $2, $3, $4, $5, $6, $7, $8, 'system:billing', $9)`,
    [
      due.organization_id,
      fact,
      type,
      objectType,
      objectId,
      due.account_id,
      due.next_billing_at,
      now,
      JSON.stringify(data),
    ],
  );
  await send(
    'queue',
    'insert into fact_queue (organization_id, fact_id, object_id, recorded_at) values ($1, $2, $3, $4)',
    [due.organization_id, fact, objectId, now],
  );
}
