import { expect, test } from '@jest/globals';
import type {
  DocumentContent,
  InvoiceContent,
  ReceiptContent,
} from '../../../src/collecting/documents/document-content.ts';
import { printDocument } from '../../../src/collecting/documents/printing/print-document.ts';
import { documentOf, party } from '../../support/documents.ts';
import { greenPng, isInk, isOf, overlaps, type Page, pagesOf, type Word, wordsIn } from '../../support/pages.ts';
import { describeWithPoppler as describe } from '../../support/pdf.ts';

const accent = '#b91c1c';
const green = '#0b6e4f';
const dress = { logo: greenPng(120, 40), accentColor: accent, footer: 'A footer that goes on. '.repeat(16) };
const full = { ...dress, footer: 'A footer that goes on. '.repeat(22).slice(0, 500) };
const year = { firstOn: '2026-01-01', lastOn: '2026-12-31' };
const austrian = { id: 'at', percent: '20', inclusive: false };
const many = [7, 10, 13, 20, 25.5].map((percent) => ({ ...austrian, id: `r${percent}`, percent: String(percent) }));

const plan = { quantity: '3', unitAmount: '1900', amount: 5700n, discount: 570n, period: year };
const terms = { dress, purchaseOrder: 'PO-2026-0117', memo: 'Thank you.', creditsApplied: 1000n, sandbox: true };
const receipt = (locale: string, count: number): ReceiptContent => ({
  ...{
    kind: 'receipt',
    number: 'RCP-2026-0301-0001',
    issuedAt: new Date('2026-03-01T09:00:00Z'),
    issuedOn: '2026-03-01',
  },
  ...{ currency: 'EUR', issuer: party('Perennial'), buyer: party('Müller & Söhne AG'), locale, dress, sandbox: false },
  ...{ amount: 5_000n * BigInt(count) + 700n, method: { ...nothing, manual: 'cash' } },
  covers: Array.from({ length: count }, (_, index) => ({ number: `INV-0000${10 + index}`, amount: 5000n })),
});
const nothing = { manual: null, type: null, brand: null, last4: null, reference: null } as const;

/** What is printed, and on how many pages. */
const documents: Record<string, [content: DocumentContent, pages: number]> = {
  english: [documentOf([{ ...plan, description: 'Studio plan' }], terms), 1],
  arabic: [
    documentOf([{ ...plan, description: 'اشتراك سنوي – خطة Studio (Pro)' }], {
      ...{ ...terms, locale: 'ar-AE', buyer: party('مؤسسة النور للتجارة 2020 Ltd.') },
    }),
    1,
  ],
  japanese: [
    documentOf([{ ...plan, description: 'スタジオプラン（年額）' }], { ...terms, locale: 'ja-JP', currency: 'JPY' }),
    1,
  ],
  chinese: [documentOf([{ ...plan, description: '工作室套餐（年付）' }], { ...terms, locale: 'zh-CN' }), 1],
  traditional: [documentOf([{ ...plan, description: '工作室方案（年繳）' }], { ...terms, locale: 'zh-TW' }), 1],
  korean: [documentOf([{ ...plan, description: '스튜디오 요금제 (연간)' }], { ...terms, locale: 'ko-KR' }), 1],
  thai: [documentOf([{ ...plan, description: 'แพ็กเกจสตูดิโอ (รายปี)' }], { ...terms, locale: 'th-TH' }), 1],
  long: [
    documentOf(
      Array.from({ length: 30 }, (_, index) => ({
        description: `Position ${index}: ${'Wartung der Donaudampfschifffahrtsgesellschaftskapitänskajüte '.repeat(1 + (index % 4))}`,
        amount: 1000n + BigInt(index),
        period: year,
        rates: [many[index % 5]!],
      })),
      { ...terms, locale: 'de-AT' },
    ),
    5,
  ],
  huge: [
    documentOf(
      [
        { quantity: '999999999999.123456', unitAmount: '123456789.123456789', amount: 9_000_000_000_000_000n },
        { description: 'ก'.repeat(300), amount: 8_999_999_999_999_999n, discount: 1_234_567_890_123_456n },
        { quantity: '2.5', unitAmount: '1001', amount: 2503n },
      ],
      {
        ...{
          dress,
          locale: 'de-DE',
          kind: 'credit_note',
          voided: true,
          corrects: { number: 'INV-1', issuedOn: '2026-02-01' },
        },
        fields: [{ name: 'Kostenstellenbezeichnungsnummer', value: '4711-0815-4711-0815-4711-0815' }],
        buyer: party(
          'Gesellschaft zur Förderung der Wiedereinführung von Donaudampfschifffahrtsgesellschaftskapitänen',
        ),
      },
    ),
    1,
  ],
  receipt: [receipt('he-IL', 40), 2],
  full: [
    documentOf(Array(4).fill({ ...plan, description: 'Studio plan' }), {
      ...{ ...terms, dress: full, locale: 'ar-AE' },
      fields: Array.from({ length: 10 }, (_, index) => ({
        name: `Field ${index} ${'Field '.repeat(5)}`,
        value: `${'Donaudampfschifffahrt '.repeat(9)}`,
      })),
    }),
    2,
  ],
};

