import type { XmlElement } from 'libxml2-wasm';
import type { ReadInvoice } from './en16931.ts';

const header = './/ApplicableHeaderTradeSettlement';
const totals = `${header}/SpecifiedTradeSettlementHeaderMonetarySummation`;
const seller = './/SellerTradeParty';
const buyer = './/BuyerTradeParty';

/** What must be there, once and not empty, for the whole document. */
const ofDocument: Record<string, string> = {
  'BR-01': './/GuidelineSpecifiedDocumentContextParameter/ID',
  'BR-02': './/rsm:ExchangedDocument/ID',
  'BR-03': './/rsm:ExchangedDocument/IssueDateTime/udt:DateTimeString[@format="102"]',
  'BR-04': './/rsm:ExchangedDocument/TypeCode',
  'BR-05': `${header}/InvoiceCurrencyCode`,
  'BR-08': `${seller}/PostalTradeAddress`,
  'BR-10': `${buyer}/PostalTradeAddress`,
  'BR-12': `${totals}/LineTotalAmount`,
  'BR-13': `${totals}/TaxBasisTotalAmount`,
  'BR-14': `${totals}/GrandTotalAmount`,
  'BR-15': `${totals}/DuePayableAmount`,
  'BR-53': `${totals}/TaxTotalAmount`,
};

/** The same for each line. */
const ofLine: Record<string, string> = {
  'BR-21': 'AssociatedDocumentLineDocument/LineID',
  'BR-22': './/BilledQuantity',
  'BR-23': './/BilledQuantity[@unitCode]',
  'BR-24': './/LineTotalAmount',
  'BR-25': 'SpecifiedTradeProduct/Name',
  'BR-26': './/NetPriceProductTradePrice/ChargeAmount',
  'BR-CO-04': './/ApplicableTradeTax[TypeCode="VAT"]/CategoryCode',
};

/** The same for each row of the breakdown. */
const ofRow: Record<string, string> = {
  'BR-45': 'BasisAmount',
  'BR-46': 'CalculatedAmount',
  'BR-47': 'CategoryCode',
  'BR-48': 'RateApplicablePercent|CategoryCode[.="O"]',
};

/** Elements that are amounts: two digits behind the point at most (BR-DEC-01 to BR-DEC-28). Prices may have more. */
const amounts = [
  'ActualAmount',
  'BasisAmount',
  'CalculatedAmount',
  'DuePayableAmount',
  'GrandTotalAmount',
  'LineTotalAmount',
  'TaxBasisTotalAmount',
  'TaxTotalAmount',
  'TotalPrepaidAmount',
];

/** Texts that come from lists of codes, as far as ours come from them (BR-CL). */
const codes: Record<string, [path: string, code: RegExp]> = {
  'BR-CL-01': ['.//rsm:ExchangedDocument/TypeCode', /^(380|381)$/],
  'BR-CL-03': [`${totals}/TaxTotalAmount/@currencyID`, /^[A-Z]{3}$/],
  'BR-CL-04': [`${header}/InvoiceCurrencyCode`, /^[A-Z]{3}$/],
  'BR-CL-14': ['.//CountryID', /^[A-Z]{2}$/],
  'BR-CL-17': ['.//CategoryCode', /^(S|Z|E|AE|K|G|O)$/],
  'BR-CL-22': ['.//ExemptionReasonCode', /^VATEX-EU-(AE|IC|G|O)$/],
  'BR-CL-23': ['.//BilledQuantity/@unitCode', /^C62$/],
  'BR-CL-25': ['.//URIUniversalCommunication/URIID/@schemeID', /^EM$/],
};

/**
 * Rules of EN 16931 in the syntax CII, written by hand after the standard's own list: what must be there and how often,
 * decimals, codes, and what each category of VAT asks for. Answers the rules that are broken.
 */
export function* brokenRules(invoice: ReadInvoice): Generator<string> {
  yield* missing(invoice, ofDocument);
  for (const line of lines(invoice)) {
    yield* missing(invoice, ofLine, line);
    yield* period(invoice, line);
  }
  for (const row of rows(invoice)) yield* missing(invoice, ofRow, row);
  for (const name of amounts) {
    if (invoice.all(`.//${name}`).some(({ content }) => !/^-?\d+(\.\d{1,2})?$/.test(content))) yield `BR-DEC ${name}`;
  }
  for (const [rule, [path, code]] of Object.entries(codes)) {
    if (invoice.all(path).some(({ content }) => !code.test(content))) yield rule;
  }
  yield* allowances(invoice);
  yield* registrations(invoice);
  yield* byCategory(invoice);
}

