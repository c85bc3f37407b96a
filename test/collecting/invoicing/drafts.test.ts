import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteAccount } from '../../../src/accounts/index.ts';
import {
  addCharge,
  type CreateInvoiceInput,
  cancelCharge,
  createInvoice,
  createLegalEntity,
  deleteDraftInvoice,
  finalizeInvoice,
  updateDraftInvoice,
  updateLegalEntity,
  voidInvoice,
} from '../../../src/collecting/invoicing/index.ts';
import { newId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld({ start: '2026-07-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
});

const line = (amountMinor: bigint, more = {}) => ({
  description: 'Consulting',
  unitAmount: { amountMinor, currency: 'EUR' },
  ...more,
});

const make = (input: Partial<CreateInvoiceInput> & { accountId: string }) =>
  organization.transact((work) => createInvoice(work, { lines: [line(1000n)], ...input }));

const linesOf = (invoiceId: string) =>
  query<{ id: string; description: string; position: number; amount: string }>(
    world.database.superuserUrl,
    'select id, description, position, amount::text from invoice_lines where invoice_id = $1 order by position',
    [invoiceId],
  );

const waiting = (accountId: string) =>
  query(
    world.database.superuserUrl,
    'select id from charges where account_id = $1 and invoice_line_id is null and canceled_at is null',
    [accountId],
  );

describe('an invoice by hand', () => {
  it('goes to the bill-to account, on its terms, with the amounts of its lines rounded once', async () => {
    const payer = await organization.account({ name: 'Parent', netDays: 30 });
    const user = await organization.account({ name: 'Child', billToAccountId: payer.id });
    const invoice = await make({
      accountId: user.id,
      lines: [line(333n, { quantity: '1.5' }), line(-1n, { kind: 'adjustment', quantity: '0.5' })],
      finalize: true,
      autoCollect: true,
    });
    expect(invoice).toMatchObject({
      accountId: user.id,
      billToAccountId: payer.id,
      buyer: { name: 'Parent' },
      collection: 'automatic',
      reason: 'manual',
      // 499.5 → 500 and −0.5 → −1: half away from zero, line by line.
      subtotal: 499n,
      dueAt: new Date('2026-07-31T12:00:00Z'),
    });
  });

  it.each([
    [{ lines: [] }, 'INVALID_INPUT', ['input', 'lines']],
    [{ lines: [line(-1n)] }, 'INVALID_INPUT', ['input', 'lines', '0', 'unitAmount']],
    [{ lines: [line(1n), line(1n, { quantity: '1e3' })] }, 'INVALID_INPUT', ['input', 'lines', '1', 'quantity']],
    [{ lines: [line(1n, { quantity: '-1' })] }, 'INVALID_INPUT', ['input', 'lines', '0', 'quantity']],
    [{ lines: [line(10n ** 15n + 1n)] }, 'INVALID_INPUT', ['input', 'lines', '0', 'unitAmount', 'amountMinor']],
    [{ lines: [line(10n ** 15n, { quantity: '999999' })] }, 'AMOUNT_TOO_LARGE', ['input', 'lines', '0']],
    [{ lines: [line(1n, { description: ' ' })] }, 'INVALID_INPUT', ['input', 'lines', '0', 'description']],
    [
      { lines: [line(1n, { description: 'Paid with 4242 4242 4242 4242' })] },
      'INVALID_INPUT',
      ['input', 'lines', '0', 'description'],
    ],
    [
      { lines: [line(1n, { period: { start: new Date(5), end: new Date(5) } })] },
      'INVALID_INPUT',
      ['input', 'lines', '0', 'period'],
    ],
    [{ currency: 'USD' }, 'CURRENCY_MISMATCH', ['input', 'lines', '0', 'unitAmount', 'currency']],
    [{ currency: 'XYZ' }, 'INVALID_INPUT', ['input', 'currency']],
    [{ accountId: newId() }, 'NOT_FOUND', ['input', 'accountId']],
    [{ legalEntityId: newId() }, 'NOT_FOUND', ['input', 'legalEntityId']],
    [{ netDays: 366 }, 'INVALID_INPUT', ['input', 'netDays']],
  ])('is refused as a whole with %j', async (input, code, path) => {
    const { id } = await organization.account();
    const before = await query(world.database.superuserUrl, 'select count(*) from invoices');
    await expect(make({ accountId: id, ...input } as never)).rejects.toMatchObject({ code, details: { path } });
    expect(await query(world.database.superuserUrl, 'select count(*) from invoices')).toEqual(before);
  });
});

describe('a draft', () => {
  it('is changed line by line until it is final', async () => {
    const { id: accountId } = await organization.account();
    const { id } = await make({ accountId, lines: [line(100n), line(200n, { description: 'Travel' })] });
    const [first] = await linesOf(id);
    const changed = await organization.transact((work) =>
      updateDraftInvoice(work, {
        id,
        removeLineIds: [first!.id],
        addLines: [line(50n, { description: 'Hotel' })],
        memo: 'See you',
        netDays: 7,
        autoCollect: true,
      }),
    );
    expect(changed).toMatchObject({
      status: 'draft',
      subtotal: 250n,
      total: 250n,
      memo: 'See you',
      netDays: 7,
      collection: 'automatic',
    });
    expect((await linesOf(id)).map(({ description, position, amount }) => [description, position, amount])).toEqual([
      ['Travel', 2, '200'],
      ['Hotel', 3, '50'],
    ]);
    const rest = (await linesOf(id)).map((one) => one.id);
    await expect(
      organization.transact((work) => updateDraftInvoice(work, { id, removeLineIds: rest })),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(
      organization.transact((work) => updateDraftInvoice(work, { id, removeLineIds: [newId()] })),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const final = await organization.transact((work) => finalizeInvoice(work, { id }));
    expect(final).toMatchObject({ status: 'open', amountDue: 250n, dueAt: new Date('2026-07-08T12:00:00Z') });
    await expect(organization.transact((work) => updateDraftInvoice(work, { id, memo: 'No' }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await expect(organization.transact((work) => deleteDraftInvoice(work, { id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
  });

  it('lets its waiting charges wait again when it is deleted', async () => {
    const { id: accountId } = await organization.account();
    const charge = await organization.transact((work) => addCharge(work, { accountId, line: line(700n) }));
    const draft = await make({ accountId, includeWaitingCharges: true });
    expect(draft.subtotal).toBe(1700n);
    expect(await waiting(accountId)).toEqual([]);
    await expect(organization.transact((work) => cancelCharge(work, { id: charge.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await organization.transact((work) => deleteDraftInvoice(work, { id: draft.id }));
    expect(await waiting(accountId)).toEqual([{ id: charge.id }]);
    expect(await linesOf(draft.id)).toEqual([]);
  });

  it('becomes final once, however many try', async () => {
    const { id: accountId } = await organization.account();
    const { id } = await make({ accountId });
    const tries = await Promise.allSettled(
      Array.from({ length: 6 }, () => organization.transact((work) => finalizeInvoice(work, { id }))),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of tries) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'INVALID_STATE' });
  });
});

describe('a waiting charge', () => {
  it('goes onto one invoice, when it is due and in its currency', async () => {
    const { id: accountId } = await organization.account();
    const add = (amount: bigint, more = {}) =>
      organization.transact((work) => addCharge(work, { accountId, line: line(amount), ...more }));
    await add(1n);
    await add(10n, { dueAt: new Date('2026-07-02T00:00:00Z') });
    await add(100n, { line: line(100n, { unitAmount: { amountMinor: 100n, currency: 'USD' } }) });
    const canceled = await add(1000n);
    await organization.transact((work) => cancelCharge(work, { id: canceled.id }));
    await expect(organization.transact((work) => cancelCharge(work, { id: canceled.id }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    const both = await Promise.allSettled([
      make({ accountId, lines: [], includeWaitingCharges: true, finalize: true }),
      make({ accountId, lines: [], includeWaitingCharges: true, finalize: true }),
    ]);
    const made = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(made.map((one) => one.total)).toEqual([1n]);
    expect(await waiting(accountId)).toHaveLength(2);
  });
});

describe('an account', () => {
  it('stays while an invoice of it is open or a charge waits', async () => {
    const { id: accountId } = await organization.account();
    const remove = () => organization.transact((work) => deleteAccount(work, accountId));
    const charge = await organization.transact((work) => addCharge(work, { accountId, line: line(1n) }));
    await expect(remove()).rejects.toMatchObject({ code: 'IN_USE' });
    await organization.transact((work) => cancelCharge(work, { id: charge.id }));
    const { id } = await make({ accountId, finalize: true });
    await expect(remove()).rejects.toMatchObject({ code: 'IN_USE' });
    await organization.transact((work) => voidInvoice(work, { id }));
    await remove();
  });
});

describe('a legal entity', () => {
  const address = { country: 'DE', city: 'Berlin' };

  it('numbers its invoices by itself; one is the default; a prefix in use stays', async () => {
    const acme = await world.organization({ name: 'Acme' });
    const { id: accountId } = await acme.account();
    const issue = (legalEntityId?: string) =>
      acme.transact((work) => createInvoice(work, { accountId, lines: [line(1n)], finalize: true, legalEntityId }));
    const german = await acme.transact((work) =>
      createLegalEntity(work, { name: 'Acme GmbH', address, invoicePrefix: 'DE' }),
    );
    expect(german.isDefault).toBe(false);
    expect([(await issue()).number, (await issue(german.id)).number, (await issue()).number]).toEqual([
      'INV-000001',
      'DE-000001',
      'INV-000002',
    ]);
    await acme.transact((work) => updateLegalEntity(work, { id: german.id, isDefault: true, name: 'Acme AG' }));
    expect(await issue()).toMatchObject({ number: 'DE-000002', issuer: { name: 'Acme AG', country: 'DE' } });
    const defaults = await query(
      world.database.superuserUrl,
      'select id from legal_entities where organization_id = $1 and is_default',
      [acme.id],
    );
    expect(defaults).toEqual([{ id: german.id }]);
    const prefix = (invoicePrefix: string) =>
      acme.transact((work) => updateLegalEntity(work, { id: german.id, invoicePrefix }));
    await expect(prefix('NEU')).rejects.toMatchObject({ code: 'IMMUTABLE' });
    await expect(prefix('CN-NEU')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    const another = acme.transact((work) => createLegalEntity(work, { name: 'Copy', address, invoicePrefix: 'DE' }));
    await expect(another).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { path: ['input', 'invoicePrefix'] },
    });
  });
});
