import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { childIsReady, childSettings } from '../harness/child.ts';

/**
 * The bare limit of a list as one would write it by hand: Node's own server, the same three statements as prepared ones,
 * the answer put together from rows. No credentials, no cost, no snapshot, no role that sees only its rows, no schema.
 */
const { databaseUrl, organizationId } = childSettings<{ databaseUrl: string; organizationId: string }>();

const page = `select id, number, status, currency, created_at, due_at, subtotal, tax_total, total, amount_due
  from invoices where organization_id = $1 order by created_at desc, id desc limit 21`;
const linesOf = `select id, invoice_id, subscription_id, kind, description, quantity, amount, tax_amount, currency, period_start, period_end
  from invoice_lines where organization_id = $1 and invoice_id = any($2::uuid[]) order by invoice_id, position, id`;
const subscriptionsOf = `select id, status, current_period_start, current_period_end
  from subscriptions where organization_id = $1 and id = any($2::uuid[])`;

type Row = Record<string, string>;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 });
const read = async (name: string, text: string, values: unknown[]) =>
  (await pool.query<Row>({ name, text, values })).rows;
const money = (amountMinor: string | undefined, currency: string | undefined) => ({ amountMinor, currency });

async function list(): Promise<string> {
  const invoices = (await read('page', page, [organizationId])).slice(0, 20);
  const lines = await read('lines', linesOf, [organizationId, invoices.map(({ id }) => id)]);
  const ids = [...new Set(lines.map((line) => line.subscription_id))];
  const subscriptions = new Map(
    (await read('subscriptions', subscriptionsOf, [organizationId, ids])).map((row) => [row.id, row]),
  );
  const shownLines = new Map<string, object[]>(invoices.map(({ id }) => [id!, []]));
  for (const line of lines)
    shownLines.get(line.invoice_id!)?.push(showLine(line, subscriptions.get(line.subscription_id!)));
  const nodes = invoices.map((invoice) => ({
    id: invoice.id,
    number: invoice.number,
    status: invoice.status,
    createdAt: invoice.created_at,
    dueAt: invoice.due_at,
    subtotal: money(invoice.subtotal, invoice.currency),
    taxTotal: money(invoice.tax_total, invoice.currency),
    total: money(invoice.total, invoice.currency),
    amountDue: money(invoice.amount_due, invoice.currency),
    lines: shownLines.get(invoice.id!),
  }));
  return JSON.stringify({ data: { invoices: { nodes } } });
}

function showLine(line: Row, subscription: Row | undefined): object {
  return {
    id: line.id,
    kind: line.kind,
    description: line.description,
    quantity: line.quantity,
    amount: money(line.amount, line.currency),
    taxAmount: money(line.tax_amount, line.currency),
    period: { start: line.period_start, end: line.period_end },
    subscription: subscription && {
      id: subscription.id,
      status: subscription.status,
      currentPeriod: { start: subscription.current_period_start, end: subscription.current_period_end },
    },
  };
}

const server = createServer((request, response) => {
  request.resume();
  request.on('end', async () => {
    try {
      const answer = await list();
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(answer);
    } catch {
      response.writeHead(500).end();
    }
  });
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  childIsReady(`http://127.0.0.1:${port}`, async () => {
    server.closeAllConnections();
    await pool.end();
  });
});
