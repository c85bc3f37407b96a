import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { advanceTestClock, createTestClock } from '../../../src/accounts/index.ts';
import { createInvoice } from '../../../src/collecting/invoicing/index.ts';
import { checkBooks } from '../../support/checks.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { paymentsOf, sandboxMethod, storedInvoice } from '../../support/payments.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(async () => {
  await checkBooks(world);
  await world.close();
});

/** What becomes of a final invoice of an account on the clock on the wall, or on a test clock that is on its way. */
async function outcome(onItsWay: boolean, autoCollect: boolean | null) {
  const clock = onItsWay
    ? await organization.transact((work) => createTestClock(work, { frozenTime: new Date('2025-01-01T00:00:00Z') }))
    : null;
  const account = await organization.account({ ...(clock ? { testClockId: clock.id } : {}) });
  await sandboxMethod(organization, account.id, 'success');
  if (clock) {
    await organization.transact((work) =>
      advanceTestClock(work, { id: clock.id, to: new Date('2025-02-01T00:00:00Z') }),
    );
  }
  const unitAmount = { amountMinor: 2_000n, currency: 'EUR' };
  const wanted = { accountId: account.id, finalize: true, autoCollect, lines: [{ description: 'Work', unitAmount }] };
  const invoice = await organization.transact((work) => createInvoice(work, wanted));
  await world.settle();
  const { status } = await storedInvoice(world, invoice.id);
  return [status, (await paymentsOf(world, account.id)).map((payment) => payment.status)];
}

describe.each([
  ['the clock on the wall', false],
  ['a test clock that is on its way', true],
])('an invoice that is finalized on %s', (_, onItsWay) => {
  it('is collected if it says so', async () => {
    expect(await outcome(onItsWay, true)).toEqual(['paid', ['succeeded']]);
  });

  it('waits for money that comes otherwise if it says nothing', async () => {
    expect(await outcome(onItsWay, null)).toEqual(['open', []]);
  });
});
