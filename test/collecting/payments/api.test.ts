import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { sandboxTokens } from '../../../src/collecting/payments/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, invoiceOver, paymentsOf, sandboxMethod, storedInvoice } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage((opened) => {
  ({ world, organization } = opened);
});

const fields = `payment { id status amount { amountMinor currency } amountRefunded { amountMinor } clientSecret failureCode failureMessage declineClass
  attempts { number status failureCode offSession } applications { status amount { amountMinor } invoice { id status } }
  paymentMethod { brand last4 } account { id } }
  userErrors { code path message }`;

type Answer = Record<string, Record<string, unknown>>;

/** What the mutations of this test answer, as far as it looks into it by name. */
interface Answered {
  payment: { id: string; status: string };
  paymentMethod: { id: string; isDefault: boolean; account: Record<string, unknown> };
  userErrors: { code: string; path: string[]; message: string }[];
  extensions: unknown;
}

async function mutate(name: string, type: string, input: object, selection = fields, key?: string): Promise<Answered> {
  const result = await world.graphql<Answer>(
    `mutation M($input: ${type}!) { ${name}(input: $input) { ${selection} } }`,
    { input },
    { as: organization, ...(key ? { idempotencyKey: key } : {}) },
  );
  if (result.errors) throw new Error(JSON.stringify(result.errors));
  return { ...result.data![name]!, extensions: result.extensions } as unknown as Answered;
}

const create = (input: object, key?: string) => mutate('createPayment', 'CreatePaymentInput', input, fields, key);

async function owing(token: string | null, amount = 5_000n) {
  const account = await organization.account();
  const method = token ? await sandboxMethod(organization, account.id, token) : null;
  const invoice = await invoiceOver(world, organization, account.id, amount, 'manual');
  return {
    account,
    invoice,
    accountId: toGlobalId('acc', account.id),
    invoiceId: toGlobalId('inv', invoice.id),
    methodId: method && toGlobalId('pm', method.id),
  };
}

