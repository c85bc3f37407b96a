import { parseDay } from './calendar.ts';

const DIGITS = 4;

/**
 * Number of a receipt, `RCP-YYYY-MMDD-XXXX`: the local day of the payment (`YYYY-MM-DD`) and its place among the receipts of
 * that day, from 1. The place has four digits and grows beyond 9999 rather than repeating a number.
 * RangeError for a day that does not exist or a place below 1.
 */
export function receiptNumber(paidOn: string, place: number): string {
  parseDay(paidOn);
  if (!Number.isSafeInteger(place) || place < 1) throw new RangeError('receipts of a day are counted from 1');
  const [year = '', month = '', day = ''] = paidOn.split('-');
  return `RCP-${year}-${month}${day}-${String(place).padStart(DIGITS, '0')}`;
}
