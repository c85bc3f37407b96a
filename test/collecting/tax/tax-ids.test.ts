import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createInvoice, createLegalEntity, updateLegalEntity } from '../../../src/collecting/invoicing/index.ts';
import { askRegister } from '../../../src/collecting/tax/check-tax-id.ts';
import { createTaxRate, createTaxRegistration } from '../../../src/collecting/tax/index.ts';
import { readAnswer, viesRegister } from '../../../src/collecting/tax/vies.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { sellPlan, subscribe } from '../../support/selling.ts';
import { away, type FakeVies, fakeVies, inUse } from '../../support/vies.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let vies: FakeVies;
let organization: TestOrganization;
let issuer: string;

const numbers = ['DE136695976', 'DE129273398', 'DE811569869', 'DE115235681', 'DE129274202'] as const;
const minute = 60_000;

beforeAll(async () => {
  vies = await fakeVies();
  world = await testWorld({
    start: '2026-05-01T12:00:00Z',
    config: { taxIds: { register: 'vies', viesUrl: vies.url, timeoutMilliseconds: 5_000 } },
  });
  organization = await world.organization({ timezone: 'UTC' });
  issuer = await organization.transact(async (work) => {
    for (const [country, percent] of [
      ['AT', '20'],
      ['DE', '19'],
    ] as const)
      await createTaxRate(work, { name: 'VAT', inclusive: false, country, percent });
    const own = [{ type: 'EU_VAT' as const, value: 'ATU13585627' }];
    const terms = { taxIdCheck: 'register' as const, taxIdMaxAgeDays: 30, isDefault: true, taxIds: own };
    const made = await createLegalEntity(work, {
      name: 'Acme',
      invoicePrefix: 'AT-',
      address: { country: 'AT' },
      ...terms,
    });
    for (const scheme of ['standard', 'oss'] as const)
      await createTaxRegistration(work, { legalEntityId: made.id, country: 'AT', scheme });
    return made.id;
  });
});

afterAll(async () => {
  await checkBooks(world, { quiet: false });
  await world.close();
  await vies.close();
});

const business = (value: string, more = {}) =>
  organization.account({
    ...{ timezone: 'UTC', billingAddress: { country: 'DE' }, taxIds: [{ type: 'EU_VAT', value }], ...more },
  });

const bill = (accountId: string, finalize = true) =>
  organization.transact((work) =>
    createInvoice(work, {
      ...{ accountId, finalize, legalEntityId: issuer },
      lines: [{ description: 'Thing', unitAmount: { amountMinor: 10_000n, currency: 'EUR' } }],
    }),
  );

const shown = `status taxStatus taxPending { reason finalizesAsOf } finalizedAt total { amountMinor } taxes { treatment amount { amountMinor } }`;

async function invoiceOf(id: string) {
  const { data, errors } = await world.graphql<{ invoice: Record<string, unknown> }>(
    `query ($id: ID!) { invoice(id: $id) { ${shown} } }`,
    { id: toGlobalId('inv', id) },
    { as: organization },
  );
  expect(errors).toBeUndefined();
  return data!.invoice;
}

async function standingOf(accountId: string) {
  const { data, errors } = await world.graphql<{ account: { taxIdStandings: Record<string, unknown>[] } }>(
    `query ($id: ID!) { account(id: $id) { taxIdStandings { value status decidedAt problem attempts
       decidedBy { source name consultationNumber requester reason } history { source outcome reason } } } }`,
    { id: toGlobalId('acc', accountId) },
    { as: organization },
  );
  expect(errors).toBeUndefined();
  return data!.account.taxIdStandings[0];
}