describe('createPayment', () => {
  it('pays invoices, and answers what the provider said', async () => {
    const one = await owing('success');
    const answer = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] }, 'key-1');
    expect(answer).toMatchObject({
      payment: {
        status: 'SUCCEEDED',
        amount: { amountMinor: '5000', currency: 'EUR' },
        attempts: [{ number: 1, status: 'SUCCEEDED', offSession: false }],
        applications: [
          { status: 'APPLIED', amount: { amountMinor: '5000' }, invoice: { id: one.invoiceId, status: 'PAID' } },
        ],
        paymentMethod: { brand: 'visa', last4: '4242' },
        account: { id: one.accountId },
      },
      userErrors: [],
    });
    const again = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] }, 'key-1');
    expect(again.payment.id).toBe(answer.payment.id);
    expect(again.extensions).toMatchObject({ idempotencyReplayed: true });
    expect(await paymentsOf(world, one.account.id)).toHaveLength(1);
    const other = await create({ accountId: one.accountId, amount: { amountMinor: '1', currency: 'EUR' } }, 'key-1');
    expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
  });

  it('answers a decline as a payment that has failed, without its hidden reason for the customer', async () => {
    const one = await owing('stolen_card');
    expect(await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] })).toMatchObject({
      payment: {
        status: 'FAILED',
        failureCode: 'stolen_card',
        failureMessage: 'The card was declined.',
        declineClass: 'HARD',
        applications: [{ status: 'RELEASED', invoice: { status: 'OPEN' } }],
      },
      userErrors: [],
    });
  });

  it('asks the customer to act, goes on when they have, and with another method after a decline', async () => {
    const one = await owing('authentication_fails');
    const asked = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] });
    expect(asked.payment).toMatchObject({ status: 'REQUIRES_ACTION', clientSecret: expect.stringContaining('secret') });
    const input = { paymentId: asked.payment.id };
    const failed = await mutate('confirmPayment', 'ConfirmPaymentInput', input);
    expect(failed.payment).toMatchObject({
      status: 'FAILED',
      failureCode: 'authentication_required',
      clientSecret: null,
    });
    const good = await sandboxMethod(organization, one.account.id, 'mastercard', false);
    const paid = await mutate('confirmPayment', 'ConfirmPaymentInput', {
      ...input,
      paymentMethodId: toGlobalId('pm', good.id),
    });
    expect(paid.payment).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ status: 'CANCELED' }, { status: 'FAILED' }, { status: 'SUCCEEDED' }],
    });
    const over = await mutate('confirmPayment', 'ConfirmPaymentInput', input);
    expect(over.userErrors).toMatchObject([{ code: 'INVALID_STATE', path: ['input', 'paymentId'] }]);
  });

  it('lets the customer choose in the browser when there is no method', async () => {
    const one = await owing(null);
    const asked = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] });
    expect(asked.payment).toMatchObject({ status: 'REQUIRES_ACTION', clientSecret: expect.any(String) });
    const off = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId], offSession: true });
    expect(off.userErrors).toMatchObject([{ code: 'PAYMENT_METHOD_REQUIRED' }]);
  });

  it('holds money until it is captured, all or a part', async () => {
    const one = await owing('success');
    const held = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId], captureMethod: 'MANUAL' });
    expect(held.payment).toMatchObject({ status: 'REQUIRES_CAPTURE', applications: [{ status: 'PENDING' }] });
    const paymentId = held.payment.id;
    const much = { paymentId, amount: { amountMinor: '5001', currency: 'EUR' } };
    expect((await mutate('capturePayment', 'CapturePaymentInput', much)).userErrors).toMatchObject([
      { code: 'AMOUNT_TOO_LARGE' },
    ]);
    const part = { paymentId, amount: { amountMinor: '3000', currency: 'EUR' } };
    expect(await mutate('capturePayment', 'CapturePaymentInput', part)).toMatchObject({
      payment: {
        status: 'SUCCEEDED',
        amount: { amountMinor: '3000' },
        applications: [{ amount: { amountMinor: '3000' } }],
      },
    });
    expect(await storedInvoice(world, one.invoice.id)).toEqual({
      status: 'open',
      amount_due: 2000n,
      amount_paid: 3000n,
    });
  });

  it('lets held money go, and what waits for the customer', async () => {
    for (const [token, more] of [
      ['success', { captureMethod: 'MANUAL' }],
      ['authentication_required', {}],
      ['card_declined', {}],
    ] as const) {
      const one = await owing(token);
      const held = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId], ...more });
      const input = { paymentId: held.payment.id };
      expect(await mutate('cancelPayment', 'CancelPaymentInput', input)).toMatchObject({
        payment: { status: 'CANCELED', applications: [{ status: 'RELEASED' }] },
        userErrors: [],
      });
      expect((await mutate('cancelPayment', 'CancelPaymentInput', input)).userErrors).toMatchObject([
        { code: 'INVALID_STATE' },
      ]);
    }
  });

  it('makes credit of an amount without invoices', async () => {
    const one = await owing('success');
    const answer = await create({ accountId: one.accountId, amount: { amountMinor: '700', currency: 'EUR' } });
    expect(answer.payment).toMatchObject({ status: 'SUCCEEDED', applications: [] });
    expect(await creditOf(world, one.account.id)).toBe(700n);
  });

  it('refuses what does not fit, naming it, and writes nothing', async () => {
    const one = await owing('success');
    const other = await owing('success');
    const { accountId, invoiceId } = one;
    const cases: [object, string, string[]][] = [
      [
        { accountId: toGlobalId('acc', one.invoice.id), invoiceIds: [invoiceId] },
        'INVALID_INPUT',
        ['input', 'invoiceIds', '0'],
      ],
      [{ accountId, invoiceIds: [other.invoiceId] }, 'INVALID_INPUT', ['input', 'invoiceIds', '0']],
      [{ accountId, invoiceIds: [toGlobalId('inv', one.account.id)] }, 'NOT_FOUND', ['input', 'invoiceIds', '0']],
      [{ accountId, invoiceIds: ['inv_nothing'] }, 'NOT_FOUND', ['input', 'invoiceIds', '0']],
      [{ accountId, invoiceIds: [invoiceId, invoiceId] }, 'INVALID_INPUT', ['input', 'invoiceIds']],
      [{ accountId, invoiceIds: [] }, 'INVALID_INPUT', ['input', 'invoiceIds']],
      [{ accountId }, 'INVALID_INPUT', ['input', 'amount']],
      [
        { accountId, amount: { amountMinor: '0', currency: 'EUR' } },
        'INVALID_INPUT',
        ['input', 'amount', 'amountMinor'],
      ],
      [
        { accountId, invoiceIds: [invoiceId], amount: { amountMinor: '5001', currency: 'EUR' } },
        'AMOUNT_TOO_LARGE',
        ['input', 'amount'],
      ],
      [
        { accountId, invoiceIds: [invoiceId], amount: { amountMinor: '1', currency: 'USD' } },
        'CURRENCY_MISMATCH',
        ['input', 'amount', 'currency'],
      ],
      [
        { accountId, invoiceIds: [invoiceId], paymentMethodId: other.methodId },
        'NOT_FOUND',
        ['input', 'paymentMethodId'],
      ],
      [
        { accountId, invoiceIds: [invoiceId], metadata: { note: 'card 4242 4242 4242 4242' } },
        'INVALID_INPUT',
        ['input', 'metadata', 'note'],
      ],
    ];
    for (const [input, code, path] of cases) {
      const answer = await create(input);
      expect([input, answer.userErrors[0]]).toMatchObject([input, { code, path }]);
      expect(answer.payment ?? null).toBeNull();
    }
    expect(await paymentsOf(world, one.account.id)).toEqual([]);
  });
});

