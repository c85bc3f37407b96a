import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteAccount, eraseAccount } from '../../../src/accounts/index.ts';
import { createRefund } from '../../../src/collecting/payments/index.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { invoiceOver, paymentsOf } from '../../support/payments.ts';
import { type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';

let stripe: StripeWorld;

beforeAll(async () => {
  stripe = await stripeWorld();
}, 60_000);

afterAll(async () => {
  await checkBooks(stripe.world).finally(() => stripe.close());
});

/** Rows of a table that hold a word, whatever the column. */
async function rowsWith(table: string, word: string): Promise<number> {
  const [row] = await query<{ count: number }>(
    stripe.world.database.superuserUrl,
    `select count(*)::int as count from ${table} t where t::text ilike '%' || $1 || '%'`,
    [word],
  );
  return row!.count;
}

describe('an account that is erased', () => {
  it('leaves nothing of the person in methods, payments, refunds and events; bookings stay', async () => {
    const organization = await stripe.connected();
    const { accountId, methodRef } = await stripe.customer(organization, 'pm_card_visa');
    await invoiceOver(stripe.world, organization, accountId, 4_200n);
    await stripe.settle();
    const [paid] = await paymentsOf(stripe.world, accountId);
    await organization.transact((work) =>
      createRefund(work, { paymentId: paid!.id, amount: 100n, reason: 'Lovelace rang', metadata: { who: 'Lovelace' } }),
    );
    await query(
      stripe.world.database.superuserUrl,
      `update payments set notes = 'Lovelace brought it', metadata = '{"who": "Lovelace"}' where id = $1`,
      [paid!.id],
    );
    const customer = [...stripe.simulator.state.customers.values()].at(-1)!;
    stripe.simulator.world.emitEvent('customer.updated', { ...customer, email: 'lovelace@example.com' });
    await stripe.settle();
    const before = await paymentsOf(stripe.world, accountId);
    const [card] = await query<{ fingerprint: string }>(
      stripe.world.database.superuserUrl,
      `select payload #>> '{data,object,card,fingerprint}' as fingerprint from provider_events where object_id = $1`,
      [methodRef],
    );
    const words = ['lovelace', 'ada@example.com', '4242', card!.fingerprint];
    const tables = ['payment_methods', 'payments', 'refunds', 'provider_events'];
    for (const word of words) {
      const found = await Promise.all(tables.map((table) => rowsWith(table, word)));
      expect({ word, found: found.some((count) => count > 0) }).toEqual({ word, found: true });
    }

    await organization.transact((work) => deleteAccount(work, accountId));
    await organization.transact((work) => eraseAccount(work, accountId));
    await stripe.settle();
    for (const word of words) {
      for (const table of tables)
        expect({ word, table, rows: await rowsWith(table, word) }).toEqual({ word, table, rows: 0 });
    }
    expect(await paymentsOf(stripe.world, accountId)).toEqual(before);
    const [kept] = await query<{ buyer: { name: string } }>(
      stripe.world.database.superuserUrl,
      'select buyer from invoices where account_id = $1',
      [accountId],
    );
    expect(kept!.buyer).toMatchObject({ name: expect.stringMatching(/^Account/) });
    const [event] = await query<{ payload: unknown }>(
      stripe.world.database.superuserUrl,
      `select payload from provider_events where type = 'payment_intent.succeeded' and object_id = $1`,
      [paid!.provider_ref],
    );
    expect(event!.payload).toEqual({
      erased: true,
      data: { object: { id: paid!.provider_ref, object: 'payment_intent', payment_intent: null } },
    });
  });

  it('loses its customer at Stripe too, however often Stripe fails, and what the last events tell', async () => {
    const organization = await stripe.connected();
    const { accountId } = await stripe.customer(organization, 'pm_card_visa');
    const kept = await stripe.customer(organization, 'pm_card_visa');
    await stripe.settle();
    const refOf = async (id: string) => {
      const rows = await query<{ provider_ref: string }>(
        stripe.world.database.superuserUrl,
        'select provider_ref from provider_customers where account_id = $1',
        [id],
      );
      return rows[0]!.provider_ref;
    };
    const ref = await refOf(accountId);
    stripe.simulator.fail({ kind: 'server_error_before_effect', method: 'DELETE', path: '/v1/customers/*', times: 2 });
    await organization.transact((work) => deleteAccount(work, accountId));
    await organization.transact((work) => eraseAccount(work, accountId));
    const job = stripe.world.app.jobs.get('erase-customers')!;
    const turn = async () => {
      await job.run(stripe.world.app, undefined);
      await stripe.settle();
      stripe.world.clock.advance({ minutes: 61 });
    };
    await turn();
    await turn();
    expect(stripe.simulator.state.customers.get(ref)).not.toMatchObject({ deleted: true });
    await turn();
    expect(stripe.simulator.state.customers.get(ref)).toMatchObject({ deleted: true });
    await turn();
    const told = await query<{ type: string; payload: { erased?: boolean } }>(
      stripe.world.database.superuserUrl,
      'select type, payload from provider_events where organization_id = $2 and object_id = $1',
      [ref, organization.id],
    );
    expect(told.map((event) => event.type)).toContain('customer.deleted');
    for (const { type, payload } of told) expect({ type, erased: payload.erased }).toEqual({ type, erased: true });
    expect(stripe.simulator.state.customers.get(await refOf(kept.accountId))).not.toMatchObject({ deleted: true });
    const asked = () => stripe.simulator.requests.filter((request) => request.method === 'DELETE').length;
    const before = asked();
    await turn();
    expect(asked()).toBe(before);
  });
});
