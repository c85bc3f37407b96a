import { expect, test } from '@jest/globals';
import type { DocumentContent, InvoiceContent } from '../../../src/collecting/documents/document-content.ts';
import { electronicInvoice } from '../../../src/collecting/documents/e-invoice/electronic-invoice.ts';
import { dateText, moneyText, numberText } from '../../../src/collecting/documents/printing/formats.ts';
import { printDocument } from '../../../src/collecting/documents/printing/print-document.ts';
import { printedLanguages, wordsOf } from '../../../src/collecting/documents/words/index.ts';
import { documentOf, party, vienna } from '../../support/documents.ts';
import { ReadInvoice } from '../../support/en16931.ts';
import { overlaps, wordsIn } from '../../support/pages.ts';
import { attachmentOf, describeWithPoppler as describe, factsOf, textOf } from '../../support/pdf.ts';

const year = { firstOn: '2026-01-01', lastOn: '2026-12-31' };

async function textIn(content: DocumentContent): Promise<string> {
  return textOf(await printDocument(content)).replace(/\s+/g, ' ');
}

describe('a printed document', () => {
  const make = () =>
    documentOf(
      [
        { description: 'Studio plan', quantity: '3', unitAmount: '1900', amount: 5700n, discount: 570n, period: year },
        { description: 'API calls', quantity: '123456', unitAmount: '0.05', amount: 6173n },
        { description: 'Data', quantity: '10', unitAmount: '0.5', amount: 5n },
      ],
      {
        creditsApplied: 1000n,
        purchaseOrder: 'PO-7',
        fields: [{ name: 'Project', value: 'Garden' }],
        memo: 'Thank you.',
      },
    );
  const content = make();

  test('says all of it, and the same content has the same bytes', async () => {
    const pdf = await printDocument(content);
    expect((await printDocument(make())).equals(pdf)).toBe(true);
    expect((await printDocument({ ...content, memo: 'Thanks.' })).equals(pdf)).toBe(false);
    const text = textOf(pdf, '-layout');
    const lines = [
      /Invoice number\s+INV-000042/,
      /Purchase order\s+PO-7/,
      /Project\s+Garden/,
      /Studio plan\s+3\s+19\.00\s+57\.00/,
      /January 1, 2026 – December 31, 2026/,
      /Discount\s+−5\.70/,
      /API calls\s+123,456\s+0\.0005\s+61\.73/,
      /Data\s+10\s+0\.005\s+0\.05/,
      /Subtotal\s+118\.78/,
      /VAT 20% on 113\.08\s+22\.62/,
      /Credit applied\s+−10\.00/,
      /Amount due\s+EUR 125\.70/,
    ];
    for (const line of lines) expect(text).toMatch(line);
  });

  test('is PDF/A-3 as far as it can be seen from outside: its fonts, its metadata, its XML', async () => {
    const pdf = await printDocument(content);
    const info = factsOf('pdfinfo', pdf);
    expect(info).toMatch(/Title:\s+Invoice INV-000042/);
    expect(info).toMatch(/Page size:\s+595.28 x 841.89 pts \(A4\)/);
    const fonts = factsOf('pdffonts', pdf).split('\n').slice(2).filter(Boolean);
    expect(fonts.length).toBeGreaterThan(1);
    for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+NotoSans-\S+ +CID TrueType +Identity-H +yes yes yes/);
    const metadata = factsOf('pdfinfo', pdf, '-meta');
    for (const word of [
      '<pdfaid:part>3<',
      '<pdfaid:conformance>B<',
      '<fx:ConformanceLevel>EN 16931<',
      'pdfaExtension:schemas',
    ])
      expect(metadata).toContain(word);
    const raw = pdf.toString('latin1');
    for (const word of ['/AFRelationship /Alternative', '/Subtype /text#2Fxml', '/GTS_PDFA1', '/AF ['])
      expect(raw).toContain(word);
    expect(new ReadInvoice(attachmentOf(pdf, 'factur-x.xml')).faults()).toEqual([]);
    // ISO 19005-3: a mark of binary data, an id, no encryption, one intent with its profile, the file known to the catalog,
    // nothing that acts, and metadata that say the same in both places.
    expect(raw).toMatch(/^%PDF-1\.7\n%[\x80-\xff]{4}/);
    expect(raw).toMatch(/\/ID \[<[0-9a-f]{32}> <[0-9a-f]{32}>\]/);
    expect(raw.match(/\/S \/GTS_PDFA1/g)).toHaveLength(1);
    expect(raw).toMatch(/\/DestOutputProfile \d+ 0 R/);
    expect(raw).toMatch(/\/N 3\b/);
    expect(raw).toMatch(/\/Type \/Filespec[\s\S]{0,200}\/F \(factur-x\.xml\)/);
    expect(raw).toMatch(/\/UF \(factur-x\.xml\)/);
    expect(raw).toMatch(/\/ModDate \(D:20260301090000Z\)/);
    for (const word of ['/Encrypt', '/JavaScript', '/Launch', '/OpenAction', '/LZWDecode', '/Type1', '/AcroForm']) {
      expect(raw).not.toContain(word);
    }
    for (const [name, value] of [
      ['xmp:CreateDate', '2026-03-01T09:00:00Z'],
      ['pdf:Producer', 'Perennial'],
      ['xmp:CreatorTool', 'Perennial'],
    ]) {
      expect(metadata).toContain(`<${name}>${value}</${name}>`);
    }
    expect(metadata).toMatch(/<dc:title>\s*<rdf:Alt>\s*<rdf:li xml:lang="x-default">Invoice INV-000042</);
  });

  test('without a country of the buyer it goes without XML', async () => {
    const pdf = await printDocument({ ...content, buyer: party('Somebody', { address: null }) });
    expect(factsOf('pdfinfo', pdf, '-meta')).not.toContain('fx:');
    expect(pdf.toString('latin1')).not.toContain('factur-x');
  });

  test('American issuers print on Letter', async () => {
    const issuer = party('Inc.', { address: { ...vienna, region: 'CA', country: 'US' } });
    const pdf = await printDocument({ ...content, issuer });
    expect(factsOf('pdfinfo', pdf)).toContain('(letter)');
    expect(textOf(pdf)).toContain('Wien, CA 1060');
  });

  test('a long one has a head on each page and numbered pages, and loses no line', async () => {
    const drafts = Array.from({ length: 80 }, (_, index) => ({
      description: `Position ${index + 1}: Wartung der Donaudampfschifffahrtsgesellschaftskapitänskajüte`,
      amount: 1000n + BigInt(index),
      period: year,
    }));
    const pdf = await printDocument(documentOf(drafts, { locale: 'de-AT' }));
    const pages = Number(/Pages:\s+(\d+)/.exec(factsOf('pdfinfo', pdf))?.[1]);
    expect(pages).toBeGreaterThan(3);
    const text = textOf(pdf, '-layout');
    expect(text.match(/Beschreibung\s+Menge/g)).toHaveLength(pages);
    for (let page = 1; page <= pages; page += 1) expect(text).toContain(`Seite ${page} von ${pages}`);
    for (let line = 1; line <= 80; line += 1) expect(text).toContain(`Position ${line}:`);
  });

  test('all fields and the whole footer are there, as long as they may be', async () => {
    const fields = Array.from({ length: 10 }, (_, index) => ({
      name: `Field ${index} of Donaudampfschifffahrtskapit`,
      value: Array.from({ length: 28 }, (_none, word) => `f${index}w${word}`).join(' '),
    }));
    const footer = Array.from({ length: 100 }, (_, word) => `t${String(word).padStart(3, '0')}`).join(' ');
    const dress = { ...content.dress, footer };
    const words = wordsIn(await printDocument({ ...content, fields, dress }));
    expect(overlaps(words)).toEqual([]);
    const texts = words.map(({ text }) => text);
    for (const { name, value } of fields) expect(texts).toEqual(expect.arrayContaining(`${name} ${value}`.split(' ')));
    const pages = 1 + Math.max(...words.map(({ page }) => page));
    for (let page = 0; page < pages; page += 1) {
      const shown = words.filter((word) => word.page === page && /^t\d{3}$/.test(word.text));
      expect(shown.map(({ text }) => text)).toEqual(footer.split(' '));
    }
    // Who is asked for money is read on the first page.
    expect(words.find(({ text }) => text === 'Müller')?.page).toBe(0);
    expect(words.find(({ text }) => text === 'Field')?.page).toBe(0);
  });

  test('a void one asks for nothing', async () => {
    const voided = { ...content, voided: true };
    const text = await textIn(voided);
    expect(text).toContain('Invoice · Void');
    expect(text).toContain('Total EUR 135.70');
    expect(text).not.toMatch(/Amount due|Due date|Credit applied/);
    // Nor does it by figures for machines.
    expect((await printDocument(voided)).toString('latin1')).not.toContain('factur-x');
    expect(electronicInvoice(voided)).toEqual({ missing: ['a document that is not void'] });
  });
});