describe('two who pay the same invoice at once', () => {
  it('pay it once', async () => {
    const one = await owing('success');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => create({ accountId: one.accountId, invoiceIds: [one.invoiceId] })),
    );
    const paid = answers.filter((answer) => answer.payment?.status === 'SUCCEEDED');
    expect(paid).toHaveLength(1);
    for (const answer of answers.filter((one) => one !== paid[0])) {
      expect(answer.payment).toBeNull();
      expect(['PAYMENT_IN_FLIGHT', 'INVALID_STATE']).toContain(answer.userErrors[0]!.code);
      expect(answer.userErrors[0]!.path.slice(0, 2)).toEqual(['input', 'invoiceIds']);
    }
    const stored = await paymentsOf(world, one.account.id);
    expect(stored.map((payment) => payment.status)).toEqual(['succeeded']);
    expect(await creditOf(world, one.account.id)).toBe(0n);
    expect(await storedInvoice(world, one.invoice.id)).toMatchObject({ status: 'paid', amount_paid: 5000n });
  });
});

describe('recordManualPayment', () => {
  const record = (input: object) => mutate('recordManualPayment', 'RecordManualPaymentInput', input);

  it('covers invoices in their order, and the rest becomes credit', async () => {
    const one = await owing(null, 1_000n);
    const second = await invoiceOver(world, organization, one.account.id, 2_000n, 'manual');
    const answer = await record({
      accountId: one.accountId,
      invoiceIds: [toGlobalId('inv', second.id), one.invoiceId],
      amount: { amountMinor: '3300', currency: 'EUR' },
      kind: 'CHECK',
      reference: 'No. 17',
      notes: 'brought by hand',
    });
    expect(answer.payment).toMatchObject({ status: 'SUCCEEDED', attempts: [{ number: 1, status: 'SUCCEEDED' }] });
    expect(await storedInvoice(world, one.invoice.id)).toMatchObject({ status: 'paid' });
    expect(await storedInvoice(world, second.id)).toMatchObject({ status: 'paid' });
    expect(await creditOf(world, one.account.id)).toBe(300n);
  });

  it('ends what was to be collected by itself, and the rest is collected', async () => {
    const account = await organization.account();
    await sandboxMethod(organization, account.id, 'success');
    const invoice = await invoiceOver(world, organization, account.id, 5_000n);
    await record({
      accountId: toGlobalId('acc', account.id),
      invoiceIds: [toGlobalId('inv', invoice.id)],
      amount: { amountMinor: '2000', currency: 'EUR' },
      kind: 'CASH',
    });
    await world.settle();
    expect(await storedInvoice(world, invoice.id)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 5000n });
    const payments = await paymentsOf(world, account.id);
    expect(payments.map(({ status, amount }) => [status, amount])).toEqual(
      expect.arrayContaining([
        ['canceled', 5000n],
        ['succeeded', 2000n],
        ['succeeded', 3000n],
      ]),
    );
  });

  it('refuses card numbers in free text', async () => {
    const one = await owing(null);
    const answer = await record({
      accountId: one.accountId,
      amount: { amountMinor: '1', currency: 'EUR' },
      kind: 'OTHER',
      notes: 'by card 4000-0000-0000-0002',
    });
    expect(answer.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'notes'] }]);
  });
});

