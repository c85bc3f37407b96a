import { AccountEntity } from '../../../accounts/index.ts';
import type { Fact } from '../../../platform/outbox.ts';
import type { Work } from '../../../platform/work.ts';
import type { InvoiceFactData } from '../../invoicing/index.ts';
import { PaymentMethodEntity } from '../payments.entities.ts';
import { type PaymentStart, startPayments } from './start-payments.ts';

interface Payer {
  organization_id: string;
  invoice_id: string;
  test_clock_id: string | null;
  method_id: string | null;
  provider: string | null;
}

/**
 * Consequence of `invoice.finalized`: what is collected automatically and asks for money gets its payment in the same
 * transaction, off session, with the invoice's method or else the default one of the account that is billed. One query
 * for any number of invoices. Without a usable method: `payment.method_missing`.
 */
export async function collectFinalized(work: Work, facts: readonly Fact[]): Promise<void> {
  const due = facts.filter(({ data }) => {
    const invoice = data as InvoiceFactData;
    return invoice.collection === 'automatic' && invoice.status === 'open' && BigInt(invoice.amountDue) > 0n;
  });
  if (due.length === 0) return;
  const payers = await findPayers(work, due);
  const starts: PaymentStart[] = [];
  for (const fact of due) {
    const invoice = fact.data as InvoiceFactData;
    const payer = payers.get(invoice.invoiceId);
    if (payer?.method_id && payer.provider) starts.push(startOf(fact, invoice, payer));
    else work.announce(methodMissing(fact, invoice));
  }
  startPayments(work, starts);
}

function startOf(fact: Fact, invoice: InvoiceFactData, payer: Payer): PaymentStart {
  return {
    organizationId: fact.organizationId,
    accountId: invoice.billToAccountId,
    testClockId: payer.test_clock_id,
    provider: payer.provider ?? '',
    paymentMethodId: payer.method_id,
    currency: invoice.currency,
    covers: [{ invoiceId: invoice.invoiceId, amount: BigInt(invoice.amountDue) }],
    offSession: true,
    captureMethod: 'automatic',
    at: fact.at,
  };
}

/** An invoice waits for money and there is no method to charge. */
function methodMissing(fact: Fact, invoice: InvoiceFactData): Fact {
  const { invoiceId, billToAccountId, amountDue, currency, subscriptionIds } = invoice;
  return {
    type: 'payment.method_missing',
    organizationId: fact.organizationId,
    objectType: 'invoice',
    objectId: invoiceId,
    accountId: billToAccountId,
    at: fact.at,
    data: { invoiceId, accountId: billToAccountId, amountDue, currency, subscriptionIds },
  };
}

async function findPayers(work: Work, facts: readonly Fact[]): Promise<Map<string, Payer>> {
  const column = (of: (fact: Fact, invoice: InvoiceFactData) => string | null) =>
    `{${facts.map((fact) => of(fact, fact.data as InvoiceFactData) ?? 'NULL').join(',')}}`;
  const rows = await work.rowsOf<Payer>(
    [AccountEntity, PaymentMethodEntity],
    `select i.organization_id, i.invoice_id, a.test_clock_id, coalesce(own.id, other.id) as method_id,
       coalesce(own.provider, other.provider) as provider
     from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) as i(organization_id, invoice_id, account_id, method_id)
     join accounts a on a.organization_id = i.organization_id and a.id = i.account_id
     left join payment_methods own on own.organization_id = i.organization_id and own.id = i.method_id
       and own.account_id = i.account_id and own.detached_at is null
     left join payment_methods other on other.organization_id = i.organization_id and other.account_id = i.account_id
       and other.is_default`,
    [
      column((fact) => fact.organizationId),
      column((_, invoice) => invoice.invoiceId),
      column((_, invoice) => invoice.billToAccountId),
      column((_, invoice) => invoice.paymentMethodId),
    ],
  );
  return new Map(rows.map((row) => [row.invoice_id, row]));
}
