/**
 * What lines say by themselves. The API and the books keep it in English; documents say it in the language of their buyer,
 * which is why it is put together and taken apart here and nowhere else. A text that somebody wrote is none of these.
 */
export type LineText =
  | { readonly says: 'unused_time' | 'minimum_commitment'; readonly of: string }
  | { readonly says: 'prepaid_credit' };

const unused = 'Unused time: ';
const commitment = ': up to the minimum commitment';

/** The text of a line that takes back time of another. */
export const unusedTime = (of: string): string => `${unused}${of}`;

/** The text of a line that makes up for what is missing to the minimum commitment of a plan. */
export const minimumCommitment = (of: string): string => `${of}${commitment}`;

/** The text of a line that sells credit. */
export const prepaidCredit = 'Prepaid credit';

/** What a line is, as far as its text follows from it. */
export interface SpeakingLine {
  readonly kind: string;
  readonly description: string;
  readonly reversesLineId: string | null;
  /** Why its invoice was made. */
  readonly invoiceReason: string;
}

/** What a line says by itself; null where somebody wrote its text. */
export function readLineText(line: SpeakingLine): LineText | null {
  const { kind, description, reversesLineId, invoiceReason } = line;
  if (reversesLineId !== null && description.startsWith(unused)) {
    return { says: 'unused_time', of: description.slice(unused.length) };
  }
  if (kind === 'true_up' && description.endsWith(commitment)) {
    return { says: 'minimum_commitment', of: description.slice(0, -commitment.length) };
  }
  return invoiceReason === 'top_up' && description === prepaidCredit ? { says: 'prepaid_credit' } : null;
}