describe('names of all scripts', () => {
  const names = {
    Greek: 'Μεγάλη Εταιρεία',
    Cyrillic: 'Компания «Звезда»',
    Vietnamese: 'Đặng Thị Ngọc',
    Polish: 'Łódź Żółw',
    Hebrew: 'חברת הגן הקסום',
    Arabic: 'مؤسسة النور للتجارة',
    Devanagari: 'गणेश उद्यान',
    Thai: 'บริษัท สวนสวย',
    Bengali: 'বাংলা উদ্যান',
    Tamil: 'தமிழ்நாடு நிறுவனம்',
    Gurmukhi: 'ਪੰਜਾਬੀ ਬਾਗ਼',
    Georgian: 'საქართველოს ბაღი',
    Armenian: 'Հայկական Այգի ՍՊԸ',
    Japanese: '山﨑髙橋商店 さくら',
    Chinese: '上海花园有限公司',
    Korean: '상하이 주식회사 김철수',
  };

  test('print, and can be read back', async () => {
    const lines = Object.values(names).map((description) => ({ description, amount: 100n }));
    const pdf = await printDocument(documentOf(lines));
    const text = textOf(pdf);
    for (const name of Object.values(names)) expect(text).toContain(name);
    expect(factsOf('pdffonts', pdf)).not.toContain(' no ');
  });

  test('vowels that stand before their letter are drawn before it', async () => {
    // What is read back stands in the order in which it is drawn.
    const drawn = { दिन: 'िदन', দেশ: 'েদশ', கலை: 'கைல', ਸਿੰਘ: 'ਿਸੰਘ' };
    const text = await textIn(documentOf(Object.keys(drawn).map((description) => ({ description, amount: 100n }))));
    for (const word of Object.values(drawn)) expect(text).toContain(word);
  });

  test('letters that have no place for a mark do not keep a document from being printed', async () => {
    const names = ['\u06a2\u06a3\u06a5', 'ฬุิท', 'ਚੌਣੌ'];
    const text = await textIn(documentOf(names.map((description) => ({ description, amount: 100n }))));
    for (const name of [names[0], names[2]]) expect(text).toContain(name);
    expect(text).not.toContain('?');
  });

  test('what no font has is a question mark, and nothing breaks a page', async () => {
    const description = 'Party 😀\u0000\u0007\ttab\u202e and \ufffe \u{1f9ff}';
    expect(await textIn(documentOf([{ description, amount: 100n }]))).toContain('Party ? tab and');
  });
});