const lines = (invoice: ReadInvoice) => invoice.all('.//IncludedSupplyChainTradeLineItem');
const rows = (invoice: ReadInvoice) => invoice.all(`${header}/ApplicableTradeTax`);

function* missing(invoice: ReadInvoice, rules: Record<string, string>, from?: XmlElement): Generator<string> {
  for (const [rule, path] of Object.entries(rules)) {
    const found = invoice.all(path, from);
    if (found.length !== 1 || !found[0]?.content.trim()) yield rule;
  }
}

function* period(invoice: ReadInvoice, line: XmlElement): Generator<string> {
  const [from, to] = ['Start', 'End'].map((end) => invoice.text(`.//BillingSpecifiedPeriod/${end}DateTime`, line));
  if (from && to && to.trim() < from.trim()) yield 'BR-30';
}

function* allowances(invoice: ReadInvoice): Generator<string> {
  for (const one of invoice.all('.//SpecifiedTradeAllowanceCharge')) {
    const charge = invoice.text('ChargeIndicator/udt:Indicator', one) === 'true';
    const amount = invoice.text('ActualAmount', one);
    if (amount === null || Number(amount) < 0) yield charge ? 'BR-43' : 'BR-41';
    if (!invoice.text('Reason', one)) yield charge ? 'BR-44' : 'BR-42';
  }
  const corrected = invoice.all(`${header}/InvoiceReferencedDocument`);
  if (corrected.some((one) => !invoice.text('IssuerAssignedID', one))) yield 'BR-55';
}

function* registrations(invoice: ReadInvoice): Generator<string> {
  const has = (party: string, ...schemes: string[]) =>
    schemes.some((scheme) => invoice.text(`${party}/SpecifiedTaxRegistration/ID[@schemeID="${scheme}"]`));
  const categories = new Set(invoice.all('.//CategoryCode').map(({ content }) => content));
  for (const category of ['S', 'Z', 'E', 'AE']) {
    if (categories.has(category) && !has(seller, 'VA', 'FC')) yield `BR-${category}-02`;
  }
  if (categories.has('AE') && !has(buyer, 'VA')) yield 'BR-AE-02 buyer';
  if (categories.has('O') && (has(seller, 'VA') || has(buyer, 'VA'))) yield 'BR-O-02';
}

/** Each category of the lines has its rows, one for each rate of S and one of any other; no row stands for nothing. */
function* byCategory(invoice: ReadInvoice): Generator<string> {
  const key = (element: XmlElement, path: string) => {
    const category = invoice.text(`${path}CategoryCode`, element);
    const percent = invoice.text(`${path}RateApplicablePercent`, element);
    return `${category} ${category === 'S' ? Number(percent) : ''}`;
  };
  const ofLines = new Set(lines(invoice).map((line) => key(line, './/')));
  const ofRows = rows(invoice).map((row) => key(row, ''));
  if (new Set(ofRows).size !== ofRows.length) yield 'BR-01 of a category: a row twice';
  for (const one of ofLines) if (!ofRows.includes(one)) yield `BR-${one.split(' ')[0]}-01`;
  for (const one of ofRows) if (!ofLines.has(one)) yield `BR-${one.split(' ')[0]}-01 without a line`;
  for (const line of lines(invoice)) {
    const category = invoice.text('.//CategoryCode', line);
    const percent = invoice.text('.//RateApplicablePercent', line);
    if (category === 'O' ? percent !== null : category === 'S' ? !(Number(percent) > 0) : Number(percent) !== 0) {
      yield `BR-${category}-05 of a line`;
    }
  }
  const wanted: Record<string, string> = { AE: 'VATEX-EU-AE', O: 'VATEX-EU-O' };
  for (const row of rows(invoice)) {
    const category = invoice.text('CategoryCode', row)!;
    const [reason, code] = ['ExemptionReason', 'ExemptionReasonCode'].map((name) => invoice.text(name, row));
    if (['S', 'Z'].includes(category) ? reason || code : !reason && !code) yield `BR-${category}-10`;
    if (wanted[category] && code !== wanted[category]) yield `BR-${category}-10`;
  }
}
