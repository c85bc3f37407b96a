import { merged, type Span } from './arithmetic.ts';
import type { Inspector } from './inspector.ts';
import { due, type Model, type ModelAccount } from './model.ts';

/** What both the model and the books can say of a history, in the same words. */
export interface Sight {
  invoices: Record<string, string[]>;
  credit: Record<string, string>;
  owed: Record<string, string>;
  subscriptions: Record<string, string>;
  covered: Record<string, string>;
}

/** A balance and what is left of each of its lots. */
function lotsText(lots: readonly bigint[]): string {
  const some = lots.filter((left) => left > 0n).sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
  return `${some.reduce((sum, left) => sum + left, 0n)} of ${some.join(', ')}`;
}

const iso = (at: number | Date | null) => (at === null ? '-' : new Date(at).toISOString());

/** What the model says. */
export function expectedSight(model: Model): Sight {
  const of = <T>(list: readonly T[], name: (one: T) => string, say: (one: T) => string) =>
    Object.fromEntries(list.map((one) => [name(one), say(one)]));
  const byName = (account: ModelAccount) => account.name;
  const invoicesOf = (account: ModelAccount) => model.invoices.filter((invoice) => invoice.account === account);
  return {
    invoices: Object.fromEntries(
      model.accounts.map((account) => [
        account.name,
        invoicesOf(account).map((invoice) => {
          const { at, status, subtotal, discount, tax, total, carried, credits, noted, paid, lines } = invoice;
          const told = lines.map(({ component, span, amount }) =>
            span ? `${component} ${iso(span[0])}/${iso(span[1])} ${amount}` : `by hand ${amount}`,
          );
          const sums = [subtotal, discount, tax, total, carried, credits, noted, paid, due(invoice)].join(' ');
          return `${iso(at)} ${status} ${sums} [${told.sort().join(', ')}]`;
        }),
      ]),
    ),
    credit: of(model.accounts, byName, ({ lots }) => lotsText(lots.map(({ left }) => left))),
    owed: of(model.accounts, byName, (account) =>
      invoicesOf(account)
        .reduce((sum, invoice) => sum + due(invoice), 0n)
        .toString(),
    ),
    subscriptions: of(
      model.subscriptions,
      ({ externalId }) => externalId,
      ({ status, period, next, endsAt }) =>
        `${status} ${iso(period?.[0] ?? null)}/${iso(period?.[1] ?? null)} next ${iso(next)} ends ${iso(endsAt)}`,
    ),
    covered: coverOf(
      model.subscriptions.flatMap(({ externalId, items }) =>
        items.map(({ good, billed }) => ({
          name: `${externalId} ${good.component}`,
          spans: billed.map(({ span }) => span),
        })),
      ),
    ),
  };
}

/** The time that is billed of each component, over all versions of its item. */
function coverOf(items: readonly { name: string; spans: readonly Span[] }[]): Record<string, string> {
  const spans = new Map<string, Span[]>();
  for (const item of items) spans.set(item.name, [...(spans.get(item.name) ?? []), ...item.spans]);
  return Object.fromEntries(
    [...spans].map(([name, found]) => [
      name,
      merged(found.filter(([from, to]) => from < to))
        .map(([from, to]) => `${iso(from)}/${iso(to)}`)
        .join(' '),
    ]),
  );
}

interface InvoiceRecord {
  account_id: string;
  created_at: Date;
  status: string;
  sums: string;
  lines: { component: string; from: string | null; to: string | null; amount: string }[];
}