describe('a page that is read from the right', () => {
  const arabic = (more: Partial<InvoiceContent> = {}) =>
    documentOf([{ description: 'اشتراك سنوي – خطة Studio (Pro)', amount: 5700n, discount: 570n, period: year }], {
      locale: 'ar-AE',
      issuer: party('شركة الحدائق الدائمة'),
      buyer: party('مؤسسة النور للتجارة 2020 Ltd.', { taxIds: [] }),
      ...more,
    });

  test('has its words, joined and in order, and its figures from the left', async () => {
    const text = await textIn(arabic());
    const words = [
      'فاتورة',
      'رقم الفاتورة',
      'تاريخ الاستحقاق',
      'شركة الحدائق الدائمة',
      'خصم',
      'المبلغ المستحق',
      '−5.70',
    ];
    for (const word of words) expect(text).toContain(word);
    expect(text).toContain('61.56 EUR');
  });

  test('begins at the right', async () => {
    const pdf = await printDocument(arabic());
    const left = (word: string) => {
      const box = new RegExp(`xMin="([\\d.]+)"[^>]*>${word}<`).exec(textOf(pdf, '-bbox'));
      return Number(box?.[1]);
    };
    expect(left('−5.70')).toBeLessThan(100);
    expect(left('Studio')).toBeGreaterThan(300);
  });

  test('in Hebrew too, with Latin names in it', async () => {
    const content = documentOf([{ description: 'מנוי שנתי', amount: 100n }], {
      locale: 'he',
      buyer: party('Acme (Israel) Ltd.'),
    });
    const text = await textIn(content);
    for (const word of ['חשבונית', 'מנוי שנתי', 'Acme (Israel) Ltd.', 'סכום לתשלום']) expect(text).toContain(word);
  });
});

