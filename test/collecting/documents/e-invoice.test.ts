import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { InvoiceContent } from '../../../src/collecting/documents/document-content.ts';
import { crossIndustryInvoice } from '../../../src/collecting/documents/e-invoice/cross-industry-invoice.ts';
import { electronicInvoice } from '../../../src/collecting/documents/e-invoice/electronic-invoice.ts';
import { austrian, documentOf, type LineDraft, party, vienna } from '../../support/documents.ts';
import { ReadInvoice } from '../../support/en16931.ts';

function read(content: InvoiceContent): ReadInvoice {
  const invoice = electronicInvoice(content);
  if ('missing' in invoice) throw new Error(`lacks ${invoice.missing.join(', ')}`);
  return new ReadInvoice(crossIndustryInvoice(content, invoice));
}

const lacks = (content: InvoiceContent) => {
  const invoice = electronicInvoice(content);
  return 'missing' in invoice ? invoice.missing : [];
};

const reduced = { id: 'reduced', percent: '10', inclusive: false };
const contained = { id: 'contained', percent: '19', inclusive: true };

describe('XML of EN 16931', () => {
  test('states lines, periods, discounts, tax by rate and what is to be paid', () => {
    const content = documentOf(
      [
        {
          description: 'Studio <Pro> & "more"',
          quantity: '3',
          unitAmount: '1900',
          amount: 5700n,
          discount: 570n,
          period: { firstOn: '2026-03-01', lastOn: '2026-03-31' },
        },
        { description: 'Book', amount: 1999n, rates: [reduced] },
        { description: 'Unused time', quantity: '1', unitAmount: '-700', amount: -700n },
      ],
      { creditsApplied: 1000n, memo: 'Thank you', purchaseOrder: 'PO-7' },
    );
    const invoice = read(content);
    expect(invoice.faults()).toEqual([]);
    expect(invoice.text('.//rsm:ExchangedDocument/TypeCode')).toBe('380');
    expect(invoice.text('.//SpecifiedTradeProduct/Name')).toBe('Studio <Pro> & "more"');
    expect(invoice.text('.//BillingSpecifiedPeriod/EndDateTime')?.trim()).toBe('20260331');
    expect(invoice.text('.//SpecifiedTradeAllowanceCharge/ActualAmount')).toBe('5.70');
    expect(invoice.text('.//BuyerOrderReferencedDocument/IssuerAssignedID')).toBe('PO-7');
    expect(invoice.text('.//TotalPrepaidAmount')).toBe('10.00');
    const rates = invoice.all('.//ApplicableHeaderTradeSettlement/ApplicableTradeTax/RateApplicablePercent');
    expect(rates.map((rate) => rate.content)).toEqual(['20', '10']);
    expect(invoice.text('.//DuePayableAmount')).toBe('65.15');
    // 30 less 7 back: the third line has a quantity of −1 at a price that is not negative.
    expect(invoice.all('.//BilledQuantity').map((quantity) => quantity.content)).toEqual(['3', '1', '-1']);
  });

  test('a fractional quantity keeps its price where their product, rounded once, is the amount; tiers have none', () => {
    const lines = [
      { quantity: '2.5', unitAmount: '1001', amount: 2503n },
      { quantity: '2.5', unitAmount: '1001', amount: 2502n },
      { quantity: '-2.5', unitAmount: '1001', amount: -2503n },
    ];
    const invoice = read(documentOf(lines));
    expect(invoice.faults()).toEqual([]);
    const texts = (path: string) => invoice.all(path).map(({ content }) => content);
    expect(texts('.//BilledQuantity')).toEqual(['2.5', '1', '-2.5']);
    expect(texts('.//NetPriceProductTradePrice/ChargeAmount')).toEqual(['10.01', '25.02', '10.01']);
    expect(texts('.//IncludedSupplyChainTradeLineItem//LineTotalAmount')).toEqual(['25.03', '25.02', '-25.03']);
  });

  test('a credit note is of type 381 and names the invoice', () => {
    const corrects = { number: 'INV-000041', issuedOn: '2026-02-01' };
    const invoice = read(documentOf([{ amount: 5000n }], { kind: 'credit_note', dueOn: null, corrects }));
    expect(invoice.faults()).toEqual([]);
    expect(invoice.text('.//rsm:ExchangedDocument/TypeCode')).toBe('381');
    expect(invoice.text('.//InvoiceReferencedDocument/IssuerAssignedID')).toBe('INV-000041');
  });

  test('tax that prices contain, no tax at all, exemption, and yen', () => {
    const buyer = party('Zweigstelle', { taxIds: [], address: { ...vienna, country: 'DE' } });
    const german = { ...buyer, taxIds: [{ type: 'EU_VAT', value: 'DE136695976' }] };
    const untaxed = { rates: [], amount: 12_345n };
    const nobody = party('Kleinunternehmer', { taxIds: [] });
    const cases: [InvoiceContent, categories: string[]][] = [
      [documentOf([{ amount: 11_900n, rates: [contained], discount: 1000n }], { buyer }), ['S']],
      [documentOf([untaxed], { issuer: nobody }), ['O']],
      [documentOf([untaxed]), ['O']],
      [documentOf([{ ...untaxed, untaxed: 'E' }]), ['E']],
      [documentOf([{ ...untaxed, untaxed: 'AE' }], { buyer: german }), ['AE']],
      [
        documentOf(
          [
            { ...untaxed, untaxed: 'AE' },
            { ...untaxed, untaxed: 'O' },
          ],
          { buyer: german },
        ),
        ['AE', 'E'],
      ],
      [documentOf([untaxed, { amount: 100n }]), ['E', 'S']],
      [documentOf([{ amount: 1000n, rates: [{ ...austrian, percent: '0' }] }]), ['Z']],
      [documentOf([{ amount: 5700n }], { currency: 'JPY' }), ['S']],
      [documentOf([{ amount: -5700n }]), ['S']],
    ];
    for (const [content, categories] of cases) {
      const invoice = read(content);
      expect(invoice.faults()).toEqual([]);
      const rows = invoice.all('.//ApplicableHeaderTradeSettlement/ApplicableTradeTax/CategoryCode');
      expect(rows.map((row) => row.content)).toEqual(categories);
    }
  });

  test('what does not fit the schema, or does not add up, is found', () => {
    const content = documentOf([{ amount: 1000n }]);
    const invoice = electronicInvoice(content);
    if ('missing' in invoice) throw new Error('it should lack nothing');
    const xml = crossIndustryInvoice(content, invoice);
    expect(() => new ReadInvoice(xml.replaceAll('ram:GrandTotalAmount', 'ram:Total'))).toThrow();
    expect(() => new ReadInvoice(xml.slice(0, -10))).toThrow();
    const wrong = xml.replace(/(<ram:TaxTotalAmount[^>]*>)2\.00/, '$12.01');
    expect(new ReadInvoice(wrong).faults()).toEqual(['BR-CO-14', 'BR-CO-15']);
    expect(new ReadInvoice(xml.replaceAll('>20<', '>7<')).faults()).toEqual(['BR-CO-17']);
    const wrongs: [rule: string, from: RegExp, to: string][] = [
      ['BR-02', />INV-000042</, '><'],
      ['BR-04', /(<ram:TypeCode>)380/, '$1'],
      ['BR-CL-01', /(<ram:TypeCode>)380/, '$1999'],
      ['BR-21', /(<ram:LineID>)1/, '$1'],
      ['BR-CL-23', /unitCode="C62"/, 'unitCode="PIECE"'],
      ['BR-25', /(<ram:SpecifiedTradeProduct>\s*<ram:Name>)[^<]*/, '$1'],
      ['BR-S-01', /(<ram:CalculatedAmount>[\s\S]*?<ram:CategoryCode>)S/, '$1Z'],
      [
        'BR-S-02',
        /(<ram:SellerTradeParty>[\s\S]*?)<ram:SpecifiedTaxRegistration>[\s\S]*?<\/ram:SpecifiedTaxRegistration>/,
        '$1',
      ],
      ['BR-S-05 of a line', />20<\/ram:RateApplicablePercent/, '>0</ram:RateApplicablePercent'],
      ['BR-CO-25', /<ram:SpecifiedTradePaymentTerms>[\s\S]*?<\/ram:SpecifiedTradePaymentTerms>/, ''],
    ];
    for (const [rule, from, to] of wrongs) {
      const changed = xml.replace(from, to);
      expect(changed).not.toBe(xml);
      expect([rule, new ReadInvoice(changed).faults()]).toEqual([rule, expect.arrayContaining([rule])]);
    }
  });

  test('says what is missing instead of stating what is not so', () => {
    const lines = [{ amount: 1000n }];
    expect(lacks(documentOf(lines, { buyer: party('Nowhere', { address: null }) }))).toEqual([
      'the country of the buyer',
    ]);
    expect(lacks(documentOf(lines, { issuer: party('No number', { taxIds: [] }) }))).toEqual([
      'a tax id of the legal entity',
    ]);
    const reversed = documentOf([{ ...lines[0]!, rates: [], untaxed: 'AE' }]);
    expect(lacks(reversed)).toEqual(['a VAT id of the buyer']);
    const american = party('Inc.', { address: { ...vienna, country: 'US' } });
    expect(lacks(documentOf(lines, { issuer: american }))).toEqual([
      'a legal entity in a country with value added tax',
    ]);
    expect(lacks(documentOf(lines, { currency: 'KWD' }))).toEqual(['a currency with at most two decimals']);
    const [line] = documentOf(lines).lines;
    expect(lacks(documentOf(lines, { lines: [{ ...line!, rates: [] }] }))).toEqual([
      'tax that follows from the lines and their rates',
    ]);
  });

  test('any lines and rates: the rules hold for what is embedded, and nearly everything is', () => {
    const zero = { id: 'zero', percent: '0', inclusive: false };
    const city = { id: 'city', percent: '2.5', inclusive: false };
    const rate = fc.constantFrom([austrian], [reduced], [contained], [zero], [], [austrian, city]);
    const line: fc.Arbitrary<LineDraft> = fc
      .record({
        amount: fc.bigInt({ min: -1_000_000n, max: 10_000_000n }),
        part: fc.integer({ min: 0, max: 100 }),
        rates: rate,
        untaxed: fc.constantFrom('E' as const, 'AE' as const, 'O' as const),
        quantity: fc.constantFrom('1', '3', '2.5'),
      })
      .map(({ amount, part, rates, untaxed, quantity }) => ({
        ...{ amount, rates, quantity, discount: (amount * BigInt(part)) / 100n },
        untaxed: rates.length === 0 ? untaxed : null,
      }));
    const corrects = { number: 'INV-000041', issuedOn: '2026-02-01' };
    const more: fc.Arbitrary<Partial<InvoiceContent>> = fc.record({
      creditsApplied: fc.bigInt({ min: 0n, max: 50_000n }),
      currency: fc.constantFrom('EUR', 'EUR', 'JPY'),
      buyer: fc.constant(party('Zweigstelle', { taxIds: [{ type: 'EU_VAT', value: 'DE136695976' }] })),
      kind: fc.constantFrom('invoice' as const, 'credit_note' as const),
    });
    let embedded = 0;
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), more, (lines, given) => {
        const note = given.kind === 'credit_note';
        const content = documentOf(lines, { ...given, ...(note ? { corrects, dueOn: null, creditsApplied: 0n } : {}) });
        if (lacks(content).length > 0) return;
        embedded += 1;
        expect(read(content).faults()).toEqual([]);
      }),
      { numRuns: 100, seed: 7 },
    );
    expect(embedded).toBeGreaterThan(85);
  });
});
