import { choose, drawChoice, type Step } from '../../model/command.ts';
import { chargesOf, type FoundInvoice, invoicesOf, notesOf } from '../found.ts';
import { accountOf, day, euro, iso, type Verb } from '../verb.ts';

const lineOf = (amount: number, taxed = 'By hand') => ({
  description: taxed,
  ...(amount < 0 ? { kind: 'ADJUSTMENT' } : {}),
  unitAmount: euro(amount),
});

/** Something owed, or given, with the account's next invoice. */
export const charge: Verb = {
  verb: 'charge',
  weight: 5,
  draw: (random) => ({
    account: random.between(0, 3),
    amount: random.one([random.between(1, 9_999), random.between(-6_000, -1)]),
    inDays: random.one([0, 0, 3, 40]),
  }),
  play: async (ground, step) => {
    const dueAt = iso((await ground.now()) + Number(step.inDays) * day);
    return ground.try('createCharge', { accountId: accountOf(ground, step), line: lineOf(Number(step.amount)), dueAt });
  },
};

export const cancelCharge: Verb = {
  verb: 'cancelCharge',
  weight: 1,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await chargesOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('cancelCharge', { id: chosen.id }) : null;
  },
};

/** An invoice by hand, final or a draft. */
export const invoice: Verb = {
  verb: 'invoice',
  weight: 3,
  draw: (random) => ({
    account: random.between(0, 3),
    amount: random.between(1, 20_000),
    less: random.one([0, 0, random.between(-25_000, -1)]),
    waiting: random.chance(0.5),
    finalize: random.chance(0.6),
    collect: random.chance(0.4),
  }),
  play: (ground, step) => {
    const amounts = [step.amount, step.less].map(Number).filter((amount) => amount !== 0);
    return ground.try('createInvoice', {
      accountId: accountOf(ground, step),
      lines: amounts.map((amount) => lineOf(amount)),
      includeWaitingCharges: step.waiting,
      finalize: step.finalize,
      autoCollect: step.collect,
    });
  },
};

/** A verb about one invoice. */
function about(
  verb: string,
  weight: number,
  mutation: string,
  suits: (one: FoundInvoice) => boolean,
  rest: (step: Step, one: FoundInvoice) => object = () => ({}),
  draw: Verb['draw'] = () => ({}),
): Verb {
  return {
    verb,
    weight,
    draw: (random) => ({ ...drawChoice(random), ...draw(random) }),
    play: async (ground, step) => {
      const chosen = choose(step, await invoicesOf(ground), suits);
      return chosen ? ground.try(mutation, { id: chosen.id, ...rest(step, chosen) }) : null;
    },
  };
}

const isDraft = ({ status }: FoundInvoice) => status === 'draft';
const isOpen = ({ status }: FoundInvoice) => status === 'open';

export const finalize = about('finalize', 3, 'finalizeInvoice', isDraft);
export const refresh = about('refresh', 2, 'refreshInvoice', isDraft);
export const deleteDraft = about('deleteDraft', 1, 'deleteDraftInvoice', isDraft);
export const voidInvoice = about('void', 4, 'voidInvoice', (one) => isOpen(one) && one.paid === 0n);
export const replace = about('replace', 2, 'replaceInvoice', (one) => isOpen(one) && one.paid === 0n);
export const writeOff = about('writeOff', 2, 'markInvoiceUncollectible', isOpen);

export const alterDraft = about(
  'alterDraft',
  2,
  'updateDraftInvoice',
  isDraft,
  ({ amount, drop }, { lines }) => ({
    addLines: [lineOf(Number(amount))],
    ...(drop && lines[0] ? { removeLineIds: [lines[0].id] } : {}),
  }),
  (random) => ({ amount: random.between(-500, 900) || 1, drop: random.chance(0.3) }),
);

/** Money by hand: part of what is due, all of it, or more. */
export const pay: Verb = {
  verb: 'pay',
  weight: 6,
  draw: (random) => ({ ...drawChoice(random), percent: random.one([100, 100, 100, 40, 130]) }),
  play: async (ground, step) => {
    const suits = ({ status }: FoundInvoice) => status === 'open' || status === 'uncollectible';
    const chosen = choose(step, await invoicesOf(ground), suits);
    if (!chosen) return null;
    const open = chosen.status === 'uncollectible' ? chosen.writtenOff : chosen.due;
    const amount = (open * BigInt(step.percent as number) + 99n) / 100n || 1n;
    const input = { accountId: chosen.payer, invoiceIds: [chosen.id], amount: euro(amount), kind: 'BANK_TRANSFER' };
    return ground.try('recordManualPayment', input);
  },
};

/** Each kind of credit note: all, a line, a part by amount, quantity or time; to the balance, or back as money. */
export const note: Verb = {
  verb: 'note',
  weight: 8,
  draw: (random) => ({
    ...drawChoice(random),
    kind: random.one(['all', 'line', 'amount', 'quantity', 'freed', 'period', 'middle', 'middle', 'several']),
    line: random.between(0, 99),
    percent: random.between(1, 99),
    refund: random.chance(0.4),
  }),
  play: async (ground, step) => {
    const suits = ({ status, lines }: FoundInvoice) =>
      status !== 'void' && status !== 'draft' && lines.some(({ amount }) => !amount.startsWith('-') && amount !== '0');
    const chosen = choose(step, await invoicesOf(ground), suits);
    if (!chosen) return null;
    const lines = noteLines(chosen, step);
    const input = { invoiceId: chosen.id, reason: 'OTHER', refund: step.refund, ...(lines ? { lines } : {}) };
    return ground.try('createCreditNote', input);
  },
};

function noteLines({ lines }: FoundInvoice, step: Step): object[] | null {
  if (step.kind === 'all') return null;
  const positive = lines.filter(({ amount }) => BigInt(amount) > 0n);
  const line = positive[Number(step.line) % Math.max(1, positive.length)];
  if (!line) return null;
  const invoiceLineId = line.id;
  const percent = BigInt(step.percent as number);
  const part = (BigInt(line.amount) * percent) / 100n || 1n;
  if (step.kind === 'several') return positive.map(({ id }) => ({ invoiceLineId: id }));
  if (step.kind === 'amount') return [{ invoiceLineId, part: { amount: euro(part) } }];
  if (step.kind === 'quantity') return [{ invoiceLineId, part: { quantity: '1' } }];
  if (step.kind === 'period' && line.from && line.to) {
    const [from, to] = [Date.parse(line.from), Date.parse(line.to)];
    const start = iso(from + Math.floor(((to - from) * Number(step.percent)) / 100));
    return [{ invoiceLineId, part: { period: { start, end: iso(to) } }, freesPeriod: Number(step.line) % 2 === 0 }];
  }
  if (step.kind === 'middle' && line.from && line.to) {
    const [from, to] = [Date.parse(line.from), Date.parse(line.to)];
    const third = Math.floor((to - from) / 3);
    const start = from + Math.floor(((to - from - third) * Number(step.percent)) / 100);
    return [{ invoiceLineId, part: { period: { start: iso(start), end: iso(start + third) } }, freesPeriod: true }];
  }
  return [{ invoiceLineId, freesPeriod: step.kind === 'freed' }];
}

export const voidNote: Verb = {
  verb: 'voidNote',
  weight: 2,
  draw: drawChoice,
  play: async (ground, step) => {
    const chosen = choose(step, await notesOf(ground), ({ suits }) => suits);
    return chosen ? ground.try('voidCreditNote', { id: chosen.id }) : null;
  },
};
