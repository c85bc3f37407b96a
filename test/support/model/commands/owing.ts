import { type Command, choose, drawChoice } from '../command.ts';
import { due, type ModelInvoice } from '../model.ts';
import type { Stage } from '../stage.ts';

const money = (amount: bigint | number) => ({ amountMinor: amount.toString(), currency: 'EUR' });
const isOpen = ({ status }: ModelInvoice) => status === 'open';

const lineOf = (amount: number) => ({
  description: 'By hand',
  ...(amount < 0 ? { kind: 'ADJUSTMENT' } : {}),
  unitAmount: money(amount),
});

/** Something owed, or given, with the account's next invoice. */
export const addCharge: Command = {
  verb: 'charge',
  weight: 4,
  draw: (random) => ({
    account: random.between(0, 2),
    amount: random.one([random.between(1, 9_999), random.between(-6_000, -1)]),
    inDays: random.one([0, 0, 3, 40]),
  }),
  play: async (stage, step) => {
    const account = stage.model.accounts[Number(step.account)]!;
    const dueAt = stage.model.now + Number(step.inDays) * 86_400_000;
    const input = {
      accountId: stage.accountId(account),
      line: lineOf(step.amount as number),
      dueAt: new Date(dueAt).toISOString(),
    };
    const { charge } = await stage.expect<{ charge: { id: string } }>('createCharge', input, null, 'charge { id }');
    stage.ids.set(stage.model.addCharge(account, BigInt(step.amount as number), dueAt), charge.id);
    return 'done';
  },
};

export const cancelCharge: Command = {
  verb: 'cancelCharge',
  weight: 2,
  draw: drawChoice,
  play: async (stage, step) => {
    const all = stage.model.accounts.flatMap(({ charges }) => charges);
    const charge = choose(step, all, ({ state }) => state === 'waiting');
    if (!charge) return null;
    const refusal = stage.model.cancelCharge(charge);
    await stage.expect('cancelCharge', { id: stage.ids.get(charge)! }, refusal);
    return refusal ? 'refused' : 'done';
  },
};

/** An invoice by hand. */
export const invoice: Command = {
  verb: 'invoice',
  weight: 3,
  draw: (random) => ({
    account: random.between(0, 2),
    amount: random.between(1, 20_000),
    less: random.one([0, 0, random.between(-25_000, -1)]),
    waiting: random.chance(0.5),
  }),
  play: async (stage, step) => {
    const account = stage.model.accounts[Number(step.account)]!;
    const amounts = [step.amount, step.less].map(Number).filter((amount) => amount !== 0);
    const input = {
      accountId: stage.accountId(account),
      lines: amounts.map(lineOf),
      includeWaitingCharges: step.waiting,
      finalize: true,
    };
    await stage.expect('createInvoice', input, null);
    stage.model.invoice(account, amounts.map(BigInt), step.waiting as boolean);
    return 'done';
  },
};

export const voidInvoice: Command = {
  verb: 'void',
  weight: 4,
  draw: drawChoice,
  play: (stage, step) => {
    const chosen = choose(step, stage.model.invoices, (one) => isOpen(one) && one.paid === 0n);
    return onInvoice(stage, chosen, 'voidInvoice', (one) => stage.model.void(one));
  },
};

export const writeOff: Command = {
  verb: 'writeOff',
  weight: 2,
  draw: drawChoice,
  play: (stage, step) => {
    const chosen = choose(step, stage.model.invoices, isOpen);
    return onInvoice(stage, chosen, 'markInvoiceUncollectible', (one) => stage.model.writeOff(one));
  },
};

/** Money by hand: part of what is due, all of it, or more. */
export const pay: Command = {
  verb: 'pay',
  weight: 6,
  draw: (random) => ({ ...drawChoice(random), percent: random.one([100, 100, 100, 40, 130]) }),
  play: async (stage, step) => {
    const chosen = choose(step, stage.model.invoices, ({ status }) => status === 'open' || status === 'uncollectible');
    if (!chosen) return null;
    const open = chosen.status === 'uncollectible' ? chosen.writtenOff : due(chosen);
    const amount = (open * BigInt(step.percent as number) + 99n) / 100n || 1n;
    const input = {
      accountId: stage.accountId(chosen.account.payer),
      invoiceIds: [await stage.invoiceId(chosen)],
      amount: money(amount),
      kind: 'BANK_TRANSFER',
    };
    const refusal = stage.model.pay(chosen, amount);
    await stage.expect('recordManualPayment', input, refusal);
    return refusal ? 'refused' : 'done';
  },
};

async function onInvoice(
  stage: Stage,
  chosen: ModelInvoice | undefined,
  verb: string,
  move: (invoice: ModelInvoice) => string | null,
): Promise<'done' | 'refused' | null> {
  if (!chosen) return null;
  const id = await stage.invoiceId(chosen);
  const refusal = move(chosen);
  await stage.expect(verb, { id }, refusal);
  return refusal ? 'refused' : 'done';
}
