import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toGlobalId } from '../../src/platform/id.ts';
import { checkBooks } from '../support/checks.ts';
import type { TestOrganization } from '../support/makers.ts';
import { flat, sellPlan } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let organization: TestOrganization;
let otherPlan: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-11T00:00:00Z' });
  organization = await world.organization({ timezone: 'UTC' });
  otherPlan = await plan(9_000n);
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

type Values = Record<string, unknown>;
type Kind = 'query' | 'mutation';
interface Answer {
  userErrors: { code: string; message: string }[];
  [field: string]: unknown;
}

const plan = async (amount: bigint, terms: object = {}) => {
  const { planId } = await sellPlan(organization, { prices: [flat(amount)], ...terms });
  return toGlobalId('plan', planId);
};

async function ask(kind: Kind, field: string, input: Values, shown: string): Promise<Answer> {
  const type = `${field[0]!.toUpperCase()}${field.slice(1)}Input`;
  const { data, errors } = await world.graphql<Record<string, Answer>>(
    `${kind} ($input: ${type}!) { ${field}(input: $input) { ${shown} userErrors { code message } } }`,
    { input },
    { as: organization },
  );
  expect(errors).toBeUndefined();
  return data![field]!;
}

/** A mutation that is not refused, a moment after what was before. */
async function act(field: string, input: Values, shown: string): Promise<Answer> {
  world.clock.advance({ milliseconds: 1 });
  const answer = await ask('mutation', field, input, shown);
  expect([field, answer.userErrors]).toEqual([field, []]);
  return answer;
}

/** Somebody on the clock of the world, ten days into a month of 31.00, and what they had before. */
interface Subject {
  accountId: string;
  id: string;
  planId: string;
  discountId: string;
}

const charged = (amountMinor: string) => ({ description: 'Workshop', unitAmount: { amountMinor, currency: 'EUR' } });
const euros = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });

async function given(target: Values, percent = '50'): Promise<string> {
  const made = await act('createCoupon', { name: 'Half', off: { percent }, frequency: 'FOREVER' }, 'coupon { id }');
  const { id: couponId } = made.coupon as { id: string };
  const { discount } = await act('applyCoupon', { target, discount: { couponId } }, 'discount { id }');
  return (discount as { id: string }).id;
}

async function ready(country: string, trialDays: number | null): Promise<Subject> {
  const account = await organization.account({ timezone: 'UTC', billingAddress: { country } });
  const accountId = toGlobalId('acc', account.id);
  const planId = await plan(3_100n);
  await act('grantCredit', { accountId, amount: euros('40'), reason: 'goodwill' }, 'creditGrant { id }');
  const discountId = await given({ accountId }, '10');
  const input = { account: { id: accountId }, items: [{ plan: { id: planId } }], collection: 'MANUAL', trialDays };
  const startAt = trialDays === null ? '2026-03-01T00:00:00Z' : null;
  const { subscription } = await act('createSubscription', { ...input, startAt }, 'subscription { id }');
  const { id } = subscription as { id: string };
  await act('grantCredit', { accountId, amount: euros('20'), reason: 'goodwill' }, 'creditGrant { id }');
  return { accountId, id, planId, discountId };
}

const replacing = (id: string, to: string) => ({
  ...{ id, when: 'NOW', settle: 'INVOICE_NOW', creditBasis: 'TIME' },
  changes: [{ replacePlan: { plan: { id: to } } }],
});

/** What is shown before it is done. */
interface Deed {
  trialDays?: number;
  before?(subject: Subject): Promise<unknown>;
  input(subject: Subject): Values;
}

const deeds: Record<string, Deed> = {
  createSubscription: {
    input: ({ accountId, planId }) => ({
      account: { id: accountId },
      items: [{ plan: { id: planId } }],
      collection: 'MANUAL',
    }),
  },
  changeSubscription: { input: ({ id }) => replacing(id, otherPlan) },
  cancelSubscription: { input: ({ id }) => ({ id, at: 'NOW', creditBasis: 'TIME' }) },
  pauseSubscription: { input: ({ id }) => ({ id, when: 'NOW', creditBasis: 'TIME' }) },
  resumeSubscription: {
    before: ({ id }) => act('pauseSubscription', { id, when: 'NOW', creditBasis: 'TIME' }, 'subscription { id }'),
    input: ({ id }) => ({ id }),
  },
  undoCancelSubscription: {
    before: async ({ id }) => {
      await act('cancelSubscription', { id, at: 'PERIOD_END' }, 'subscription { id }');
      const yearly = await plan(36_500n, { intervalUnit: 'year' });
      await act('changeSubscription', replacing(id, yearly), 'subscription { id }');
    },
    input: ({ id }) => ({ id }),
  },
  reactivateSubscription: {
    before: ({ id }) => act('cancelSubscription', { id, at: 'NOW' }, 'subscription { id }'),
    input: ({ id }) => ({ id }),
  },
  endTrial: { trialDays: 30, input: ({ id }) => ({ id }) },
  createInvoice: {
    input: ({ accountId }) => ({ accountId, lines: [charged('1000')], finalize: true, includeWaitingCharges: true }),
  },
};

