import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OperationDefinitionNode } from 'graphql';
import { Kind, parse } from 'graphql';
import { fromGlobalId } from '../../src/platform/id.ts';
import { query } from './database.ts';
import type { TestOrganization } from './makers.ts';
import type { World } from './world.ts';

export interface Example {
  /** The root field it shows. */
  name: string;
  file: string;
  text: string;
  operation: OperationDefinitionNode;
  /** The text of the variables beside it; null where there are none. */
  variables: string | null;
}

const folder = join(process.cwd(), 'docs', 'examples');

/** The examples of the documentation, in the order of their files. */
export function readExamples(): Example[] {
  const files = readdirSync(folder).sort();
  return files
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const [operation] = parse(text).definitions;
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`${file} holds no operation`);
      const beside = file.replace(/\.graphql$/, '.json');
      const variables = files.includes(beside) ? readFileSync(join(folder, beside), 'utf8') : null;
      const name = basename(file, '.graphql').replace(/^[0-9]+-/, '');
      return { name, file, text, operation, variables };
    });
}

const input = (type: string) => `${type[0]?.toUpperCase()}${type.slice(1)}Input`;
const euro = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });
const password = 'correct horse battery';

type Make = (stage: Stage) => Promise<string>;

/** What the examples' {{placeholders}} stand for; each is made when it is asked for, once for each stage. */
const makers: Readonly<Record<string, Make>> = {
  accountId: async (stage) => {
    const id = await stage.made('createAccount', { name: 'Studio Nine', currency: 'EUR', timezone: 'UTC' }, 'account');
    await stage.made('attachPaymentMethod', attach(id, 'success'), 'paymentMethod');
    return id;
  },
  idleAccountId: (stage) => stage.made('createAccount', { name: 'Gone soon' }, 'account'),
  deletedAccountId: async (stage) => stage.made('deleteAccount', { id: await stage.get('idleAccountId') }, 'account'),
  planId: (stage) =>
    stage.made('createPlan', { name: 'Studio', version: { ...version('1900'), publish: true } }, 'plan'),
  oncePriceId: async (stage) => {
    const training = { component: 'training', name: 'Training', currency: 'EUR', charge: 'ONCE' };
    const prices = [{ ...training, model: { perUnit: { unitAmount: '12000' } } }];
    const services = { name: 'Services', kind: 'ADD_ON', version: { intervalUnit: 'MONTH', prices, publish: true } };
    const id = await stage.made('createPlan', services, 'plan');
    return stage.find(`{ plan(id: "${id}") { currentVersion { prices { id } } } }`);
  },
  planVersionId: (stage) => stage.path('planId', 'plan { currentVersion { id } }'),
  draftPlanVersionId: async (stage) =>
    stage.made('createPlanVersion', { planId: await stage.get('planId'), ...version('2100') }, 'planVersion'),
  archivedPlanId: async (stage) => stage.made('archivePlan', { id: await stage.get('planId') }, 'plan'),
  subscriptionId: async (stage) => {
    const account = { id: await stage.get('accountId') };
    const items = [{ plan: { id: await stage.get('planId') } }];
    const id = await stage.made('createSubscription', { account, items }, 'subscription');
    await stage.world.settle();
    return id;
  },
  parkedAccountId: async (stage) => {
    await stage.get('subscriptionId');
    await query(
      stage.world.database.superuserUrl,
      `update subscriptions set parked_at = now(), parked_reason = 'a price is missing' where organization_id = $1`,
      [stage.organization.id],
    );
    return stage.get('accountId');
  },
  endingSubscriptionId: async (stage) =>
    stage.made('cancelSubscription', { id: await stage.get('subscriptionId'), at: 'PERIOD_END' }, 'subscription'),
  pendingChangeId: async (stage) => {
    await stage.made('pauseSubscription', { id: await stage.get('subscriptionId') }, 'subscription');
    return stage.path('subscriptionId', 'subscription { pendingChanges { id } }');
  },
  pausedSubscriptionId: async (stage) => {
    const id = await stage.made(
      'pauseSubscription',
      { id: await stage.get('subscriptionId'), when: 'NOW' },
      'subscription',
    );
    // A pause has a length.
    stage.world.clock.advance({ seconds: 1 });
    return id;
  },
  endedSubscriptionId: async (stage) =>
    stage.made('cancelSubscription', { id: await stage.get('subscriptionId'), at: 'NOW' }, 'subscription'),
  trialSubscriptionId: async (stage) => {
    const account = { id: await stage.get('accountId') };
    const items = [{ plan: { id: await stage.get('planId') } }];
    return stage.made('createSubscription', { account, items, trialDays: 14 }, 'subscription');
  },
  laterInstant: async (stage) => new Date(stage.world.clock.now().getTime() + 30 * 86_400_000).toISOString(),
  secondVersionPlanId: async (stage) => {
    await stage.get('subscriptionId');
    const planId = await stage.get('planId');
    await stage.made('createPlanVersion', { planId, ...version('2100'), publish: true }, 'planVersion');
    return planId;
  },
  planMigrationId: async (stage) => {
    const planId = await stage.get('secondVersionPlanId');
    return stage.made('migrateSubscriptions', { planId, fromVersion: 1, toVersion: 2, dryRun: true }, 'planMigration');
  },
  couponId: (stage) => stage.made('createCoupon', { name: 'Spring', off: { percent: '20' } }, 'coupon'),
  promotionCodeId: async (stage) =>
    stage.made('createPromotionCode', { couponId: await stage.get('couponId'), code: 'SPRING-26' }, 'promotionCode'),
  discountId: async (stage) => {
    const target = { accountId: await stage.get('accountId') };
    return stage.made('applyCoupon', { target, discount: { couponId: await stage.get('couponId') } }, 'discount');
  },
  invoiceId: (stage) => invoice(stage, true),
  draftInvoiceId: (stage) => invoice(stage, false),
  creditNoteId: async (stage) =>
    stage.made('createCreditNote', { invoiceId: await stage.get('invoiceId'), reason: 'OTHER' }, 'creditNote'),
  rateDay: async (stage) => {
    const set = 'mutation ($input: SetExchangeRateInput!) { setExchangeRate(input: $input) { userErrors { code } } }';
    await stage.ask(set, { input: { base: 'EUR', quote: 'CHF', validOn: '2026-02-01', rate: '0.94' } });
    return '2026-02-03';
  },
  creditedInvoiceId: async (stage) => {
    await stage.get('creditNoteId');
    return stage.get('invoiceId');
  },
  invoiceLineId: (stage) => stage.path('invoiceId', 'invoice { lines { id } }'),
  chargeId: async (stage) => {
    const line = { description: 'Onboarding', unitAmount: euro('8000') };
    return stage.made('createCharge', { accountId: await stage.get('accountId'), line }, 'charge');
  },
  paymentMethodId: (stage) => stage.path('accountId', 'account { defaultPaymentMethod { id } }'),
  secondPaymentMethodId: async (stage) =>
    stage.made('attachPaymentMethod', attach(await stage.get('accountId'), 'mastercard'), 'paymentMethod'),
  paidPaymentId: (stage) => payment(stage, {}),
  receiptId: async (stage) => {
    const id = await stage.get('paidPaymentId');
    await stage.world.settle();
    return stage.find(`{ payment(id: "${id}") { receipt { id } } }`);
  },
  heldPaymentId: (stage) => payment(stage, { captureMethod: 'MANUAL' }),
  actionPaymentId: async (stage) => {
    const method = attach(await stage.get('accountId'), 'authentication_required');
    return payment(stage, { paymentMethodId: await stage.made('attachPaymentMethod', method, 'paymentMethod') });
  },
  refundId: async (stage) =>
    stage.made('createRefund', { paymentId: await stage.get('paidPaymentId'), amount: euro('500') }, 'refund'),
  creditGrantId: async (stage) =>
    stage.made('grantCredit', { accountId: await stage.get('accountId'), amount: euro('5000') }, 'creditGrant'),
  creditedAccountId: async (stage) => {
    await stage.get('creditGrantId');
    return stage.get('accountId');
  },
  creditHoldId: async (stage) => {
    const accountId = await stage.get('creditedAccountId');
    const hold = { accountId, amount: euro('2000'), expiresAt: '2100-01-01T00:00:00Z' };
    return stage.made('holdCredit', hold, 'creditHold');
  },
  heldAccountId: async (stage) => {
    await stage.get('creditHoldId');
    return stage.get('accountId');
  },
  buyingAccountId: async (stage) => {
    const accountId = await stage.get('accountId');
    await stage.made('topUpCredit', { accountId, amount: euro('5000') }, 'creditTopUp');
    return accountId;
  },
  toppedUpAccountId: async (stage) => {
    const accountId = await stage.get('accountId');
    return stage.made('setAutomaticTopUp', { accountId, threshold: euro('1000'), amount: euro('5000') }, 'account');
  },
  pausedAccountId: async (stage) => {
    const accountId = await stage.made('createAccount', { name: 'Expired', currency: 'EUR' }, 'account');
    await stage.made('grantCredit', { accountId, amount: euro('1000') }, 'creditGrant');
    await stage.made('attachPaymentMethod', attach(accountId, 'expired_card'), 'paymentMethod');
    await stage.made('setAutomaticTopUp', { accountId, threshold: euro('500'), amount: euro('5000') }, 'account');
    const lines = [{ description: 'Order', unitAmount: euro('900') }];
    await stage.made('createInvoice', { accountId, lines, finalize: true }, 'invoice');
    await stage.world.settle();
    return accountId;
  },
  taxRateId: (stage) =>
    stage.made('createTaxRate', { name: 'USt', country: 'AT', percent: '20', inclusive: false }, 'taxRate'),
  legalEntityId: (stage) =>
    stage.made('createLegalEntity', { name: 'Acme', invoicePrefix: 'A-', address: { country: 'AT' } }, 'legalEntity'),
  registeredLegalEntityId: async (stage) => {
    await stage.get('taxRegistrationId');
    return stage.get('legalEntityId');
  },
  businessAccountId: (stage) =>
    stage.made(
      'createAccount',
      { name: 'Muster GmbH', billingAddress: { country: 'DE' }, taxIds: [{ type: 'EU_VAT', value: 'DE136695976' }] },
      'account',
    ),
  taxRegistrationId: async (stage) => {
    const registration = { legalEntityId: await stage.get('legalEntityId'), country: 'AT' };
    return stage.made('createTaxRegistration', registration, 'taxRegistration');
  },
  testClockId: (stage) => stage.made('createTestClock', { frozenTime: '2026-01-31T12:00:00Z' }, 'testClock'),
  apiKeyId: (stage) => stage.made('createApiKey', { name: 'Shop', permissions: ['accounts:read'] }, 'apiKey'),
  memberEmail: async (stage) => `grace-${stage.organization.id}@example.com`,
  memberPassword: async () => password,
  memberId: async (stage) =>
    stage.made(
      'createMember',
      { email: await stage.get('memberEmail'), name: 'Grace', role: 'BILLING', password },
      'member',
    ),
  renewalToken: async (stage) => {
    await stage.get('memberId');
    const session = { email: await stage.get('memberEmail'), password };
    const { logIn } = await stage.ask<{ logIn: { session: { renewalToken: string } } }>(
      'mutation ($input: LogInInput!) { logIn(input: $input) { session { renewalToken } } }',
      { input: session },
    );
    return logIn.session.renewalToken;
  },
  eventCursor: async (stage) => (await stage.ask<{ eventCursor: string }>('{ eventCursor }')).eventCursor,
  stripe: async (stage) => {
    const secrets = { secretKey: 'sk_test_example', webhookSecrets: ['whsec_example'] };
    return stage.made('connectStripe', secrets, 'stripeConnection');
  },
  stripeEventId: async (stage) => {
    await query(
      stage.world.database.superuserUrl,
      `insert into provider_events (organization_id, id, provider, provider_event_id, type, livemode, payload, occurred_at,
         recorded_at, tries, dead_at, last_error)
       values ($1, gen_random_uuid(), 'stripe', 'evt_1', 'charge.succeeded', false, '{}', now(), now(), 12, now(), 'Stripe did not answer')`,
      [stage.organization.id],
    );
    return stage.find('{ stripeEvents { nodes { id } } }');
  },
};

