import 'reflect-metadata';
import type DataLoader from 'dataloader';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { type Context, requirePermission } from '../../../platform/context.ts';
import {
  type DiscountRecord,
  InvoiceDiscount,
  type InvoiceDiscountRecord,
  InvoiceLineDiscount,
  toInvoiceDiscount,
  toLineDiscount,
} from './invoice-discounts.graphql.ts';
import { InvoiceLine } from './invoice-lines.graphql.ts';
import { Invoice } from './invoicing.graphql.ts';
import { grouped } from './invoicing.queries.ts';

/** Those that came to something, or why not; what is taken off by hand may be changed as long as the invoice is a draft. */
const discountsOf = (condition: string) =>
  `select x.id, x.invoice_id as of, x.discount_id, x.coupon_name, x.amount, i.currency, x.skipped, x.terms, x.offered
   from invoice_discounts x join invoices i on i.organization_id = x.organization_id and i.id = x.invoice_id
   where x.organization_id = $1 and ${condition} = any($2::uuid[])
     and (x.amount > 0 or x.skipped is not null or (x.discount_id is null and i.status = 'draft'))
   order by x.invoice_id, x.position`;

/** The discounts of invoices, in the order in which they were taken; one statement for any number. */
function invoiceDiscountsLoader(context: Context): DataLoader<string, InvoiceDiscountRecord[]> {
  return context.loader('invoice.discounts', async (ids: readonly string[]) => {
    const statement = discountsOf('x.invoice_id');
    const rows = await context.reader.rows<InvoiceDiscountRecord>(statement, [context.organizationId, [...ids]]);
    return grouped(ids, rows, (row) => row.of);
  });
}

/** Discounts of invoices for `node(id)`. */
export async function invoiceDiscountNodes(
  context: Context,
  ids: readonly string[],
): Promise<Map<string, InvoiceDiscount>> {
  requirePermission(context, 'invoices:read');
  const rows = await context.reader.rows<InvoiceDiscountRecord>(discountsOf('x.id'), [
    context.organizationId,
    [...ids],
  ]);
  return new Map(rows.map((row) => [row.id, toInvoiceDiscount(row)]));
}

/** The same of lines. */
function lineDiscountsLoader(context: Context): DataLoader<string, DiscountRecord[]> {
  return context.loader('invoice.line.discounts', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<DiscountRecord>(
      `select s.invoice_line_id as of, x.discount_id, x.coupon_name, s.amount, l.currency, x.skipped
       from invoice_line_discounts s
       join invoice_discounts x on x.organization_id = s.organization_id and x.id = s.invoice_discount_id
       join invoice_lines l on l.organization_id = s.organization_id and l.id = s.invoice_line_id
       where s.organization_id = $1 and s.invoice_line_id = any($2::uuid[]) order by s.invoice_line_id, x.position`,
      [context.organizationId, [...ids]],
    );
    return grouped(ids, rows, (row) => row.of);
  });
}

@Resolver(() => Invoice)
export class InvoiceDiscountsResolver {
  @FieldResolver(() => [InvoiceDiscount], { description: 'Its discounts, in the order in which they were taken.' })
  async discounts(@Root() invoice: Invoice, @Ctx() context: Context): Promise<InvoiceDiscount[]> {
    return (await invoiceDiscountsLoader(context).load(invoice.uuid)).map(toInvoiceDiscount);
  }
}

@Resolver(() => InvoiceLine)
export class InvoiceLineDiscountsResolver {
  @FieldResolver(() => [InvoiceLineDiscount], {
    description:
      'Which coupon took how much; they add up to the discount. A line that takes another back carries its share of that discount without them.',
  })
  async discounts(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<InvoiceLineDiscount[]> {
    return (await lineDiscountsLoader(context).load(line.uuid)).map(toLineDiscount);
  }
}
