import PDFDocument from 'pdfkit';
import type { DocumentContent } from '../document-content.ts';
import { crossIndustryInvoice } from '../e-invoice/cross-industry-invoice.ts';
import { electronicInvoice } from '../e-invoice/electronic-invoice.ts';
import { wordsOf } from '../words/index.ts';
import { DocumentFonts } from './fonts.ts';
import { layOutFoot } from './foot.ts';
import type { Pen } from './frame.ts';
import { drawInvoice } from './invoice-pages.ts';
import { drawReceipt } from './receipt-pages.ts';
import { Shaper } from './shaping.ts';
import { Sheet } from './sheet.ts';
import { facturXMetadata } from './xmp.ts';

const letterCountries = ['US', 'CA', 'MX', 'PH', 'CL', 'CO', 'VE'];

/**
 * The PDF of a document (PDF/A-3b). The same content gives the same bytes: its dates and its id come from the content, and
 * nothing of the machine or the moment goes into it.
 */
export async function printDocument(content: DocumentContent): Promise<Buffer> {
  const words = wordsOf(content.locale);
  const title = { invoice: words.invoice, credit_note: words.creditNote, receipt: words.receipt }[content.kind];
  const letter = letterCountries.includes(content.issuer.address?.country ?? '');
  const pdf = new PDFDocument({
    size: letter ? 'LETTER' : 'A4',
    margin: 0,
    font: null as never,
    pdfVersion: '1.7',
    subset: 'PDF/A-3b' as never,
    lang: content.locale,
    displayTitle: true,
    bufferPages: true,
    info: {
      Title: `${title} ${content.number}`,
      Producer: 'Perennial',
      Creator: 'Perennial',
      CreationDate: content.issuedAt,
    },
  });
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => pdf.on('end', resolve).on('error', reject));
  const sheet = new Sheet(pdf, new Shaper(new DocumentFonts(content.locale)), words.direction);
  const pen: Pen = { sheet, words, content, foot: layOutFoot(sheet, content.dress), y: 0 };
  if (content.kind === 'receipt') drawReceipt(pen, content);
  else drawInvoice(pen, content);
  const xml = xmlOf(content);
  if (xml) attach(pdf, content, xml);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

/** The figures as XML; none for receipts and where the standard's demands cannot be met. */
function xmlOf(content: DocumentContent): string | null {
  if (content.kind === 'receipt') return null;
  const invoice = electronicInvoice(content);
  return 'missing' in invoice ? null : crossIndustryInvoice(content, invoice);
}

function attach(pdf: InstanceType<typeof PDFDocument>, content: DocumentContent, xml: string): void {
  pdf.file(Buffer.from(xml), {
    name: 'factur-x.xml',
    type: 'text/xml',
    description: 'EN 16931',
    relationship: 'Alternative',
    creationDate: content.issuedAt,
    modifiedDate: content.issuedAt,
  } as never);
  (pdf as unknown as { appendXML(text: string): void }).appendXML(facturXMetadata);
}