const pending = {
  status: 'DRAFT',
  taxStatus: 'PENDING',
  taxPending: { reason: 'TAX_ID', finalizesAsOf: '2026-05-01T12:00:00.000Z' },
  total: { amountMinor: '10000' },
  taxes: [],
};
const reversed = {
  ...{ taxStatus: 'KNOWN', taxPending: null, total: { amountMinor: '10000' } },
  taxes: [{ treatment: 'REVERSE_CHARGE', amount: { amountMinor: '0' } }],
};
const taxed = {
  ...{ taxStatus: 'KNOWN', taxPending: null, total: { amountMinor: '11900' } },
  taxes: [{ treatment: 'TAXED', amount: { amountMinor: '1900' } }],
};

describe('an answer of the register', () => {
  const unavailable = (reason: string) => ({ status: 'unavailable', reason });
  it.each([
    [
      { valid: true, name: '---', address: '---', requestIdentifier: '' },
      200,
      { status: 'valid', name: null, address: null, consultationNumber: null },
    ],
    [
      { isValid: true, userError: 'VALID', name: 'ACME' },
      200,
      { status: 'valid', name: 'ACME', address: null, consultationNumber: null },
    ],
    [{ valid: false }, 200, { status: 'invalid' }],
    [{ isValid: false, userError: 'INVALID' }, 200, { status: 'invalid' }],
    [{ isValid: false, userError: 'INVALID_INPUT' }, 200, { status: 'invalid' }],
    // A member state that is away comes as "not valid", which says nothing.
    [{ isValid: false, userError: 'MS_UNAVAILABLE' }, 200, unavailable('MS_UNAVAILABLE')],
    [{ valid: false, userError: 'TIMEOUT' }, 200, unavailable('TIMEOUT')],
    [
      { actionSucceed: false, errorWrappers: [{ error: 'MS_MAX_CONCURRENT_REQ' }] },
      200,
      unavailable('MS_MAX_CONCURRENT_REQ'),
    ],
    [
      { actionSucceed: false, errorWrappers: [{ error: 'INVALID_REQUESTER_INFO' }] },
      400,
      unavailable('INVALID_REQUESTER_INFO'),
    ],
    [{ valid: true, errorWrappers: [{ error: 'SERVICE_UNAVAILABLE' }] }, 200, unavailable('SERVICE_UNAVAILABLE')],
    [{ valid: true }, 503, unavailable('HTTP_503')],
    [{ actionSucceed: false, valid: false }, 200, unavailable('HTTP_200')],
    [{}, 200, unavailable('HTTP_200')],
  ])('is a yes or a no only where it is plainly one: %j', (body, status, answer) => {
    expect(readAnswer(body, status)).toEqual(answer);
  });

  it('that does not come, or is no answer, is none', async () => {
    vies.says('DE1', 'silence');
    vies.says('DE2', { body: 'busy' });
    const within = (timeoutMilliseconds: number, url = vies.url) => viesRegister({ url, timeoutMilliseconds });
    expect(await within(300).check('DE1', null)).toEqual(unavailable('TIMEOUT'));
    expect(await within(30_000).check('DE2', null)).toEqual(unavailable('NO_ANSWER'));
    const nobody = within(30_000, 'http://127.0.0.1:1');
    expect(await nobody.check('DE1', null)).toEqual(unavailable('NO_ANSWER'));
  });
});

