import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { childIsReady, childSettings } from '../harness/child.ts';

/**
 * The harder limit of a list: Node's own server and one prepared statement, in which the database makes the JSON that goes
 * out as it is. No credentials, no cost, no snapshot, no role that sees only its rows.
 */
const { databaseUrl, organizationId } = childSettings<{ databaseUrl: string; organizationId: string }>();

const money = (amount: string) => `json_build_object('amountMinor', ${amount}::text, 'currency', i.currency)`;

const list = `
  select json_build_object('data', json_build_object('invoices', json_build_object('nodes', json_agg(page.node))))::text as answer
  from (
    select json_build_object('id', i.id, 'number', i.number, 'status', i.status, 'createdAt', i.created_at, 'dueAt', i.due_at,
      'subtotal', ${money('i.subtotal')}, 'taxTotal', ${money('i.tax_total')}, 'total', ${money('i.total')},
      'amountDue', ${money('i.amount_due')},
      'lines', (
        select json_agg(json_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity::text,
          'amount', ${money('l.amount')}, 'taxAmount', ${money('l.tax_amount')},
          'period', json_build_object('start', l.period_start, 'end', l.period_end),
          'subscription', (
            select json_build_object('id', s.id, 'status', s.status,
              'currentPeriod', json_build_object('start', s.current_period_start, 'end', s.current_period_end))
            from subscriptions s where s.organization_id = l.organization_id and s.id = l.subscription_id)
          ) order by l.position, l.id)
        from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id)) as node
    from invoices i where i.organization_id = $1
    order by i.created_at desc, i.id desc limit 20) page`;

const pool = new pg.Pool({ connectionString: databaseUrl, max: 16 });
const server = createServer((request, response) => {
  request.resume();
  request.on('end', async () => {
    try {
      const { rows } = await pool.query<{ answer: string }>({ name: 'list', text: list, values: [organizationId] });
      response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
      response.end(rows[0]?.answer);
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
