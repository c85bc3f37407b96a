import type { ContentLine, InvoiceContent, Party } from '../../src/collecting/documents/document-content.ts';
import { invoiceTotals } from '../../src/rules/totals.ts';

/** A line of a document; taxed by `documentOf`. */
export interface LineDraft {
  description?: string;
  quantity?: string;
  unitAmount?: string;
  amount: bigint;
  discount?: bigint;
  period?: ContentLine['period'];
  untaxed?: ContentLine['untaxed'];
  rates?: readonly { id: string; percent: string; inclusive: boolean }[];
}

export const austrian = { id: 'at', percent: '20', inclusive: false };

export const vienna = {
  line1: 'Mariahilfer Straße 10/3',
  line2: null,
  city: 'Wien',
  region: null,
  postalCode: '1060',
  country: 'AT',
};

export function party(name: string, more: Partial<Party> = {}): Party {
  const taxIds = [{ type: 'EU_VAT', value: 'ATU12345675' }];
  return { id: 'le_1', name, address: vienna, taxIds, email: 'billing@example.com', ...more };
}

/** What an invoice with these lines says, its taxes and totals computed as the books compute them. */
export function documentOf(drafts: readonly LineDraft[], more: Partial<InvoiceContent> = {}): InvoiceContent {
  const totals = invoiceTotals(
    drafts.map(({ amount, discount = 0n, rates = [austrian] }) => ({
      amountMinor: amount,
      discountMinor: discount,
      taxRates: rates,
    })),
    more.creditsApplied ?? 0n,
  );
  return {
    kind: 'invoice',
    number: 'INV-000042',
    issuedAt: new Date('2026-03-01T09:00:00Z'),
    issuedOn: '2026-03-01',
    dueOn: '2026-03-15',
    currency: 'EUR',
    issuer: party('Perennial Gärten GmbH & Co. KG'),
    buyer: party('Müller & Söhne AG', { id: 'acc_1', taxIds: [] }),
    locale: 'en',
    dress: { logo: null, accentColor: '#0b6e4f', footer: 'Perennial Gärten GmbH · Firmenbuch FN 123456a' },
    sandbox: false,
    lines: drafts.map((draft, index) => ({
      description: draft.description ?? `Line ${index + 1}`,
      period: draft.period ?? null,
      quantity: draft.quantity ?? '1',
      unitAmount: draft.unitAmount ?? draft.amount.toString(),
      amount: draft.amount,
      discount: draft.discount ?? 0n,
      untaxed: draft.untaxed ?? null,
      tax: totals.lines[index]!.taxMinor,
      rates: totals.lines[index]!.taxShares.map(({ rate, amountMinor }) => ({
        percent: rate.percent,
        inclusive: rate.inclusive,
        amount: amountMinor,
      })),
    })),
    taxes: totals.taxes.map(({ rate, taxableMinor, amountMinor }) => ({
      name: 'VAT',
      percent: rate.percent,
      inclusive: rate.inclusive,
      taxable: taxableMinor,
      amount: amountMinor,
    })),
    subtotal: totals.subtotalMinor,
    discountTotal: totals.discountTotalMinor,
    taxTotal: totals.taxTotalMinor,
    taxIncluded: totals.taxIncludedMinor,
    total: totals.totalMinor,
    carriedToCredit: totals.carriedToCreditMinor,
    exemption: null,
    memo: null,
    purchaseOrder: null,
    fields: [],
    corrects: null,
    voided: false,
    ...more,
    creditsApplied: totals.creditsAppliedMinor,
    payable: totals.amountDueMinor,
  };
}