const attach = (accountId: string, sandboxToken: string) => ({ accountId, method: { sandboxToken } });

const version = (amount: string) => ({
  intervalUnit: 'MONTH',
  prices: [
    { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount } } },
    { component: 'seats', name: 'Seats', currency: 'EUR', model: { perSeat: { unitAmount: '900' } } },
  ],
});

async function invoice(stage: Stage, finalize: boolean): Promise<string> {
  const accountId = await stage.get('accountId');
  const lines = [{ description: 'Workshop', unitAmount: euro('5000') }];
  return stage.made('createInvoice', { accountId, lines, finalize }, 'invoice');
}

async function payment(stage: Stage, more: object): Promise<string> {
  const accountId = await stage.get('accountId');
  return stage.made('createPayment', { accountId, amount: euro('5000'), ...more }, 'payment');
}

/** Where one example is played: an organization of its own, with what the example speaks of. */
export class Stage {
  readonly #known = new Map<string, Promise<string>>();

  constructor(
    readonly world: World,
    readonly organization: TestOrganization,
  ) {}

  /** What a placeholder stands for here. */
  get(name: string): Promise<string> {
    const make = makers[name];
    if (!make) throw new Error(`no example may speak of {{${name}}}`);
    const known = this.#known.get(name) ?? make(this);
    this.#known.set(name, known);
    return known;
  }

