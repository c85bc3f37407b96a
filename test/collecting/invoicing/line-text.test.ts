import { describe, expect, test } from '@jest/globals';
import { printedLanguages, wordsOf } from '../../../src/collecting/documents/words/index.ts';
import {
  minimumCommitment,
  prepaidCredit,
  readLineText,
  unusedTime,
} from '../../../src/collecting/invoicing/lines/line-text.ts';

const plain = {
  kind: 'recurring',
  description: 'Crew – Base',
  reversesLineId: null,
  invoiceReason: 'subscription_cycle',
};

describe('the text of a line', () => {
  test('is taken apart as it was put together', () => {
    for (const of of ['Crew – Base', 'Unused time: twice', ': up to', '']) {
      const back = { ...plain, description: unusedTime(of), reversesLineId: 'line' };
      expect(readLineText(back)).toEqual({ says: 'unused_time', of });
      const more = { ...plain, kind: 'true_up', description: minimumCommitment(of) };
      expect(readLineText(more)).toEqual({ says: 'minimum_commitment', of });
    }
    expect(readLineText({ ...plain, description: prepaidCredit, invoiceReason: 'top_up' })).toEqual({
      says: 'prepaid_credit',
    });
  });

  test('is what somebody wrote, unless the line is what the text says', () => {
    const written = [
      plain,
      { ...plain, reversesLineId: 'line' },
      { ...plain, description: unusedTime('Crew') },
      { ...plain, description: minimumCommitment('Crew') },
      { ...plain, kind: 'true_up' },
      { ...plain, description: prepaidCredit },
      { ...plain, invoiceReason: 'top_up' },
    ];
    for (const line of written) expect(readLineText(line)).toBeNull();
  });

  test('has words in every language that documents are printed in', () => {
    const said = (language: string) => {
      const { unusedTime: unused, minimumCommitment: missing, prepaidCredit: credit } = wordsOf(language);
      return { unused, missing, credit };
    };
    const all = printedLanguages.map(said);
    for (const { unused, missing } of all) for (const text of [unused, missing]) expect(text).toContain('{of}');
    for (const key of ['unused', 'missing', 'credit'] as const) {
      expect(new Set(all.map((one) => one[key])).size).toBe(printedLanguages.length);
    }
  });
});
