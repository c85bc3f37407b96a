import type { Context } from '../../../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../../platform/pagination.ts';
import { invoiceColumns } from '../settlement/invoice-record.ts';
import { inOrder, pastDueOf, type ShownInvoice } from './invoicing.queries.ts';

/**
 * A page of an account's invoices, the newest first: one statement for all the accounts of a list, and one more for
 * their counts if they are selected.
 */
export async function accountInvoices(
  context: Context,
  accountId: string,
  page: PageArguments,
): Promise<Page<ShownInvoice>> {
  const { first = null, last = null, after = null, before = null } = page;
  const plan = planPage(
    page,
    { name: 'account.invoices', column: 'i.created_at', idColumn: 'i.id', type: 'timestamptz', direction: 'desc' },
    { firstParameter: 4 },
  );
  const loader = context.loader(
    `account.invoices ${JSON.stringify([first, last, after, before])}`,
    async (ids: readonly string[]) => {
      const rows = await context.reader.rows<ShownInvoice & { of_account: string }>(
        `select k.account_id as of_account, p.* from unnest($2::uuid[]) as k(account_id)
       join accounts a on a.organization_id = $1 and a.id = k.account_id
       left join test_clocks c on c.organization_id = a.organization_id and c.id = a.test_clock_id
       cross join lateral (
         select ${invoiceColumns('i')}, ${pastDueOf('$3')} as past_due from invoices i
         where i.organization_id = $1 and i.account_id = k.account_id and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}
       ) p`,
        [context.organizationId, [...ids], context.app.clock.now(), ...plan.parameters],
      );
      const groups = new Map<string, ShownInvoice[]>(ids.map((id) => [id, []]));
      for (const row of rows) groups.get(row.of_account)?.push(row);
      return ids.map((id) => groups.get(id) ?? []);
    },
  );
  const rows = await loader.load(accountId);
  return toPage(
    plan,
    rows,
    (row) => ({ value: row.created_at, id: row.id }),
    () => countOf(context, accountId),
  );
}

function countOf(context: Context, accountId: string): Promise<number> {
  const loader = context.loader('account.invoices.count', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ account_id: string; count: bigint }>(
      `select account_id, count(*) as count from invoices where organization_id = $1 and account_id = any($2::uuid[]) group by account_id`,
      [context.organizationId, [...ids]],
    );
    return inOrder(ids, rows, (row) => row.account_id).map((row) => Number(row?.count ?? 0n));
  });
  return loader.load(accountId);
}
