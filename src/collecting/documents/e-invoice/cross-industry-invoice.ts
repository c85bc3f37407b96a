import { create } from 'xmlbuilder2';
import { digitsOf, minorToMajor } from '../../../rules/currency.ts';
import type { EBreakdown, ELine, VatCategory } from '../../../rules/e-invoice.ts';
import { movedPoint } from '../../../rules/money.ts';
import type { ContentLine, InvoiceContent, Party } from '../document-content.ts';
import { cleaned } from '../printing/paragraphs.ts';
import { wordsOf } from '../words/index.ts';
import type { ElectronicInvoice } from './electronic-invoice.ts';
import type { TaxRegistrations } from './tax-registrations.ts';

type Element = { [name: string]: Element | Element[] | string | undefined };

const namespaces = {
  '@xmlns:rsm': 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100',
  '@xmlns:ram': 'urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100',
  '@xmlns:udt': 'urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100',
  '@xmlns:qdt': 'urn:un:unece:uncefact:data:standard:QualifiedDataType:100',
};
const profile = 'urn:cen.eu:en16931:2017';

/**
 * An invoice or credit note as XML: EN 16931 in the syntax of UN/CEFACT, as Factur-X 1.07 and ZUGFeRD 2.3 embed it in their
 * profile of the same name. The order of elements is that of the schema.
 */
export function crossIndustryInvoice(content: InvoiceContent, invoice: ElectronicInvoice): string {
  const document: Element = {
    'rsm:CrossIndustryInvoice': {
      ...namespaces,
      'rsm:ExchangedDocumentContext': { 'ram:GuidelineSpecifiedDocumentContextParameter': { 'ram:ID': profile } },
      'rsm:ExchangedDocument': {
        'ram:ID': content.number,
        'ram:TypeCode': content.kind === 'credit_note' ? '381' : '380',
        'ram:IssueDateTime': day(content.issuedOn),
        'ram:IncludedNote': content.memo ? { 'ram:Content': words(content.memo) } : undefined,
      },
      'rsm:SupplyChainTradeTransaction': {
        'ram:IncludedSupplyChainTradeLineItem': content.lines.map((line, index) =>
          lineItem(content, line, invoice.figures.lines[index]!, index),
        ),
        'ram:ApplicableHeaderTradeAgreement': {
          'ram:SellerTradeParty': tradeParty(content.issuer, invoice.seller),
          'ram:BuyerTradeParty': tradeParty(content.buyer, invoice.buyer),
          'ram:BuyerOrderReferencedDocument': content.purchaseOrder
            ? { 'ram:IssuerAssignedID': words(content.purchaseOrder) }
            : undefined,
        },
        'ram:ApplicableHeaderTradeDelivery': {},
        'ram:ApplicableHeaderTradeSettlement': settlement(content, invoice),
      },
    },
  };
  return create({ version: '1.0', encoding: 'UTF-8' }, present(document) as object).end({ prettyPrint: true });
}

function lineItem(content: InvoiceContent, line: ContentLine, figures: ELine, index: number): Element {
  const { currency } = content;
  const reduced = (indicator: string, amount: bigint): Element[] =>
    amount === 0n
      ? []
      : [
          {
            'ram:ChargeIndicator': { 'udt:Indicator': indicator },
            'ram:ActualAmount': minorToMajor(amount, currency),
            'ram:Reason': wordsOf(content.locale).discount,
          },
        ];
  return {
    'ram:AssociatedDocumentLineDocument': { 'ram:LineID': String(index + 1) },
    'ram:SpecifiedTradeProduct': { 'ram:Name': words(line.description) },
    'ram:SpecifiedLineTradeAgreement': {
      'ram:NetPriceProductTradePrice': { 'ram:ChargeAmount': price(figures.price, currency) },
    },
    'ram:SpecifiedLineTradeDelivery': {
      'ram:BilledQuantity': { '@unitCode': 'C62', '#': plain(figures.quantity) },
    },
    'ram:SpecifiedLineTradeSettlement': {
      'ram:ApplicableTradeTax': {
        'ram:TypeCode': 'VAT',
        'ram:CategoryCode': figures.category,
        'ram:RateApplicablePercent': figures.percent ?? undefined,
      },
      'ram:BillingSpecifiedPeriod': line.period
        ? { 'ram:StartDateTime': day(line.period.firstOn), 'ram:EndDateTime': day(line.period.lastOn) }
        : undefined,
      'ram:SpecifiedTradeAllowanceCharge': [...reduced('false', figures.allowance), ...reduced('true', figures.charge)],
      'ram:SpecifiedTradeSettlementLineMonetarySummation': {
        'ram:LineTotalAmount': minorToMajor(figures.net, currency),
      },
    },
  };
}

