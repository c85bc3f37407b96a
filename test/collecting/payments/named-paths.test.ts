import { describe, expect, it } from '@jest/globals';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { recordOutcome } from '../../../src/collecting/payments/collection/record-outcome.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { owing, paymentsOf } from '../../support/payments.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

paymentsStage(
  (opened) => {
    ({ world, organization } = opened);
  },
  { settle: false },
);

type Input = Record<string, unknown>;
interface Answer {
  userErrors: { code: string; path: string[] | null }[];
  invoice?: { id: string };
}

/** Asks for a mutation; answers its payload, and the id of its invoice if it has one. */
async function mutate(name: string, input: Input): Promise<Answer> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const shown = name.endsWith('Invoice') ? 'invoice { id }' : '';
  const text = `mutation ($input: ${type}!) { ${name}(input: $input) { ${shown} userErrors { code path } } }`;
  const result = await world.graphql<Record<string, Answer>>(text, { input }, { as: organization });
  expect(result.errors).toBeUndefined();
  return result.data![name]!;
}

/** The largest price, so often that not much more fits the books. */
const largest = '1000000000000000';
const most = { unitAmount: { amountMinor: largest, currency: 'EUR' }, quantity: '9223' };
const money = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
const line = (amountMinor: string) => ({ description: 'Work', unitAmount: money(amountMinor) });
const huge = { description: 'Work', ...most };
const account = async (country?: string) =>
  toGlobalId('acc', (await organization.account(country ? { billingAddress: { country } } : {})).id);

/** An invoice whose payment's answer is not known. */
async function inFlight(): Promise<Input> {
  const { account: payer, invoice } = await owing(world, organization, 'success');
  const [payment] = await paymentsOf(world, payer.id);
  const claim = await organization.transact((work) => claimPayment(work, payment!.id));
  await organization.transact((work) =>
    recordOutcome(work, {
      paymentId: payment!.id,
      attemptId: claim!.request.attempt.id,
      source: 'answer',
      outcome: { status: 'unknown', providerRef: null },
    }),
  );
  return { id: toGlobalId('inv', invoice.id) };
}

async function draft(lines: object[], country?: string): Promise<string> {
  const made = await mutate('createInvoice', { accountId: await account(country), lines });
  expect(made.userErrors).toEqual([]);
  return made.invoice!.id;
}

/** A draft that a tax, made after it, takes beyond what the books hold. */
async function draftBeyond(): Promise<Input> {
  const id = await draft([huge], 'AT');
  const rate = { name: 'USt', country: 'AT', percent: '20', inclusive: false };
  expect((await mutate('createTaxRate', rate)).userErrors).toEqual([]);
  return { id };
}

/** More for an account whose credit is as large as the books can hold. */
async function credited(): Promise<Input> {
  const accountId = await account();
  const given = { ...huge, kind: 'ADJUSTMENT', unitAmount: money(`-${largest}`) };
  const made = await mutate('createInvoice', { accountId, lines: [given], finalize: true });
  expect(made.userErrors).toEqual([]);
  return { accountId, amount: money(largest), kind: 'CASH' };
}

const table: { mutation: string; code: string; path: string[]; input: () => Promise<Input> }[] = [
  { mutation: 'voidInvoice', code: 'PAYMENT_IN_FLIGHT', path: ['input', 'id'], input: inFlight },
  { mutation: 'markInvoiceUncollectible', code: 'PAYMENT_IN_FLIGHT', path: ['input', 'id'], input: inFlight },
  {
    mutation: 'createInvoice',
    code: 'AMOUNT_TOO_LARGE',
    path: ['input', 'lines'],
    input: async () => ({ accountId: await account(), lines: [huge, huge] }),
  },
  {
    mutation: 'createInvoice',
    code: 'AMOUNT_TOO_LARGE',
    path: ['input', 'lines', '1'],
    input: async () => ({ accountId: await account(), lines: [line('1'), { ...huge, quantity: '9224' }] }),
  },
  {
    mutation: 'updateDraftInvoice',
    code: 'AMOUNT_TOO_LARGE',
    path: ['input', 'addLines'],
    input: async () => ({ id: await draft([huge]), addLines: [line(largest)] }),
  },
  { mutation: 'finalizeInvoice', code: 'AMOUNT_TOO_LARGE', path: ['input', 'id'], input: draftBeyond },
  { mutation: 'recordManualPayment', code: 'AMOUNT_TOO_LARGE', path: ['input', 'amount'], input: credited },
];

describe('a refusal that comes of sums, or of another module', () => {
  it.each(table)('of $mutation with $code names $path', async ({ mutation, code, path, input }) => {
    const { userErrors } = await mutate(mutation, await input());
    expect(userErrors).toEqual([{ code, path }]);
  });
});