describe('an issuer that wants VAT ids confirmed', () => {
  it('bills under reverse charge once the register confirmed, as of the instant it was to be', async () => {
    vies.says(numbers[0], away());
    const { id } = await business(numbers[0]);
    const invoice = await bill(id);
    expect(await invoiceOf(invoice.id)).toMatchObject(pending);
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject(pending);
    expect(await standingOf(id)).toMatchObject({ status: 'UNKNOWN', problem: 'MS_UNAVAILABLE', attempts: 1 });
    // It is tried again, later each time; tries are one row of history.
    world.clock.advance({ milliseconds: minute });
    await world.settle();
    world.clock.advance({ milliseconds: 2 * minute });
    vies.says(numbers[0], inUse());
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({
      ...reversed,
      status: 'OPEN',
      finalizedAt: '2026-05-01T12:00:00.000Z',
    });
    expect(await standingOf(id)).toMatchObject({
      ...{ value: numbers[0], status: 'VALID', problem: null, attempts: 0, decidedAt: '2026-05-01T12:03:00.000Z' },
      decidedBy: { source: 'VIES', name: 'ACME GMBH', consultationNumber: 'WAPIAAAAZ1', requester: 'ATU13585627' },
      history: [{ outcome: 'VALID' }, { outcome: 'UNAVAILABLE', reason: 'MS_UNAVAILABLE' }],
    });
    expect(vies.asked.at(-1)).toMatchObject({ requesterMemberStateCode: 'AT', requesterNumber: 'U13585627' });
    expect((await bill(id)).status).toBe('open');
    await expect(query(world.database.superuserUrl, 'update tax_id_checks set outcome = outcome')).rejects.toThrow(
      'append-only',
    );
  });

  it('charges the rate of the place where the register knows no such number', async () => {
    const { id } = await business(numbers[1]);
    const invoice = await bill(id);
    expect(await invoiceOf(invoice.id)).toMatchObject({ ...pending, taxPending: { reason: 'TAX_ID' } });
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({ ...taxed, status: 'OPEN' });
  });

  it('does not ask about consumers and buyers at home', async () => {
    const { id } = await organization.account({ timezone: 'UTC', billingAddress: { country: 'DE' } });
    expect((await bill(id)).status).toBe('open');
    const home = await organization.account({
      ...{ timezone: 'UTC', billingAddress: { country: 'AT' }, taxIds: [{ type: 'EU_VAT', value: 'ATU13585627' }] },
    });
    expect((await bill(home.id)).taxTotal).toBe(2_000n);
  });

  it('makes no draft final whose tax is not known, and says so at its place', async () => {
    vies.says(numbers[2], away('MS_MAX_CONCURRENT_REQ'));
    const { id } = await business(numbers[2]);
    const draft = await bill(id, false);
    const finalize = () =>
      world.graphql<{ finalizeInvoice: unknown }>(
        `mutation ($input: FinalizeInvoiceInput!) { finalizeInvoice(input: $input) { invoice { ${shown} } userErrors { code path } } }`,
        { input: { id: toGlobalId('inv', draft.id) } },
        { as: organization },
      );
    const refusal = { invoice: null, userErrors: [{ code: 'TAX_PENDING', path: ['input', 'id'] }] };
    expect((await finalize()).data?.finalizeInvoice).toEqual(refusal);
    // By hand: it counts as confirmed, with the reason; what waits goes on, what was a plain draft stays one.
    const promised = await bill(id);
    const { data } = await world.graphql(
      `mutation ($input: DecideTaxIdInput!) { decideTaxId(input: $input) { standing { status decidedBy { source reason } } userErrors { code } } }`,
      {
        input: {
          accountId: toGlobalId('acc', id),
          value: 'de 811 569 869',
          decision: 'ACCEPT',
          reason: 'Seen on paper',
        },
      },
      { as: organization },
    );
    expect(data?.decideTaxId).toEqual({
      standing: { status: 'VALID', decidedBy: { source: 'MERCHANT', reason: 'Seen on paper' } },
      userErrors: [],
    });
    await world.settle();
    expect(await invoiceOf(promised.id)).toMatchObject({ ...reversed, status: 'OPEN' });
    expect(await invoiceOf(draft.id)).toMatchObject({ ...reversed, status: 'DRAFT' });
    expect((await finalize()).data?.finalizeInvoice).toMatchObject({
      invoice: { ...reversed, status: 'OPEN' },
      userErrors: [],
    });
    const { data: asked } = await world.graphql(
      `mutation ($input: CheckTaxIdInput!) { checkTaxId(input: $input) { standing { status problem } userErrors { code path } } }`,
      { input: { accountId: toGlobalId('acc', id), value: numbers[2] } },
      { as: organization },
    );
    expect(asked?.checkTaxId).toEqual({
      standing: { status: 'VALID', problem: 'MS_MAX_CONCURRENT_REQ' },
      userErrors: [],
    });
    const other = await world.graphql(
      `mutation ($input: CheckTaxIdInput!) { checkTaxId(input: $input) { standing { status } userErrors { code path } } }`,
      { input: { accountId: toGlobalId('acc', id), value: numbers[0] } },
      { as: organization },
    );
    expect(other.data?.checkTaxId).toEqual({
      standing: null,
      userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'value'] }],
    });
  });

  it('asks again before a confirmation counts no more, and believes none that is older', async () => {
    vies.says(numbers[3], inUse());
    const { id } = await business(numbers[3]);
    await world.settle();
    const asked = vies.asked.length;
    world.clock.advance({ days: 26 });
    await world.settle();
    expect(vies.asked.slice(asked).filter((one) => `DE${one.vatNumber}` === numbers[3])).toEqual([]);
    vies.says(numbers[3], away());
    world.clock.advance({ days: 2 });
    await world.settle();
    expect((await bill(id)).status).toBe('open');
    world.clock.advance({ days: 3 });
    const late = await bill(id);
    expect(late.status).toBe('draft');
    vies.says(numbers[3], inUse());
    world.clock.advance({ hours: 1 });
    await world.settle();
    expect(await invoiceOf(late.id)).toMatchObject({ ...reversed, status: 'OPEN' });
  });

  it('asks once where two workers come upon the same number', async () => {
    vies.says('DE113298780', away());
    const { id } = await business('DE113298780');
    await bill(id);
    const name = { organizationId: organization.id, accountId: id, value: 'DE113298780' };
    const before = vies.asked.length;
    const asked = await Promise.all([askRegister(world.app, name), askRegister(world.app, name)]);
    expect(asked.sort()).toEqual([false, true]);
    expect(vies.asked).toHaveLength(before + 1);
    expect(await standingOf(id)).toMatchObject({ attempts: 1 });
  });

  it('lets a subscription wait that would begin with such an invoice, and begins it with the answer', async () => {
    vies.says(numbers[4], away());
    const { id } = await business(numbers[4], { legalEntityId: issuer });
    const { planId } = await sellPlan(organization);
    const made = await subscribe(organization, id, planId, { collection: 'automatic' });
    const statusOf = async () => {
      const [row] = await query<{ status: string; invoice: string; reason: string }>(
        world.database.superuserUrl,
        `select s.status, i.status as invoice, i.id from subscriptions s join invoice_lines l on l.subscription_id = s.id
         join invoices i on i.id = l.invoice_id where s.id = $1`,
        [made.subscription.id],
      );
      return row && `${row.status} ${row.invoice}`;
    };
    expect(await statusOf()).toBe('incomplete draft');
    world.clock.advance({ hours: 30 });
    await world.settle();
    expect(await statusOf()).toBe('incomplete draft');
    vies.says(numbers[4], inUse());
    world.clock.advance({ hours: 2 });
    await world.settle();
    expect(await statusOf()).toBe('incomplete open');
    world.clock.advance({ hours: 24 });
    await world.settle();
    expect(await statusOf()).toBe('canceled void');
    const again = await subscribe(organization, id, planId, { collection: 'manual' });
    expect(again.subscription.status).toBe('active');
  });

  it('lets go on what waits when it wants no confirmation any more', async () => {
    vies.says('DE811128135', away());
    const { id } = await business('DE811128135');
    const invoice = await bill(id);
    await organization.transact((work) => updateLegalEntity(work, { id: issuer, taxIdCheck: 'checksum' }));
    await world.settle();
    expect(await invoiceOf(invoice.id)).toMatchObject({ ...reversed, status: 'OPEN' });
  });
});
