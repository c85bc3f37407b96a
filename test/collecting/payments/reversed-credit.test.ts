import { describe, expect, it } from '@jest/globals';
import { expireCredit, holdCredit, releaseHold } from '../../../src/collecting/credits/index.ts';
import { finalizeInvoice, voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { recordManualPayment } from '../../../src/collecting/payments/collection/record-manual-payment.ts';
import { reversePayment } from '../../../src/collecting/payments/index.ts';
import { issueCreditNote } from '../../../src/collecting/payments/refunds/issue-credit-note.ts';
import { recordRefundOutcome } from '../../../src/collecting/payments/refunds/record-refund.ts';
import { captureHold } from '../../../src/collecting/wallets/index.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, invoiceOver, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});

const euro = (amountMinor: bigint) => ({ amountMinor, currency: 'EUR' });

/** An account with an invoice of 10,000 that a check has paid, and verbs about it that tests put in any order. */
class Story {
  readonly id: string;
  readonly invoiceId: string;
  paymentId = '';
  holdId = '';
  orderId = '';

  private constructor(id: string, invoiceId: string) {
    this.id = id;
    this.invoiceId = invoiceId;
  }

  static async begin(amount = 10_000n): Promise<Story> {
    const { id } = await organization.account();
    const invoice = await invoiceOver(world, organization, id, 10_000n, 'manual');
    const story = new Story(id, invoice.id);
    story.paymentId = await story.pay(invoice.id, amount);
    return story;
  }

  async pay(invoiceId: string, amount: bigint): Promise<string> {
    const { id } = await organization.transact((work) =>
      recordManualPayment(work, { accountId: this.id, invoiceIds: [invoiceId], amount: euro(amount), kind: 'check' }),
    );
    return id;
  }

  readonly steps = {
    reverse: () =>
      organization.transact((work) => reversePayment(work, { paymentId: this.paymentId, reason: 'recalled' })),
    note: () => this.note(false),
    noteWithRefund: () => this.note(true),
    hold: async () => {
      const input = {
        accountId: this.id,
        amount: euro(1_000n),
        expiresAt: new Date(world.clock.now().getTime() + 86_400_000),
      };
      this.holdId = (await organization.transact((work) => holdCredit(work, input))).id;
    },
    over: async () => world.clock.advance({ days: 2 }),
    noteEnd: () => organization.transact((work) => expireCredit(work, organization.id, this.id)),
    release: () => organization.transact((work) => releaseHold(work, { id: this.holdId })),
    capture: async () => {
      const lines = [{ description: 'Order', quantity: '1', unitAmount: euro(1_000n) }];
      const captured = await organization.transact((work) =>
        captureHold(work, { id: this.holdId, lines, autoCollect: false }),
      );
      this.orderId = captured.invoiceId;
    },
    refundDone: () => world.settle(),
    refundFails: async () => {
      const [refund] = await query<{ id: string }>(
        world.database.superuserUrl,
        'select id from refunds where payment_id = $1 and credit_note_id is not null',
        [this.paymentId],
      );
      const failure = { code: 'closed', adviceCode: null, message: 'The account is closed.' };
      await organization.transact((work) =>
        recordRefundOutcome(work, refund!.id, { status: 'failed', providerRef: null, failure }),
      );
    },
    spend: async () => {
      const [invoice] = await issueFor(world.app, organization, [this.id], () => ({
        charges: [oneOff(this.id, 3_500n)],
      }));
      this.orderId = invoice!.id;
    },
    draft: async () => {
      const charges = [oneOff(this.id, 3_500n)];
      const [invoice] = await issueFor(world.app, organization, [this.id], () => ({ charges, finalize: false }));
      this.orderId = invoice!.id;
    },
    finalize: () => organization.transact((work) => finalizeInvoice(work, { id: this.orderId })),
    voidSpent: () => organization.transact((work) => voidInvoice(work, { id: this.orderId })),
    takeBack: async () => {
      const [line] = await query<{ id: string }>(
        world.database.superuserUrl,
        'select id from invoice_lines where invoice_id = $1',
        [this.invoiceId],
      );
      await issueFor(world.app, organization, [this.id], () => ({
        charges: [oneOff(this.id, -3_000n, { reversesLineId: line!.id })],
      }));
    },
    payAnew: () => this.payWhatIsOwed(),
  };

  private async note(refund: boolean) {
    await organization.transact(async (work) => {
      const [line] = await work.rows<{ id: string }>('select id from invoice_lines where invoice_id = $1', [
        this.invoiceId,
      ]);
      const lines = [{ invoiceLineId: line!.id, part: { amount: euro(3_000n) } }];
      return issueCreditNote(work, { invoiceId: this.invoiceId, reason: 'other', lines, refund });
    });
  }

  private async payWhatIsOwed() {
    for (const { id, due } of await this.owing()) await this.pay(id, BigInt(due));
  }

  async play(...names: (keyof Story['steps'])[]): Promise<this> {
    for (const name of names) await this.steps[name]();
    return this;
  }

  owing() {
    return query<{ id: string; due: number }>(
      world.database.superuserUrl,
      `select id, amount_due::int as due from invoices where account_id = $1 and status = 'open' order by id`,
      [this.id],
    );
  }

  /** All that the account owes, what it has in credit, and what stays lost. */
  async end() {
    const [lost] = await query<{ amount: number }>(
      world.database.superuserUrl,
      `select coalesce(sum(e.amount), 0)::int as amount from ledger_entries e
       where e.account = 'bad_debt' and e.source_id = any(array[$1, $2]::uuid[])`,
      [this.paymentId, this.holdId || this.paymentId],
    );
    const owed = (await this.owing()).reduce((total, { due }) => total + due, 0);
    return { owed, credit: Number(await creditOf(world, this.id)), lost: lost!.amount };
  }
}

type Step = keyof Story['steps'];

describe('the left-over of a payment that is gone again, held for an order', () => {
  const orders: [Step[], number][] = [
    [['hold', 'reverse', 'release'], 10_000],
    [['hold', 'release', 'reverse'], 10_000],
    [['hold', 'reverse', 'capture'], 11_000],
    [['hold', 'capture', 'reverse'], 11_000],
    [['hold', 'reverse', 'payAnew', 'release'], 0],
  ];
  it.each(orders)('%p leaves no credit and no loss', async (steps, owed) => {
    const story = await (await Story.begin(12_000n)).play(...steps);
    expect(await story.end()).toEqual({ owed, credit: 0, lost: 0 });
  });

  it('stays held until the hold ends by itself, and is gone then', async () => {
    const story = await (await Story.begin(12_000n)).play('hold', 'reverse');
    expect(await story.end()).toEqual({ owed: 10_000, credit: 1_000, lost: 1_000 });
    const shown = await query(
      world.database.superuserUrl,
      'select remaining::int, held::int, withdrawn_at is not null as over from credit_grants where account_id = $1',
      [story.id],
    );
    expect(shown).toEqual([{ remaining: 1_000, held: 1_000, over: true }]);
    world.clock.advance({ days: 2 });
    await organization.transact((work) => expireCredit(work, organization.id, story.id));
    expect(await story.end()).toEqual({ owed: 10_000, credit: 0, lost: 0 });
    const history = await query<{ source_type: string; amount: number }>(
      world.database.superuserUrl,
      'select source_type, amount::int from credit_entries where account_id = $1 order by seq',
      [story.id],
    );
    expect(history.map(({ source_type, amount }) => [source_type, amount])).toEqual([
      ['overpayment', 2_000],
      ['withdrawal', -1_000],
      ['withdrawal', -1_000],
    ]);
  });
});

describe('credit of a note whose invoice is owed again', () => {
  const orders: [Step[], { owed: number; credit: number }][] = [
    [['note', 'hold', 'reverse', 'release'], { owed: 7_000, credit: 0 }],
    [['note', 'hold', 'release', 'reverse'], { owed: 7_000, credit: 0 }],
    [['note', 'reverse'], { owed: 7_000, credit: 0 }],
    [['reverse', 'note'], { owed: 7_000, credit: 0 }],
    [['note', 'hold', 'reverse', 'capture'], { owed: 8_000, credit: 0 }],
    [['note', 'hold', 'capture', 'reverse'], { owed: 8_000, credit: 0 }],
    [['note', 'hold', 'reverse', 'payAnew', 'release'], { owed: 0, credit: 1_000 }],
    [['note', 'spend', 'reverse'], { owed: 10_500, credit: 0 }],
    [['note', 'spend', 'reverse', 'voidSpent'], { owed: 7_000, credit: 0 }],
    [['note', 'spend', 'voidSpent', 'reverse'], { owed: 7_000, credit: 0 }],
  ];
  it.each(orders)('%p', async (steps, { owed, credit }) => {
    const story = await (await Story.begin()).play(...steps);
    expect(await story.end()).toEqual({ owed, credit, lost: 0 });
    if (steps.includes('capture') && steps.indexOf('reverse') < steps.indexOf('capture')) {
      expect(await storedInvoice(world, story.orderId)).toMatchObject({ status: 'open', amount_due: 1_000n });
    }
  });
});

describe('credit of a note that was held while its invoice became owed again', () => {
  it.each<[Step[]]>([
    [['over', 'noteEnd', 'spend']],
    [['over', 'spend', 'noteEnd']],
    [['over', 'draft', 'noteEnd', 'finalize']],
    [['over', 'draft', 'finalize', 'noteEnd']],
  ])('goes to that invoice first when the hold is over, also before that is noted: %p', async (steps) => {
    const story = await (await Story.begin()).play('note', 'hold', 'reverse', ...steps);
    const owing = await story.owing();
    expect(owing.map(({ due }) => due)).toEqual([7_000, 3_500]);
    expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  });
});

describe('credit of a line that another invoice took back', () => {
  const orders: [Step[], { owed: number; credit: number }][] = [
    [['reverse', 'takeBack'], { owed: 7_000, credit: 0 }],
    [['takeBack', 'reverse'], { owed: 7_000, credit: 0 }],
    [['takeBack', 'hold', 'reverse', 'release'], { owed: 7_000, credit: 0 }],
    [['takeBack', 'hold', 'reverse', 'payAnew', 'release'], { owed: 0, credit: 1_000 }],
  ];
  it.each(orders)('%p', async (steps, { owed, credit }) => {
    const story = await (await Story.begin()).play(...steps);
    expect(await story.end()).toEqual({ owed, credit, lost: 0 });
  });
});

describe('a refund of a note that fails', () => {
  const orders: [Step[], { owed: number; credit: number }][] = [
    [['noteWithRefund', 'reverse'], { owed: 7_000, credit: 0 }],
    [['noteWithRefund', 'refundFails', 'reverse'], { owed: 7_000, credit: 0 }],
    [['noteWithRefund', 'refundDone', 'refundFails', 'reverse'], { owed: 7_000, credit: 0 }],
    [['noteWithRefund', 'refundDone', 'reverse'], { owed: 10_000, credit: 0 }],
    [['noteWithRefund', 'refundDone', 'reverse', 'refundFails'], { owed: 7_000, credit: 0 }],
    [['noteWithRefund', 'refundDone', 'reverse', 'payAnew', 'refundFails'], { owed: 0, credit: 3_000 }],
    [['noteWithRefund', 'refundFails', 'hold', 'reverse', 'release'], { owed: 7_000, credit: 0 }],
  ];
  it.each(orders)('%p', async (steps, { owed, credit }) => {
    const story = await (await Story.begin()).play(...steps);
    expect(await story.end()).toEqual({ owed, credit, lost: 0 });
    expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  });
});