describe('payment methods', () => {
  const selection = `paymentMethod { id brand last4 expMonth expYear isDefault type provider detachedAt account { defaultPaymentMethod { id } paymentMethods { id } } } userErrors { code path message }`;
  const attach = (input: object) => mutate('attachPaymentMethod', 'AttachPaymentMethodInput', input, selection);

  it('are attached, made the default, and detached for good', async () => {
    const account = await organization.account();
    const accountId = toGlobalId('acc', account.id);
    const first = await attach({ accountId, method: { sandboxToken: 'success' } });
    expect(first.paymentMethod).toMatchObject({
      brand: 'visa',
      last4: '4242',
      expMonth: 12,
      expYear: 2040,
      isDefault: true,
      type: 'card',
      provider: 'SANDBOX',
    });
    const second = await attach({ accountId, method: { sandboxToken: 'mastercard' } });
    expect(second.paymentMethod.isDefault).toBe(false);
    const id = second.paymentMethod.id;
    const chosen = await mutate('setDefaultPaymentMethod', 'SetDefaultPaymentMethodInput', { id }, selection);
    expect(chosen.paymentMethod.account.defaultPaymentMethod).toEqual({ id });
    const gone = await mutate('detachPaymentMethod', 'DetachPaymentMethodInput', { id }, selection);
    expect(gone.paymentMethod).toMatchObject({ isDefault: false, detachedAt: expect.any(String) });
    expect(gone.paymentMethod.account).toEqual({
      defaultPaymentMethod: null,
      paymentMethods: [{ id: first.paymentMethod.id }],
    });
    const again = await mutate('setDefaultPaymentMethod', 'SetDefaultPaymentMethodInput', { id }, selection);
    expect(again.userErrors).toMatchObject([{ code: 'INVALID_STATE' }]);
  });

  it('are never card numbers', async () => {
    const account = await organization.account();
    const accountId = toGlobalId('acc', account.id);
    for (const sandboxToken of ['4242424242424242', 'nothing', 'a'.repeat(200)]) {
      const answer = await attach({ accountId, method: { sandboxToken } });
      expect(answer.userErrors[0]).toMatchObject({
        code: 'INVALID_INPUT',
        path: ['input', 'method', 'sandboxToken'],
      });
    }
    const unknown = await attach({ accountId, method: { sandboxToken: 'nothing' } });
    expect(unknown.userErrors[0]).toMatchObject({ message: expect.stringContaining('insufficient_funds') });
  });

  it('of the sandbox are all told to frontend teams', () => {
    const page = readFileSync(join(process.cwd(), 'docs/frontend.md'), 'utf8');
    const rows = sandboxTokens().map(({ token, description }) => `| \`${token}\` | ${description} |`);
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  });

  it('of the sandbox are refused in live organizations', async () => {
    const live = await world.organization({ mode: 'live' });
    const account = await live.account();
    const result = await world.graphql<Answer>(
      `mutation { attachPaymentMethod(input: { accountId: "${toGlobalId('acc', account.id)}", method: { sandboxToken: "success" } }) { userErrors { code } } }`,
      {},
      { as: live },
    );
    expect(result.data?.attachPaymentMethod?.userErrors).toEqual([{ code: 'NOT_ALLOWED_IN_LIVE' }]);
  });
});

describe('lists', () => {
  it('show payments with all that hangs on them, and count only when asked', async () => {
    const one = await owing('success');
    await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] });
    const result = await world.graphql<Answer>(
      `query L($filter: PaymentFilter) { payments(filter: $filter, first: 10) { totalCount nodes { id status refunds { id } attempts { number } applications { invoice { payments { status } } } } } }`,
      { filter: { accountId: one.accountId, status: ['SUCCEEDED'] } },
      { as: organization },
    );
    expect(result.errors).toBeUndefined();
    expect(result.data?.payments).toMatchObject({
      totalCount: 1,
      nodes: [{ attempts: [{ number: 1 }], applications: [{ invoice: { payments: [{ status: 'SUCCEEDED' }] } }] }],
    });
  });

  it('hide everything of others', async () => {
    const one = await owing('success');
    const { payment } = await create({ accountId: one.accountId, invoiceIds: [one.invoiceId] });
    const other = await world.organization();
    const result = await world.graphql<Answer>(
      `query H($id: ID!) { payment(id: $id) { id } node(id: $id) { id } payments { nodes { id } } }`,
      { id: payment.id },
      { as: other },
    );
    expect(result.data).toEqual({ payment: null, node: null, payments: { nodes: [] } });
    for (const [name, type] of [
      ['confirmPayment', 'ConfirmPaymentInput'],
      ['capturePayment', 'CapturePaymentInput'],
      ['cancelPayment', 'CancelPaymentInput'],
      ['createRefund', 'CreateRefundInput'],
    ]) {
      const answer = await world.graphql<Answer>(
        `mutation F($input: ${type}!) { ${name}(input: $input) { userErrors { code path } } }`,
        { input: { paymentId: payment.id } },
        { as: other },
      );
      expect(answer.data?.[name!]?.userErrors).toEqual([{ code: 'NOT_FOUND', path: ['input', 'paymentId'] }]);
    }
  });
});
