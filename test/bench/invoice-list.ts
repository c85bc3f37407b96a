import { type BenchDatabase, runSql } from './harness/server.ts';

interface Amount {
  amountMinor: string;
  currency: string;
}

/** The list as both sides answer it, as far as it is compared. */
export interface ListAnswer {
  data?: {
    invoices: {
      nodes: {
        number: string;
        total: Amount;
        amountDue: Amount;
        lines: { description: string; amount: Amount; taxAmount: Amount; subscription: { status: string } }[];
      }[];
    };
  };
}

/** What is wrong with a page of invoices: each is to be what the database holds at that place of the list. */
export async function checkList(
  database: BenchDatabase,
  name: string,
  offset: number,
  answer: ListAnswer,
): Promise<string[]> {
  const expected = await runSql<{ invoice: string }>(
    database.superuserUrl,
    `select concat_ws('|', i.number, i.total, i.amount_due, i.currency,
       (select string_agg(concat_ws('|', l.description, l.amount, l.tax_amount, s.status), '|' order by l.position, l.id)
        from invoice_lines l join subscriptions s on s.organization_id = l.organization_id and s.id = l.subscription_id
        where l.organization_id = i.organization_id and l.invoice_id = i.id)) as invoice
     from invoices i order by i.created_at desc, i.id desc limit 20 offset $1`,
    [offset],
  );
  const nodes = answer.data?.invoices.nodes ?? [];
  const wrong = nodes.length === 20 ? [] : [`${name}: ${nodes.length} invoices instead of 20`];
  for (const [index, node] of nodes.entries()) {
    const lines = node.lines.flatMap((line) => [
      line.description,
      line.amount.amountMinor,
      line.taxAmount.amountMinor,
      line.subscription.status.toLowerCase(),
    ]);
    const found = [node.number, node.total.amountMinor, node.amountDue.amountMinor, node.total.currency, ...lines];
    if (found.join('|') !== expected[index]?.invoice) {
      wrong.push(`${name}: ${found.join('|')} instead of ${expected[index]?.invoice}`);
    }
  }
  return wrong;
}
