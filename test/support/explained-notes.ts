/**
 * Computes lines of credit notes again from what they say of themselves in the API, and from nothing else: no code of the
 * product. Notes are told in the order in which they were issued.
 */
import { equal, type Fraction, minus, plus, read, round, times } from './explained.ts';

interface ShareStep {
  whole: string;
  before: string;
  exact: string;
  amount: string;
}

type Amount = { amountMinor: string };

export interface ExplainedNoteLine {
  invoiceLineId: string;
  amount: Amount;
  discountAmount: Amount;
  taxAmount: Amount;
  total: Amount;
  derivation: {
    credited: ShareStep & { kind: string; quantity: string | null; lineQuantity: string | null; share: string | null };
    shareToDate: string;
    discount: ShareStep;
    taxes: (ShareStep & { taxRateId: string | null; inclusive: boolean })[];
  };
}

const share = 'whole before exact amount';
export const explainedNoteFields = `invoiceLineId amount { amountMinor } discountAmount { amountMinor } taxAmount { amountMinor } total { amountMinor }
  derivation { credited { kind quantity lineQuantity share ${share} } shareToDate discount { ${share} } taxes { taxRateId inclusive ${share} } }`;

/** What lines say that their own facts, and those of the notes before them, do not come to. */
export function contradictionsOfNotes(notes: readonly (readonly ExplainedNoteLine[])[], digits = 2): string[] {
  const wrong: string[] = [];
  const unit: Fraction = [10n ** BigInt(digits), 1n];
  const minor = (text: string): bigint => {
    const [a, b] = times(read(text), unit);
    if (a % b !== 0n) throw new Error(`${text} is no whole amount`);
    return a / b;
  };
  const taken = new Map<string, bigint>();
  const hold = (what: string, said: bigint, comes: bigint) => {
    if (said !== comes) wrong.push(`${what}: says ${said}, comes to ${comes}`);
  };
  const same = (what: string, said: string, comes: Fraction) => {
    if (!equal(read(said), comes)) wrong.push(`${what}: says ${said}, comes to ${comes.join('/')}`);
  };
  const holdBefore = (what: string, { before, amount }: ShareStep) => {
    hold(`before of ${what}`, minor(before), taken.get(what) ?? 0n);
    taken.set(what, (taken.get(what) ?? 0n) + minor(amount));
  };
  for (const { invoiceLineId: id, derivation, ...said } of notes.flat()) {
    const { credited, shareToDate, discount, taxes } = derivation;
    const [whole, before] = [minor(credited.whole), minor(credited.before)];
    const sign = whole < 0n ? -1n : 1n;
    holdBefore(`${id} amount`, credited);
    if (credited.quantity) {
      const [a, b] = read(credited.lineQuantity!);
      same(`share of ${id}`, credited.share!, times(read(credited.quantity), [b, a]));
    }
    const asked = credited.share ? times(read(credited.whole), read(credited.share)) : read(credited.exact);
    same(
      `asked of ${id}`,
      credited.exact,
      credited.kind === 'REST' ? minus(read(credited.whole), read(credited.before)) : asked,
    );
    const [rounded, left] = [sign * round(times(read(credited.exact), unit)), sign * (whole - before)];
    const amount = sign * (rounded < left ? rounded : left);
    hold(`amount of ${id}`, minor(credited.amount), amount);
    hold(`amount of line ${id}`, BigInt(said.amount.amountMinor), amount);
    const reached = plus(read(credited.before), read(credited.amount));
    same(`share to date of ${id}`, times([whole, 1n], read(shareToDate)).join('/'), times(reached, unit));
    const back = (what: string, step: ShareStep): bigint => {
      holdBefore(`${id} ${what}`, step);
      const exact = times(read(step.whole), read(shareToDate));
      same(`${what} of ${id}`, step.exact, exact);
      const rest = sign * (round(times(exact, unit)) - minor(step.before));
      hold(`${what} of ${id}`, minor(step.amount), rest > 0n ? sign * rest : 0n);
      return minor(step.amount);
    };
    const off = back('discount', discount);
    hold(`discount of line ${id}`, BigInt(said.discountAmount.amountMinor), off);
    const parts = taxes.map((tax) => ({ tax, amount: back(`tax ${tax.taxRateId}`, tax) }));
    const sumOf = (which: typeof parts) => which.reduce((all, one) => all + one.amount, 0n);
    hold(`tax of line ${id}`, BigInt(said.taxAmount.amountMinor), sumOf(parts));
    const onTop = sumOf(parts.filter(({ tax }) => !tax.inclusive));
    hold(`total of line ${id}`, BigInt(said.total.amountMinor), amount - off + onTop);
  }
  return wrong;
}
