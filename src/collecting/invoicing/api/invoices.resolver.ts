import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../../accounts/index.ts';
import { type Context, requirePermission } from '../../../platform/context.ts';
import { badUserInput } from '../../../platform/errors.ts';
import { fromGlobalId } from '../../../platform/id.ts';
import { idToFind } from '../../../platform/id-input.ts';
import { type Page, PageArguments } from '../../../platform/pagination.ts';
import { DateTimeScalar } from '../../../platform/scalars.ts';
import { showTaxRate, TaxRate } from '../../tax/index.ts';
import { accountInvoices } from './account-invoices.ts';
import { InvoiceLine, InvoiceTax, toInvoiceLine, toInvoiceTax } from './invoice-lines.graphql.ts';
import { Invoice, InvoiceConnection, toInvoice } from './invoicing.graphql.ts';
import {
  graceLoader,
  type InvoiceFilterValues,
  invoiceByNumber,
  invoiceLoader,
  invoicesPage,
  lineLoader,
  linesLoader,
  replacementLoader,
  taxesLoader,
} from './invoicing.queries.ts';
import { InvoiceFilter, InvoiceOrder } from './invoicing.requests.ts';
import { LegalEntity, showLegalEntity } from './legal-entities.resolver.ts';

@Resolver(() => Invoice)
export class InvoicesResolver {
  @Query(() => Invoice, {
    nullable: true,
    description: 'One invoice, by its id or its number (exactly one of them); null if there is none.',
  })
  async invoice(
    @Arg('id', () => ID, { nullable: true, description: 'Its id.' }) id: string | null,
    @Arg('number', () => String, { nullable: true, description: 'Its number.' }) number: string | null,
    @Ctx() context: Context,
  ): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    if ((id == null) === (number == null)) throw badUserInput(['id'], 'Give the id or the number.');
    if (number != null) {
      const found = number.length <= 50 ? await invoiceByNumber(context, number) : null;
      return found && toInvoice(found, context);
    }
    const uuid = fromGlobalId('inv', id ?? '');
    return uuid ? showInvoice(context, uuid) : null;
  }

  @Query(() => InvoiceConnection, { description: 'The invoices of the organization.' })
  async invoices(
    @Arg('filter', () => InvoiceFilter, { nullable: true, description: 'Which of them.' }) filter: InvoiceFilter | null,
    @Arg('orderBy', () => InvoiceOrder, { nullable: true, description: 'Sorted how; the newest first if left out.' })
    orderBy: InvoiceOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Invoice>> {
    requirePermission(context, 'invoices:read');
    const found = await invoicesPage(context, readFilter(filter), orderBy?.direction ?? 'desc', page);
    return found.map((record) => toInvoice(record, context));
  }

  @FieldResolver(() => [InvoiceLine], { description: 'Its lines, in the order of their positions.' })
  async lines(@Root() invoice: Invoice, @Ctx() context: Context): Promise<InvoiceLine[]> {
    return (await linesLoader(context).load(invoice.uuid)).map(toInvoiceLine);
  }

  @FieldResolver(() => [InvoiceTax], { description: 'Its tax, by rate.' })
  async taxes(@Root() invoice: Invoice, @Ctx() context: Context): Promise<InvoiceTax[]> {
    return (await taxesLoader(context).load(invoice.uuid)).map((record) => toInvoiceTax(record, invoice.currency));
  }

  @FieldResolver(() => Invoice, { nullable: true, description: 'The void invoice that it stands for.' })
  async replaces(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Invoice | null> {
    return invoice.replacesUuid ? showInvoice(context, invoice.replacesUuid) : null;
  }

  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice that stands for it since it was voided.' })
  async replacedBy(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Invoice | null> {
    if (invoice.status !== 'void') return null;
    const uuid = await replacementLoader(context).load(invoice.uuid);
    return uuid ? showInvoice(context, uuid) : null;
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'When a draft becomes final by itself; null where it does not.',
  })
  async finalizesAt(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Date | null> {
    return invoice.status === 'draft' ? graceLoader(context).load(invoice.uuid) : null;
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that used what is billed.' })
  async account(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, invoice.accountUuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that is to pay.' })
  async billToAccount(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, invoice.billToAccountUuid);
  }

  @FieldResolver(() => LegalEntity, { nullable: true, description: 'The legal entity that issues it, as it is now.' })
  async legalEntity(@Root() invoice: Invoice, @Ctx() context: Context): Promise<LegalEntity | null> {
    return showLegalEntity(context, invoice.legalEntityUuid);
  }
}

@Resolver(() => InvoiceLine)
export class InvoiceLinesResolver {
  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice it is on.' })
  async invoice(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<Invoice | null> {
    return showInvoice(context, line.invoiceUuid);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that used it.' })
  async account(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, line.accountUuid);
  }
}

@Resolver(() => InvoiceTax)
export class InvoiceTaxesResolver {
  @FieldResolver(() => TaxRate, { nullable: true, description: 'The rate it was computed by.' })
  async taxRate(@Root() tax: InvoiceTax, @Ctx() context: Context): Promise<TaxRate | null> {
    return tax.taxRateUuid ? showTaxRate(context, tax.taxRateUuid) : null;
  }
}

@Resolver(() => Account)
export class AccountInvoicesResolver {
  @FieldResolver(() => LegalEntity, { nullable: true, description: 'Who issues its invoices; null: the default one.' })
  async legalEntity(@Root() account: Account, @Ctx() context: Context): Promise<LegalEntity | null> {
    requirePermission(context, 'settings:read');
    return account.legalEntityUuid ? showLegalEntity(context, account.legalEntityUuid) : null;
  }

  @FieldResolver(() => InvoiceConnection, { description: 'Its invoices, the newest first.' })
  async invoices(
    @Root() account: Account,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Invoice>> {
    requirePermission(context, 'invoices:read');
    const found = await accountInvoices(context, account.uuid, page);
    return found.map((record) => toInvoice(record, context));
  }
}

/** The API's view of an invoice by uuid, for whoever shows one beside its own objects. */
export async function showInvoice(context: Context, uuid: string): Promise<Invoice | null> {
  const record = await invoiceLoader(context).load(uuid);
  return record && toInvoice(record, context);
}

/** Invoices for `node(id)`. */
export async function invoiceNodes(context: Context, ids: readonly string[]): Promise<Map<string, Invoice>> {
  requirePermission(context, 'invoices:read');
  const shown = await Promise.all(ids.map((id) => showInvoice(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

/** Lines for `node(id)`. */
export async function invoiceLineNodes(context: Context, ids: readonly string[]): Promise<Map<string, InvoiceLine>> {
  requirePermission(context, 'invoices:read');
  const records = await Promise.all(ids.map((id) => lineLoader(context).load(id)));
  return new Map(records.flatMap((record) => (record ? [[record.id, toInvoiceLine(record)] as const] : [])));
}

function readFilter(filter: InvoiceFilter | null): InvoiceFilterValues {
  if (!filter) return {};
  if ((filter.status?.length ?? 0) > 5) throw badUserInput(['filter', 'status'], 'There are only five.');
  if ((filter.taxPending?.length ?? 0) > 5) throw badUserInput(['filter', 'taxPending'], 'There are only five.');
  // An id of nothing finds nothing, as a foreign one does.
  return {
    accountId: idToFind('acc', filter.accountId),
    billToAccountId: idToFind('acc', filter.billToAccountId),
    subscriptionId: idToFind('sub', filter.subscriptionId),
    statuses: filter.status,
    pastDue: filter.pastDue,
    taxPending: filter.taxPending,
    currency: filter.currency,
    createdFrom: filter.createdAt?.from,
    createdBefore: filter.createdAt?.before,
  };
}
