import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { claimPayment } from '../../../src/collecting/payments/collection/claim-payment.ts';
import { attemptPayment } from '../../../src/collecting/payments/index.ts';
import { keepClaim } from '../../../src/collecting/payments/providers/keep-claim.ts';
import { systemActor } from '../../../src/platform/actor.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { creditOf, factTypes, owing, paymentsOf, storedInvoice } from '../../support/payments.ts';
import { until } from '../../support/until.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
});

beforeEach(async () => {
  organization = await world.organization();
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

const attempt = async (accountId: string) => {
  const [payment] = await paymentsOf(world, accountId);
  return attemptPayment(world.app, { organizationId: organization.id, paymentId: payment!.id });
};

describe('a payment begun with its invoice', () => {
  it('is pending and reserves the invoice before anything is charged', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    expect(await paymentsOf(world, account.id)).toMatchObject([
      {
        status: 'pending',
        amount: 5000n,
        attempts: [],
        applications: [{ invoice: invoice.id, amount: 5000, status: 'pending' }],
      },
    ]);
    expect(await storedInvoice(world, invoice.id)).toEqual({ status: 'open', amount_due: 5000n, amount_paid: 0n });
  });

  it('is charged by the worker, and the invoice is paid in the same transaction', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    await world.settle();
    const [payment] = await paymentsOf(world, account.id);
    expect(payment).toMatchObject({
      status: 'succeeded',
      next_attempt_at: null,
      attempts: [{ no: 1, status: 'succeeded', offSession: true }],
      applications: [{ amount: 5000, status: 'applied' }],
    });
    expect(await storedInvoice(world, invoice.id)).toEqual({ status: 'paid', amount_due: 0n, amount_paid: 5000n });
    expect(await factTypes(world, payment!.id)).toEqual(['payment.started', 'payment.attempted', 'payment.succeeded']);
  });

  it('is not begun without a method, and that is told', async () => {
    const { account, invoice } = await owing(world, organization, null);
    await world.settle();
    expect(await paymentsOf(world, account.id)).toEqual([]);
    expect(await factTypes(world, invoice.id)).toContain('payment.method_missing');
  });
});

describe('declines', () => {
  const matrix: [token: string, code: string, declineClass: string][] = [
    ['card_declined', 'generic_decline', 'soft'],
    ['insufficient_funds', 'insufficient_funds', 'soft'],
    ['processing_error', 'processing_error', 'soft'],
    ['expired_card', 'expired_card', 'new_card'],
    ['incorrect_cvc', 'incorrect_cvc', 'fix_data'],
    ['call_issuer', 'call_issuer', 'ask_issuer'],
    ['lost_card', 'lost_card', 'hard'],
    ['stolen_card', 'stolen_card', 'hard'],
    ['fraudulent', 'fraudulent', 'hard'],
    ['duplicate_transaction', 'duplicate_transaction', 'stop'],
    ['authentication_required', 'authentication_required', 'authentication'],
    ['processing_fails', 'insufficient_funds', 'soft'],
    ['lost_answer_failed', 'generic_decline', 'soft'],
  ];

  it.each(matrix)('%s fails with %s, class %s', async (token, code, declineClass) => {
    const { account, invoice } = await owing(world, organization, token);
    await attempt(account.id);
    world.clock.advance({ minutes: 2 });
    await attempt(account.id);
    expect(await paymentsOf(world, account.id)).toMatchObject([
      {
        status: 'failed',
        failure_code: code,
        decline_class: declineClass,
        attempts: [{ no: 1, status: 'failed', failure: code }],
        applications: [{ status: 'released' }],
      },
    ]);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'open', amount_due: 5000n });
  });
});

describe('a claim', () => {
  const claimedUntil = async (id: string) => {
    const [row] = await query<{ claimed_until: Date | null }>(
      world.database.superuserUrl,
      `select claimed_until from payments where id = '${id}'`,
    );
    return row?.claimed_until?.getTime() ?? 0;
  };

  it('of a process that was killed ends after half a minute, and the step is taken on under its key', async () => {
    const { account } = await owing(world, organization, 'success');
    const [payment] = await paymentsOf(world, account.id);
    const scope = { organizations: [organization.id], actor: systemActor('test'), requestId: null };
    const claim = await world.app.transact(scope, (work) => claimPayment(work, payment!.id));
    expect(claim?.step).toBe('charge');
    world.clock.advance({ seconds: 29 });
    expect(await attempt(account.id)).toBe(false);
    world.clock.advance({ seconds: 2 });
    expect(await attempt(account.id)).toBe(true);
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'succeeded', attempts: [{ no: 1, id: claim?.request.attempt.id, status: 'succeeded' }] },
    ]);
  });

  it('is kept for as long as its calls take', async () => {
    const { account } = await owing(world, organization, 'success');
    const [payment] = await paymentsOf(world, account.id);
    const scope = { organizations: [organization.id], actor: systemActor('test'), requestId: null };
    await world.app.transact(scope, (work) => claimPayment(work, payment!.id));
    const claimed = { table: 'payments' as const, organizationId: organization.id, id: payment!.id };
    const calls = async () => {
      for (let round = 0; round < 4; round += 1) {
        world.clock.advance({ seconds: 20 });
        const now = world.clock.now().getTime();
        await until(async () => (await claimedUntil(payment!.id)) >= now + 30_000, 'the claim is kept');
        expect(await attempt(account.id)).toBe(false);
      }
    };
    await keepClaim(world.app, claimed, calls, 20);
    world.clock.advance({ seconds: 31 });
    expect(await attempt(account.id)).toBe(true);
  });
});

describe('answers that are late or lost', () => {
  it('stay UNKNOWN until the provider was asked, and are never charged anew', async () => {
    const { account, invoice } = await owing(world, organization, 'lost_answer_succeeded');
    await attempt(account.id);
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'unknown', attempts: [{ no: 1, status: 'unknown' }], applications: [{ status: 'pending' }] },
    ]);
    expect(await attempt(account.id)).toBe(false);
    world.clock.advance({ seconds: 5 });
    expect(await attempt(account.id)).toBe(true);
    const [payment] = await paymentsOf(world, account.id);
    expect(payment).toMatchObject({ status: 'succeeded', attempts: [{ no: 1, status: 'succeeded' }] });
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid' });
    expect(await factTypes(world, payment!.id)).toEqual([
      'payment.started',
      'payment.attempted',
      'payment.unknown',
      'payment.succeeded',
    ]);
  });

  it('wait for a bank that takes its time', async () => {
    const { account } = await owing(world, organization, 'processing_succeeds');
    await attempt(account.id);
    expect(await paymentsOf(world, account.id)).toMatchObject([
      { status: 'pending', attempts: [{ no: 1, status: 'pending' }] },
    ]);
    world.clock.advance({ minutes: 1 });
    await attempt(account.id);
    expect(await paymentsOf(world, account.id)).toMatchObject([{ status: 'succeeded', attempts: [{ no: 1 }] }]);
  });
});

describe('many workers', () => {
  it('make one attempt of one payment', async () => {
    const { account, invoice } = await owing(world, organization, 'success');
    const ran = await Promise.all(Array.from({ length: 8 }, () => attempt(account.id)));
    expect(ran.filter(Boolean)).toHaveLength(1);
    expect(await paymentsOf(world, account.id)).toMatchObject([{ status: 'succeeded', attempts: [{ no: 1 }] }]);
    expect(await storedInvoice(world, invoice.id)).toMatchObject({ status: 'paid', amount_paid: 5000n });
    expect(await creditOf(world, account.id)).toBe(0n);
  });
});