/** What comes between: something begins, or is taken away. */
const meanwhile: Record<string, (subject: Subject, country: string) => Promise<unknown>> = {
  nothing: async () => {},
  'a coupon of the subscription': ({ id }) => given({ subscriptionId: id }),
  'a coupon of the account': ({ accountId }) => given({ accountId }),
  'a coupon is taken away': ({ discountId }) => act('removeDiscount', { id: discountId }, 'discount { id }'),
  'a charge': ({ accountId }) => act('createCharge', { accountId, line: charged('7') }, 'charge { id }'),
  credit: ({ accountId }) =>
    act('grantCredit', { accountId, amount: euros('5'), reason: 'goodwill' }, 'creditGrant { id }'),
  'a tax rate': (_subject, country) =>
    act('createTaxRate', { name: 'VAT', country, percent: '20', inclusive: false }, 'taxRate { id }'),
  'another change': async ({ id }) =>
    ask('mutation', 'changeSubscription', replacing(id, await plan(4_000n)), 'subscription { id }'),
};

const figures = `total { amountMinor } taxTotal { amountMinor } discountTotal { amountMinor } creditsApplied { amountMinor }
  lines { kind quantity amount { amountMinor } discountAmount { amountMinor } }`;

async function look(name: string, input: Values) {
  const isInvoice = name === 'createInvoice';
  const field = isInvoice ? 'previewInvoice' : `preview${name[0]!.toUpperCase()}${name.slice(1)}`;
  const shownBy: Record<string, string> = {
    createInvoice: 'previewInvoice',
    createSubscription: 'previewSubscription',
    changeSubscription: 'previewSubscriptionChange',
  };
  const shown = isInvoice ? `token invoices { ${figures} }` : `preview { status token invoices { ${figures} } }`;
  const answer = await ask('query', shownBy[name] ?? field, isInvoice ? { create: input } : input, shown);
  const { token, ...told } = (isInvoice ? answer : (answer.preview ?? {})) as { token?: string };
  return { token, told, userErrors: answer.userErrors };
}

/** What changes nothing of it: a coupon takes nothing off what is given back, and an invoice by hand takes only those that it names. */
const coupons = ['a coupon of the subscription', 'a coupon of the account', 'a coupon is taken away'];
const leftAlone: Record<string, readonly string[]> = {
  createSubscription: ['a coupon of the subscription'],
  cancelSubscription: coupons,
  pauseSubscription: coupons,
  createInvoice: coupons,
};
/** What does not hang on instants is looked at once. */
const once = ['credit', 'a tax rate', 'another change'];
const isAsked = (name: string, what: string) =>
  once.includes(what) ? name === 'changeSubscription' : name !== 'reactivateSubscription' || what !== coupons[0];

// A country of its own each, so that a tax rate is of one case only.
const countries = 'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE'.split(' ');
let cases = 0;

describe('on the wall clock, between a preview and what it showed', () => {
  it.each(
    Object.entries(deeds).flatMap(([name, deed]) =>
      Object.entries(meanwhile)
        .filter(([what]) => isAsked(name, what))
        .map(([what, happens]) => ({ name, what, deed, happens })),
    ),
  )('$name: $what', async ({ name, deed, happens, what }) => {
    const country = countries[cases++ % countries.length]!;
    const subject = await ready(country, deed.trialDays ?? null);
    await deed.before?.(subject);
    world.clock.advance({ milliseconds: 1 });
    const input = deed.input(subject);
    const first = await look(name, input);
    expect(first.userErrors).toEqual([]);
    world.clock.advance({ milliseconds: 1 });
    await happens(subject, country);
    world.clock.advance({ milliseconds: 1 });
    const anew = await look(name, input);
    expect(anew.userErrors).toEqual([]);
    const shown = name === 'createInvoice' ? 'invoice { id }' : 'subscription { id }';
    const done = await ask('mutation', name, { ...input, previewToken: first.token }, shown);
    const isSame = JSON.stringify(anew.told) === JSON.stringify(first.told);
    expect(isSame).toBe(what === 'nothing' || leftAlone[name]?.includes(what) === true);
    expect(done.userErrors.map(({ code }) => code)).toEqual(isSame ? [] : ['STALE_PREVIEW']);
  });
});