/** What the books say. */
export async function bookedSight(
  inspector: Inspector,
  organizationId: string,
  names: ReadonlyMap<string, string>,
): Promise<Sight> {
  const invoices = await inspector.rows<InvoiceRecord>('sight-invoices', invoicesSql, [organizationId]);
  const balances = await inspector.rows<{ account_id: string; lots: string }>('sight-credit', creditSql, [
    organizationId,
  ]);
  const subscriptions = await inspector.rows<Record<string, string | Date | null>>(
    'sight-subscriptions',
    subscriptionsSql,
    [organizationId],
  );
  const items = await inspector.rows<{ name: string; spans: { from: string; to: string }[] | null }>(
    'sight-items',
    itemsSql,
    [organizationId],
  );
  const perAccount = [...names].map(([id, name]) => {
    const own = invoices.filter((invoice) => invoice.account_id === id);
    return { id, name, own };
  });
  return {
    invoices: Object.fromEntries(
      perAccount.map(({ name, own }) => [
        name,
        own.map(({ created_at, status, sums, lines }) => {
          const told = lines.map(({ component, from, to, amount }) =>
            from ? `${component} ${iso(new Date(from))}/${iso(new Date(to!))} ${amount}` : `by hand ${amount}`,
          );
          return `${iso(created_at)} ${status} ${sums} [${told.sort().join(', ')}]`;
        }),
      ]),
    ),
    credit: Object.fromEntries(
      perAccount.map(({ id, name }) => [name, balances.find((row) => row.account_id === id)?.lots ?? lotsText([])]),
    ),
    owed: Object.fromEntries(
      perAccount.map(({ name, own }) => [
        name,
        own.reduce((sum, { sums }) => sum + BigInt(sums.split(' ').at(-1)!), 0n).toString(),
      ]),
    ),
    subscriptions: Object.fromEntries(
      subscriptions.map((row) => {
        const [from, to, next, ends] = [row.from, row.to, row.next, row.ends].map((at) => iso(at as Date | null));
        return [row.name, `${row.status} ${from}/${to} next ${next} ends ${ends}`];
      }),
    ),
    covered: coverOf(
      items.map(({ name, spans }) => ({
        name,
        spans: (spans ?? []).map(({ from, to }): Span => [Date.parse(from), Date.parse(to)]),
      })),
    ),
  };
}

/** Ids of subscriptions by the names the history gave them. */
export async function bookedSubscriptionIds(
  inspector: Inspector,
  organizationId: string,
): Promise<Map<string, string>> {
  const rows = await inspector.rows<{ external_id: string; id: string }>(
    'ids-subscriptions',
    'select external_id, id from subscriptions where organization_id = $1',
    [organizationId],
  );
  return new Map(rows.map(({ external_id, id }) => [external_id, id]));
}

/** Ids of an account's invoices in the order of their numbers. */
export async function bookedInvoiceIds(
  inspector: Inspector,
  organizationId: string,
  accountId: string,
): Promise<string[]> {
  const rows = await inspector.rows<{ id: string }>(
    'ids-invoices',
    'select id from invoices where organization_id = $1 and account_id = $2 order by number_seq',
    [organizationId, accountId],
  );
  return rows.map(({ id }) => id);
}

export interface LineRecord {
  id: string;
  component: string;
  from: Date | null;
  amount: string;
  discount: string;
  tax: string;
}

/** The lines of an invoice as the books have them, in their order. */
export function bookedLines(inspector: Inspector, organizationId: string, invoiceId: string): Promise<LineRecord[]> {
  return inspector.rows<LineRecord>(
    'lines',
    `select id, component, period_start as "from", amount::text, discount_amount::text as discount, tax_amount::text as tax from invoice_lines
     where organization_id = $1 and invoice_id = $2 order by position`,
    [organizationId, invoiceId],
  );
}

const invoicesSql = `
  select i.account_id, i.created_at, i.status,
    concat_ws(' ', i.subtotal, i.discount_total, i.tax_total, i.total, i.carried_to_credit, i.credits_applied, i.credit_notes_applied, i.amount_paid, i.amount_due) as sums,
    (select json_agg(json_build_object('component', l.component, 'from', l.period_start, 'to', l.period_end, 'amount', l.amount::text))
     from invoice_lines l where l.organization_id = i.organization_id and l.invoice_id = i.id) as lines
  from invoices i where i.organization_id = $1 order by i.number_seq`;

const creditSql = `
  select b.account_id, concat(b.balance, ' of ', (
    select string_agg(g.remaining::text, ', ' order by g.remaining) from credit_grants g
    where g.organization_id = b.organization_id and g.account_id = b.account_id and g.remaining > 0)) as lots
  from credit_balances b where b.organization_id = $1`;

const subscriptionsSql = `
  select external_id as name, status, current_period_start as "from", current_period_end as "to", next_billing_at as next,
    ends_at as ends
  from subscriptions where organization_id = $1 order by id`;

const itemsSql = `
  select s.external_id || ' ' || i.component as name,
    (select json_agg(json_build_object('from', b.period_start, 'to', b.period_end)) from billed_periods b
     where b.organization_id = i.organization_id and b.subscription_item_id = i.id) as spans
  from subscription_items i join subscriptions s on s.organization_id = i.organization_id and s.id = i.subscription_id
  where i.organization_id = $1 order by i.id`;
