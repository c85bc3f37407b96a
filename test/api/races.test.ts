import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMember } from '../../src/accounts/index.ts';
import { fromGlobalId, newId, toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import { type FaultProcess, startProcess } from '../support/fault-runner.ts';
import { keyFor } from '../support/live.ts';
import type { TestOrganization } from '../support/makers.ts';
import { sandboxMethod } from '../support/payments.ts';
import { sellPlan } from '../support/selling.ts';
import { until } from '../support/until.ts';
import { testWorld, type World } from '../support/world.ts';

const clients = 20;
const password = 'correct horse battery';

let world: World;
let organization: TestOrganization;
/** Two processes of the product over one database; clients come to the one and the other. */
let processes: FaultProcess[] = [];
let authorization: string;
let planId: string;

beforeAll(async () => {
  world = await testWorld({ start: new Date(Date.now() - 60_000).toISOString() });
  organization = await world.organization({ timezone: 'UTC' });
  planId = toGlobalId('plan', (await sellPlan(organization)).planId);
  ({ authorization } = await keyFor(organization, [...organization.identity.permissions]));
  const databaseUrl = world.database.runtimeUrl;
  processes = await Promise.all([
    startProcess({ role: 'api', databaseUrl }),
    startProcess({ role: 'all', databaseUrl, beatMs: 500 }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  await world?.close();
}, 60_000);

interface Told {
  /** Codes of refusals, of the business or of the request; empty where it was done. */
  codes: string[];
  object: Record<string, unknown> | null;
}

const objectOf: Readonly<Record<string, string>> = {
  createAccount: 'account { id }',
  createInvoice: 'invoice { id status }',
  createSubscription: 'subscription { id }',
  cancelSubscription: 'subscription { id }',
  createPayment: 'payment { id status }',
  recordManualPayment: 'payment { id status }',
  voidInvoice: 'invoice { id }',
  createRefund: 'refund { id }',
  logIn: 'session { renewalToken }',
  renewSession: 'session { renewalToken accessToken }',
};

/** One mutation over HTTP, of the client with this number. */
async function ask(client: number, name: string, input: object): Promise<Told> {
  const selection = objectOf[name]!;
  const source = `mutation ($input: ${name[0]!.toUpperCase()}${name.slice(1)}Input!) {
    ${name}(input: $input) { ${selection} userErrors { code } } }`;
  const known = name !== 'logIn' && name !== 'renewSession';
  const response = await fetch(`${processes[client % processes.length]!.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(known ? { authorization } : {}) },
    body: JSON.stringify({ query: source, variables: { input } }),
  });
  const answer = (await response.json()) as {
    data?: Record<string, Record<string, unknown> & { userErrors: { code: string }[] }> | null;
    errors?: { extensions: { code: string } }[];
  };
  const payload = answer.data?.[name];
  const codes = [...(answer.errors ?? []).map((one) => one.extensions.code), ...(payload?.userErrors ?? [])];
  return {
    codes: codes.map((one) => (typeof one === 'string' ? one : one.code)),
    object: (payload?.[selection.split(' ')[0]!] as Told['object']) ?? null,
  };
}

/** All clients at the same moment. */
const race = (input: (client: number) => readonly [name: string, input: object]) =>
  Promise.all(Array.from({ length: clients }, (_, client) => ask(client, ...input(client))));

const done = (all: readonly Told[]) => all.filter((one) => one.codes.length === 0);
const codesOf = (all: readonly Told[]) => [...new Set(all.flatMap((one) => one.codes))].sort();

async function must(name: string, input: object): Promise<Record<string, unknown> & { id: string }> {
  const { codes, object } = await ask(0, name, input);
  expect(codes).toEqual([]);
  return object as Record<string, unknown> & { id: string };
}

async function count(text: string, values: unknown[]): Promise<number> {
  const [row] = await query<{ count: number }>(
    world.database.superuserUrl,
    `select count(*)::int as count from ${text}`,
    values,
  );
  return row!.count;
}

/** An account with a card of the sandbox, and an open invoice over 50.00 that nothing collects by itself. */
async function owing() {
  const account = await organization.account();
  await sandboxMethod(organization, account.id, 'success');
  const accountId = toGlobalId('acc', account.id);
  const invoice = await must('createInvoice', { ...oneThing(accountId), finalize: true });
  return { account, accountId, invoiceId: invoice.id, uuid: fromGlobalId('inv', invoice.id)! };
}

const euros = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
const oneThing = (accountId: string) => ({
  accountId,
  lines: [{ description: 'Thing', unitAmount: euros('5000') }],
});

describe(`${clients} clients at once, over two processes`, () => {
  it('with the same idempotency key: one effect, one answer', async () => {
    const account = await organization.account();
    const input = { ...oneThing(toGlobalId('acc', account.id)), finalize: true, idempotencyKey: newId() };
    const all = await race(() => ['createInvoice', input]);
    expect(codesOf(all).filter((code) => code !== 'IDEMPOTENCY_IN_PROGRESS')).toEqual([]);
    const again = await must('createInvoice', input);
    expect(done(all).length).toBeGreaterThan(0);
    for (const { object } of done(all)) expect(object).toEqual(again);
    expect(await count('invoices where account_id = $1', [account.id])).toBe(1);
  });

  it('with the same external id: one account, one subscription', async () => {
    const accounts = await race((client) => ['createAccount', { name: `Twin ${client}`, externalId: 'twin' }]);
    expect(done(accounts)).toHaveLength(1);
    expect(codesOf(accounts)).toEqual(['ALREADY_EXISTS']);
    expect(await count(`accounts where external_id = 'twin'`, [])).toBe(1);
    const account = { id: done(accounts)[0]!.object!.id };
    const items = [{ plan: { id: planId } }];
    const all = await race(() => [
      'createSubscription',
      { account, items, externalId: 'twin-sub', collection: 'MANUAL' },
    ]);
    expect(done(all)).toHaveLength(1);
    expect(codesOf(all)).toEqual(['ALREADY_EXISTS']);
    const accountId = fromGlobalId('acc', String(account.id));
    expect(await count('subscriptions where account_id = $1', [accountId])).toBe(1);
    expect(await count('invoices where account_id = $1', [accountId])).toBe(1);
  });

  it('paying the same invoice: it is charged once', async () => {
    const { account, accountId, invoiceId, uuid } = await owing();
    const all = await race(() => ['createPayment', { accountId, invoiceIds: [invoiceId] }]);
    expect(done(all)).toHaveLength(1);
    expect(codesOf(all).filter((code) => !['PAYMENT_IN_FLIGHT', 'INVALID_STATE'].includes(code))).toEqual([]);
    await until(async () => (await count(`invoices where id = $1 and status = 'paid'`, [uuid])) === 1, 'paid');
    expect(await count('payments where account_id = $1', [account.id])).toBe(1);
    expect(await count(`invoices where id = $1 and amount_paid = 5000 and amount_due = 0`, [uuid])).toBe(1);
  });

  it.each(['createPayment', 'recordManualPayment'] as const)(
    'voiding against %s: one of the two, never both',
    async (pay) => {
      for (let round = 0; round < 3; round += 1) {
        const { account, accountId, invoiceId, uuid } = await owing();
        const money = { accountId, invoiceIds: [invoiceId] };
        const manual = { ...money, amount: euros('5000'), kind: 'CASH' };
        const isVoid = (client: number) => (client + round) % 4 === 0;
        const all = await race((client) =>
          isVoid(client) ? ['voidInvoice', { id: invoiceId }] : [pay, pay === 'createPayment' ? money : manual],
        );
        const voided = all.filter((one, client) => isVoid(client) && one.codes.length === 0).length;
        // A payment that was to begin, and whose invoice was voided before the card was charged, is answered as canceled.
        const paid = done(all).filter((one) => ['SUCCEEDED', 'PENDING'].includes(String(one.object?.status))).length;
        expect([voided, paid].sort()).toEqual([0, 1]);
        expect(codesOf(all).filter((code) => !['PAYMENT_IN_FLIGHT', 'INVALID_STATE'].includes(code))).toEqual([]);
        const status = voided === 1 ? 'void' : 'paid';
        await until(async () => (await count('invoices where id = $1 and status = $2', [uuid, status])) === 1, status);
        expect(await count(`payments where account_id = $1 and status = 'succeeded'`, [account.id])).toBe(paid);
      }
    },
  );

  it('canceling the same subscription: it ends once', async () => {
    const account = await organization.account();
    const made = await must('createSubscription', {
      account: { id: toGlobalId('acc', account.id) },
      items: [{ plan: { id: planId } }],
      collection: 'MANUAL',
    });
    const all = await race(() => ['cancelSubscription', { id: made.id, at: 'NOW' }]);
    expect(done(all)).toHaveLength(1);
    expect(codesOf(all)).toEqual(['INVALID_STATE']);
    const facts = `facts where type = 'subscription.canceled' and object_id = $1`;
    expect(await count(facts, [fromGlobalId('sub', made.id)])).toBe(1);
  });

  it('giving back a payment in pieces: never more than was paid', async () => {
    const { accountId, invoiceId } = await owing();
    const payment = await must('createPayment', { accountId, invoiceIds: [invoiceId] });
    expect(payment.status).toBe('SUCCEEDED');
    const all = await race(() => ['createRefund', { paymentId: payment.id, amount: euros('700') }]);
    expect(done(all)).toHaveLength(7);
    expect(codesOf(all)).toEqual(['AMOUNT_TOO_LARGE']);
    const id = fromGlobalId('pay', payment.id);
    await until(
      async () => (await count(`refunds where payment_id = $1 and status = 'succeeded'`, [id])) === 7,
      'seven refunds',
    );
    expect(await count('payments where id = $1 and amount_refunded = 4900', [id])).toBe(1);
  });

  it('guessing a password: ten tries in all; renewing one session: one successor', async () => {
    const [email, other] = ['ada@example.com', 'grace@example.com'];
    for (const address of [email, other])
      await organization.transact((work) =>
        createMember(work, { email: address, name: 'A', role: 'admin', password: password }),
      );
    const guesses = await race((client) => ['logIn', { email, password: `guess number ${client}` }]);
    const tally = (code: string) => guesses.filter((one) => one.codes.includes(code)).length;
    expect([tally('INVALID_CREDENTIALS'), tally('RATE_LIMITED')]).toEqual([10, 10]);
    expect((await ask(0, 'logIn', { email, password })).codes).toEqual(['RATE_LIMITED']);

    const { renewalToken } = await must('logIn', { email: other, password });
    const all = await race(() => ['renewSession', { renewalToken }]);
    expect(codesOf(all)).toEqual([]);
    expect(new Set(all.map((one) => one.object!.renewalToken)).size).toBe(1);
    expect(await count('sessions where generation = 2 and ended_at is null', [])).toBe(1);
  });

  it('leave books that add up', async () => {
    await until(async () => (await count('fact_queue', [])) === 0, 'all facts published');
    await checkBooks({ ownerUrl: world.database.ownerUrl });
  });
});
