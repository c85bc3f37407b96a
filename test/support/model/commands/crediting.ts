import { toGlobalId } from '../../../../src/platform/id.ts';
import { rounded } from '../arithmetic.ts';
import { type Command, choose, drawChoice, type Step } from '../command.ts';
import { isWhole, type ModelInvoice, type ModelLine, type ModelNote, type NotedLine } from '../model.ts';
import { type Pair, paired } from '../pairs.ts';
import { bookedLines } from '../seen.ts';
import type { Stage } from '../stage.ts';

const left = (line: ModelLine) => line.amount - line.takenBack;

/** What the model can foretell: lines that ask for money and are not mixed up with those of other invoices. */
const isPlain = ({ status, carried, lines }: ModelInvoice) =>
  status !== 'void' &&
  carried === 0n &&
  lines.every(({ amount, reverses, isReversed }) => amount > 0n && !reverses && !isReversed);

/** Part of one line, all of one line and its time, or all that is left of an invoice. */
export const note: Command = {
  verb: 'note',
  weight: 5,
  draw: (random) => ({
    ...drawChoice(random),
    kind: random.one(['all', 'line', 'part', 'part', 'freed']),
    line: random.between(0, 99),
    percent: random.between(1, 99),
  }),
  play: async (stage, step) => {
    const invoice = choose(
      { ...step, any: false },
      stage.model.invoices,
      (one) => isPlain(one) && one.lines.some((line) => left(line) > 0n),
    );
    if (!invoice) return null;
    const key = await stage.invoiceKey(invoice);
    const pairs = paired(invoice, await bookedLines(stage.inspector, stage.organization.id, key));
    const open = pairs.filter(({ line }) => left(line) > 0n);
    const { chosen, lines } = chosenLines(stage, step, open);
    if (chosen.length === 0) return null;
    const refusal = stage.model.credit(invoice, chosen);
    const input = { invoiceId: toGlobalId('inv', key), reason: 'OTHER', ...(lines ? { lines } : {}) };
    const answer = await stage.expect<{ creditNote: { id: string } | null }>(
      'createCreditNote',
      input,
      refusal,
      'creditNote { id }',
    );
    if (answer.creditNote) stage.ids.set(stage.model.notes.at(-1)!, answer.creditNote.id);
    return refusal ? 'refused' : 'done';
  },
};

function chosenLines(stage: Stage, step: Step, open: readonly Pair[]): { chosen: NotedLine[]; lines: object[] | null } {
  const part = ({ line, record }: Pair, amount: bigint, frees = false): NotedLine => {
    const before = stage.model.notes
      .filter(({ isVoid }) => !isVoid)
      .flatMap((one) => one.lines)
      .filter((one) => one.line === line)
      .reduce((sum, one) => sum + one.tax, 0n);
    const toDate = line.takenBack + amount;
    const tax = rounded(BigInt(record.tax) * toDate, line.amount) - before;
    const discount = rounded(line.discount * toDate, line.amount) - line.discountBack;
    return { line, amount, discount, tax, freed: frees ? line.span : null };
  };
  if (step.kind === 'all') return { chosen: open.map((pair) => part(pair, left(pair.line))), lines: null };
  const suits = step.kind === 'freed' ? open.filter(({ line }) => line.item && line.takenBack === 0n) : open;
  const pair = suits[Number(step.line) % Math.max(1, suits.length)];
  if (!pair) return { chosen: [], lines: null };
  const invoiceLineId = toGlobalId('il', pair.record.id);
  const whole = left(pair.line);
  if (step.kind !== 'part') {
    const freesPeriod = step.kind === 'freed';
    return { chosen: [part(pair, whole, freesPeriod)], lines: [{ invoiceLineId, freesPeriod }] };
  }
  const amount = (whole * BigInt(step.percent as number)) / 100n || 1n;
  const money = { amountMinor: amount.toString(), currency: 'EUR' };
  return { chosen: [part(pair, amount)], lines: [{ invoiceLineId, part: { amount: money } }] };
}

export const voidNote: Command = {
  verb: 'voidNote',
  weight: 2,
  draw: drawChoice,
  play: async (stage, step) => {
    const { notes } = stage.model;
    const canBe = (one: ModelNote) => !one.isVoid && isWhole(one);
    const chosen = choose(step, notes, canBe);
    // Time that was freed and billed anew since can not come back; the model does not go into that.
    if (!chosen || chosen.lines.some(({ line }) => line.isReversed)) return null;
    const refusal = stage.model.voidNote(chosen);
    await stage.expect('voidCreditNote', { id: stage.ids.get(chosen)! }, refusal);
    return refusal ? 'refused' : 'done';
  },
};

/** Credit for nothing, with an end or without one, whose turn comes early or late. */
export const grant: Command = {
  verb: 'grant',
  weight: 4,
  draw: (random) => ({
    account: random.between(0, 1),
    amount: random.between(1, 30_000),
    priority: random.one([null, 5, 100, 900]),
    days: random.one([null, null, 1, 20, 45]),
  }),
  play: async (stage, step) => {
    const account = stage.model.accounts[Number(step.account)]!;
    const expiresAt = step.days === null ? null : stage.model.now + Number(step.days) * 86_400_000;
    const priority = step.priority === null ? {} : { priority: Number(step.priority) };
    const input = {
      accountId: stage.accountId(account),
      amount: { amountMinor: String(step.amount), currency: 'EUR' },
      ...priority,
      ...(expiresAt === null ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
    };
    const made = await stage.expect<{ creditGrant: { id: string } }>('grantCredit', input, null, 'creditGrant { id }');
    const lot = stage.model.grant(account, BigInt(step.amount as number), Number(step.priority ?? 100), expiresAt);
    stage.ids.set(lot, made.creditGrant.id);
    return 'done';
  },
};

export const withdraw: Command = {
  verb: 'withdraw',
  weight: 1,
  draw: drawChoice,
  play: async (stage, step) => {
    const granted = stage.model.accounts.flatMap(({ lots }) => lots).filter((lot) => stage.ids.has(lot));
    const lot = choose(step, granted, ({ left: rest }) => rest > 0n);
    if (!lot) return null;
    const refusal = stage.model.withdraw(lot);
    await stage.expect('withdrawCreditGrant', { id: stage.ids.get(lot)! }, refusal);
    return refusal ? 'refused' : 'done';
  },
};