const inkOf = (page: Page, part = {}) => page.count(isInk, part);

interface Seen {
  pages: Page[];
  words: Word[];
}
const seen = new Map<string, Seen>();

/** Each is printed and looked at once. */
async function printed(name: string): Promise<Seen> {
  const known = seen.get(name);
  if (known) return known;
  const pdf = await printDocument(documents[name]![0]);
  const made = { pages: pagesOf(pdf), words: wordsIn(pdf) };
  seen.set(name, made);
  return made;
}

describe('the pages of a document, as pictures', () => {
  test.each(Object.keys(documents))(
    '%s: nothing beyond the margins, nothing over another, a head on every page',
    async (name) => {
      const { pages, words } = await printed(name);
      expect(pages.length).toBe(documents[name]![1]);
      expect(overlaps(words)).toEqual([]);
      for (const [index, page] of pages.entries()) {
        const { width, height } = page;
        expect(inkOf(page) / (width * height)).toBeGreaterThan(0.005);
        expect(inkOf(page) / (width * height)).toBeLessThan(0.2);
        const margins = [{ right: 49 }, { left: width - 49 }, { bottom: 40 }, { top: height - 18 }];
        expect(margins.map((part) => inkOf(page, part))).toEqual([0, 0, 0, 0]);
        // The table's head: a rule in the brand's color from margin to margin. Many fields stand before it.
        const rows = Array.from({ length: height }, (_, y) => page.count(isOf(accent), { top: y, bottom: y + 1 }));
        if (name !== 'full' || index > 0) expect(Math.max(...rows)).toBeGreaterThan(width - 104);
        // Nothing stands between the text and the foot.
        const { number } = documents[name]![0];
        const foot = Math.max(
          ...words.filter((word) => word.page === index && word.text === number).map(({ top }) => top),
        );
        expect(foot).toBeGreaterThan(height / 2);
        expect(inkOf(page, { top: Math.floor(foot) - 18, bottom: Math.floor(foot) - 8 })).toBe(0);
      }
    },
  );

  test('logo and issuer stand where reading begins, title and amounts where it ends', async () => {
    for (const [name, from] of [
      ['english', 'left'],
      ['arabic', 'right'],
    ] as const) {
      const { pages, words } = await printed(name);
      const [page] = pages;
      const { width } = page!;
      const half = Math.round(width / 2);
      const [start, end] = from === 'left' ? [{ right: half }, { left: half }] : [{ left: half }, { right: half }];
      expect(page!.count(isOf(green), { ...start, bottom: 120 })).toBeGreaterThan(4500);
      expect(page!.count(isOf(green), end)).toBe(0);
      expect(page!.count(isOf(accent), { ...end, bottom: 80 })).toBeGreaterThan(100);
      expect(page!.count(isOf(accent), { ...start, bottom: 80 })).toBe(0);
      const amount = words.find(({ text }) => text === '−5.70')!;
      if (from === 'left') expect(amount.right).toBeCloseTo(width - 50.7, 0);
      else expect(amount.left).toBeCloseTo(50, 0);
      // Each column of figures stands apart from the descriptions.
      const line = words.find(({ text }) => text === '57.00')!;
      const gap = from === 'left' ? { left: 252, right: 260 } : { left: width - 260, right: width - 252 };
      expect(inkOf(page!, { ...gap, top: Math.floor(line.top), bottom: Math.ceil(line.bottom) - 1 })).toBe(0);
    }
  });

  test('the same content gives the same dots, another color other ones', async () => {
    const [content] = documents.english!;
    const again = pagesOf(await printDocument(structuredClone(content)));
    const { pages } = await printed('english');
    expect(again.map(({ dots }) => dots.equals(pages[0]!.dots))).toEqual([true]);
    const [other] = pagesOf(
      await printDocument({ ...(content as InvoiceContent), dress: { ...dress, accentColor: green } }),
    );
    expect(other!.dots.equals(pages[0]!.dots)).toBe(false);
    expect(other!.count(isOf(accent))).toBe(0);
  });

  test('words over each other are found', () => {
    const word = { page: 0, left: 50, top: 10, right: 90, bottom: 22, text: 'one' };
    expect(overlaps([word, { ...word, left: 80, right: 120, text: 'other' }])).toEqual([['one', 'other']]);
    expect(
      overlaps([word, { ...word, top: 22, bottom: 34 }, { ...word, page: 1 }, { ...word, left: 91, right: 99 }]),
    ).toEqual([]);
  });
});