function tradeParty(party: Party, registrations: TaxRegistrations): Element {
  const { address } = party;
  const registration = (scheme: string, id: string | null): Element[] =>
    id ? [{ 'ram:ID': { '@schemeID': scheme, '#': words(id) } }] : [];
  const text = (value: string | null | undefined) => (value ? words(value) : undefined);
  return {
    'ram:ID': party.id,
    'ram:Name': words(party.name),
    'ram:PostalTradeAddress': {
      'ram:PostcodeCode': text(address?.postalCode),
      'ram:LineOne': text(address?.line1),
      'ram:LineTwo': text(address?.line2),
      'ram:CityName': text(address?.city),
      'ram:CountryID': address?.country ?? undefined,
      'ram:CountrySubDivisionName': text(address?.region),
    },
    'ram:URIUniversalCommunication': party.email
      ? { 'ram:URIID': { '@schemeID': 'EM', '#': words(party.email) } }
      : undefined,
    'ram:SpecifiedTaxRegistration': [
      ...registration('VA', registrations.vat),
      ...registration('FC', registrations.other),
    ],
  };
}

function settlement(content: InvoiceContent, { figures }: ElectronicInvoice): Element {
  const { currency, corrects } = content;
  const amount = (minor: bigint) => minorToMajor(minor, currency);
  const description = content.kind === 'credit_note' ? wordsOf(content.locale).creditNote : undefined;
  return {
    'ram:InvoiceCurrencyCode': currency,
    'ram:ApplicableTradeTax': figures.breakdown.map((row) => tradeTax(row, reasonOf(content, row), amount)),
    'ram:SpecifiedTradePaymentTerms': {
      'ram:Description': description,
      'ram:DueDateDateTime': content.dueOn && !description ? day(content.dueOn) : undefined,
    },
    'ram:SpecifiedTradeSettlementHeaderMonetarySummation': {
      'ram:LineTotalAmount': amount(figures.lineTotal),
      'ram:TaxBasisTotalAmount': amount(figures.lineTotal),
      'ram:TaxTotalAmount': { '@currencyID': currency, '#': amount(figures.taxTotal) },
      'ram:GrandTotalAmount': amount(figures.grandTotal),
      'ram:TotalPrepaidAmount': figures.prepaid === 0n ? undefined : amount(figures.prepaid),
      'ram:DuePayableAmount': amount(figures.payable),
    },
    'ram:InvoiceReferencedDocument': corrects
      ? {
          'ram:IssuerAssignedID': corrects.number,
          'ram:FormattedIssueDateTime': {
            'qdt:DateTimeString': { '@format': '102', '#': corrects.issuedOn.replaceAll('-', '') },
          },
        }
      : undefined,
  };
}

/** Why there is no tax, by category: text and code of the list VATEX (BT-120, BT-121). */
const exemptions: Readonly<Partial<Record<VatCategory, readonly [reason: string, code: string | undefined]>>> = {
  E: ['Exempt from VAT', undefined],
  AE: ['Reverse charge', 'VATEX-EU-AE'],
  K: ['Intra-community supply', 'VATEX-EU-IC'],
  G: ['Export outside the EU', 'VATEX-EU-G'],
  O: ['Not subject to VAT', 'VATEX-EU-O'],
};

/** Of an exempt buyer what is known of its exemption; else the words of the category. */
function reasonOf({ exemption, lines }: InvoiceContent, { category }: EBreakdown): string | undefined {
  const own = category === 'E' && exemption && lines.some((line) => line.untaxed === 'E');
  return own ? words(exemption) : exemptions[category]?.[0];
}

function tradeTax(row: EBreakdown, reason: string | undefined, amount: (minor: bigint) => string): Element {
  const [, code] = exemptions[row.category] ?? [];
  return {
    'ram:CalculatedAmount': amount(row.tax),
    'ram:TypeCode': 'VAT',
    'ram:ExemptionReason': reason,
    'ram:BasisAmount': amount(row.basis),
    'ram:CategoryCode': row.category,
    'ram:ExemptionReasonCode': code,
    'ram:RateApplicablePercent': row.percent ?? undefined,
  };
}

const day = (on: string): Element => ({ 'udt:DateTimeString': { '@format': '102', '#': on.replaceAll('-', '') } });

/** Minor units, possibly finer than one, in major units. */
const price = (minorUnits: string, currency: string): string => movedPoint(minorUnits, -digitsOf(currency));

const plain = (decimal: string) => (decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal);

/** Text that XML can hold, without marks of direction, which are for eyes. */
const words = (text: string) =>
  cleaned(text)
    .replace(/[\u200e\u200f\u2066-\u2069\ufffe\uffff]/g, '')
    .trim();

/** Without what is not there; an element whose parts are all missing is left out, but for one that must stand empty. */
function present(element: Element): Element {
  const kept: Element = {};
  for (const [name, value] of Object.entries(element)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (Array.isArray(value)) kept[name] = value.map(present);
    else if (typeof value === 'string') kept[name] = value;
    else {
      const inner = present(value);
      if (Object.keys(inner).length > 0 || name === 'ram:ApplicableHeaderTradeDelivery') kept[name] = inner;
    }
  }
  return kept;
}