test('the total before tax holds no tax, also where some lines contain theirs', async () => {
  const contained = { id: 'in', percent: '20', inclusive: true };
  const text = await textIn(
    documentOf([
      { amount: 10_000n, discount: 1_000n },
      { amount: 1_200n, rates: [contained] },
    ]),
  );
  expect(text.replace(/\s+/g, ' ')).toMatch(/Total before tax.*100\.00/);
  expect(text).not.toContain('102.00');
});

describe('words of a language', () => {
  test('are those that were asked for, of the language where the region has none, and English else', async () => {
    const titles = {
      de: 'Rechnung',
      'fr-BE': 'Facture',
      es: 'Factura',
      it: 'Fattura',
      nl: 'Factuur',
      pt: 'Fatura',
      pl: 'Faktura',
      ja: '請求書',
      'zh-CN': '发票',
      'zh-Hans-HK': '发票',
      'zh-TW': '發票',
      'zh-Hant': '發票',
      'ko-KR': '청구서',
      th: 'ใบแจ้งหนี้',
      sv: 'Invoice',
    };
    for (const [locale, title] of Object.entries(titles)) {
      expect(wordsOf(locale).invoice).toBe(title);
    }
    const japanese = await textIn(documentOf([{ amount: 5700n }], { locale: 'ja', currency: 'JPY' }));
    for (const word of ['ご請求金額', '6,840 JPY', '2026年3月15日']) expect(japanese).toContain(word);
    expect(await textIn(documentOf([{ amount: 123_456_789n }], { locale: 'de-CH' }))).toContain("EUR 1'481'481.47");
    const asian = {
      'zh-CN': ['贷记通知单', '贷记金额 6,840.00 EUR', '更正 2026年2月1日 开具的发票 INV-1', '第 1 页，共 1 页'],
      'zh-TW': ['折讓單', '折讓金額 6,840.00 EUR', '更正 2026年2月1日 開立的發票 INV-1', '第 1 頁，共 1 頁'],
      ko: ['크레딧 노트', '차감 금액 6,840.00 EUR', '2026년 2월 1일에 발행된 청구서 INV-1 정정', '1 / 1 페이지'],
      th: ['ใบลดหนี้', 'ลดหนี้ 6,840.00 EUR', 'แก้ไขใบแจ้งหนี้ INV-1 ลงวันที่ 1 กุมภาพันธ์ ค.ศ. 2026', 'หน้า 1 จาก 1'],
    };
    for (const [locale, words] of Object.entries(asian)) {
      const corrects = { number: 'INV-1', issuedOn: '2026-02-01' };
      const note = documentOf([{ amount: 570_000n }], { locale, kind: 'credit_note', corrects });
      const text = plainSpaces(await textIn(note));
      for (const word of words) expect(text).toContain(word);
      expect(text).not.toContain('?');
    }
  });

  const plainSpaces = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ').replace(/[\u200e\u200f\u061c]/g, '');

  test('figures and dates are written as CLDR has them', () => {
    const regions = [
      'de-AT',
      'de-CH',
      'en-GB',
      'en-US',
      'es-MX',
      'fr-CH',
      'it-CH',
      'pt-PT',
      'pt-BR',
      'en-IN',
      'zh-TW',
      'zh-HK',
    ];
    const different: string[] = [];
    const same = (locale: string, ours: string, theirs: string) => {
      if (plainSpaces(ours) !== plainSpaces(theirs)) different.push(`${locale}: ${ours}, CLDR ${theirs}`);
    };
    for (const locale of [...printedLanguages, ...regions]) {
      const words = wordsOf(locale);
      const number = new Intl.NumberFormat(locale, { numberingSystem: 'latn', minimumFractionDigits: 2 });
      const figures = ['1234.50', '12345.67', '0.05', locale === 'en-IN' ? '99999.10' : '1234567.89'];
      for (const figure of figures) same(locale, numberText(figure, words), number.format(Number(figure)));
      const date = new Intl.DateTimeFormat(locale, {
        dateStyle: 'long',
        timeZone: 'UTC',
        numberingSystem: 'latn',
        calendar: 'gregory',
      });
      for (let month = 1; month <= 12; month += 1) {
        const on = `2026-${String(month).padStart(2, '0')}-17`;
        same(locale, dateText(on, words), date.format(new Date(on)));
      }
    }
    expect(different).toEqual([]);
    expect(moneyText(-123_456n, 'EUR', wordsOf('de'))).toBe('−1.234,56\u00a0EUR');
  });
});