  /** A text with all placeholders replaced, in the order in which they stand there. */
  async fill(text: string): Promise<string> {
    for (const [placeholder, name = ''] of text.matchAll(/\{\{(\w+)\}\}/g)) {
      text = text.replace(placeholder, await this.get(name));
    }
    return text;
  }

  async ask<Data>(text: string, variables: Record<string, unknown> = {}): Promise<Data> {
    const { data, errors } = await this.world.graphql<Data>(text, variables, { as: this.organization });
    if (errors || !data) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** Runs a mutation and answers the id of what it answers. */
  async made(mutation: string, values: object, object: string): Promise<string> {
    const text = `mutation ($input: ${input(mutation)}!) { ${mutation}(input: $input) { ${object} { id } userErrors { code path message } } }`;
    const data = await this.ask<Record<string, Record<string, { id: string } | null>>>(text, { input: values });
    const id = data[mutation]?.[object]?.id;
    if (!id) throw new Error(`${mutation}: ${JSON.stringify(data[mutation])}`);
    return id;
  }

  /** The id at the end of a selection below the object that a placeholder names. */
  async path(name: string, selection: string): Promise<string> {
    const [root = ''] = selection.split(' ');
    return this.find(`{ ${selection.replace(root, `${root}(id: "${await this.get(name)}")`)} }`);
  }

  /** The first id in an answer. */
  async find(text: string): Promise<string> {
    const [, id] = /"id":"(\w+)"/.exec(JSON.stringify(await this.ask(text))) ?? [];
    if (!id) throw new Error(`no id in the answer to ${text}`);
    return id;
  }

  /** The identity of the member that {{memberId}} names. */
  async member() {
    const uuid = fromGlobalId('mem', await this.get('memberId')) ?? '';
    return { ...this.organization.identity, actor: { type: 'member', id: uuid } as const };
  }
}
