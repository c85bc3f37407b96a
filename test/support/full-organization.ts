import { type IdPrefix, idPrefixes, newId, toGlobalId } from '../../src/platform/id.ts';
import { query } from './database.ts';
import type { TestOrganization } from './makers.ts';
import type { World } from './world.ts';

type Ask = (source: string, input: Record<string, unknown>) => Promise<Record<string, never>>;

/** An organization that holds at least one object of every kind, and the ids of all of them. */
export interface FullOrganization {
  readonly organization: TestOrganization;
  /** Global ids by kind. */
  readonly ids: ReadonlyMap<IdPrefix, readonly string[]>;
  /** The external ids, addresses and numbers by which things can be found too. */
  readonly names: readonly string[];
  readonly places: Places;
}

/** Objects that some verbs want instead of any of their kind. */
export interface Places {
  readonly draftInvoiceId: string;
  /** A price that is charged once. */
  readonly oncePriceId: string;
  /** A subscription with an add-on. */
  readonly extendedSubscriptionId: string;
}

/** Fills an organization through the API, as a customer would, and lets everything come to rest. */
export async function fullOrganization(world: World, word: string): Promise<FullOrganization> {
  const organization = await world.organization({ timezone: 'UTC', name: `The ${word}` });
  const ask: Ask = async (source, input) => {
    const answer = await world.graphql(source, { input }, { as: organization });
    const [payload] = Object.values(answer.data ?? {}) as { userErrors?: unknown[] }[];
    if (answer.errors || payload?.userErrors?.length) throw new Error(`${source}: ${JSON.stringify(answer)}`);
    return payload as Record<string, never>;
  };
  const { lives, ...places } = await fill(ask, word);
  await world.settle();
  await live(ask, lives);
  await moveMoney(world, organization, ask);
  await world.settle();
  return { organization, places, ids: await idsOf(world, organization), names: namesOf(word) };
}

/** Subscriptions that will be paused, are paused, have ended, and will end. */
async function live(ask: Ask, [pausing, paused, ended, ending]: readonly string[]): Promise<void> {
  await ask(mutation('pauseSubscription', 'PauseSubscriptionInput', ''), { id: pausing, when: 'PERIOD_END' });
  await ask(mutation('pauseSubscription', 'PauseSubscriptionInput', ''), { id: paused, when: 'NOW' });
  await ask(mutation('cancelSubscription', 'CancelSubscriptionInput', ''), { id: ended, at: 'NOW' });
  await ask(mutation('cancelSubscription', 'CancelSubscriptionInput', ''), { id: ending, at: 'PERIOD_END' });
}

const namesOf = (word: string) => [`${word}-account`, `${word}-plan`, `${word}-subscription`, `${word}@example.com`];

const mutation = (name: string, type: string, selection: string) =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code path message } ${selection} } }`;

async function fill(ask: Ask, word: string): Promise<Places & { lives: string[] }> {
  const idOf = (payload: Record<string, { id: string }>, field: string) => payload[field]!.id;
  const account = idOf(
    await ask(mutation('createAccount', 'CreateAccountInput', 'account { id }'), {
      name: `${word} payer`,
      externalId: `${word}-account`,
      email: `${word}@example.com`,
    }),
    'account',
  );
  await ask(mutation('createAccount', 'CreateAccountInput', ''), { name: `${word} child`, billToAccountId: account });
  await ask(mutation('createMember', 'CreateMemberInput', ''), {
    name: 'Mo',
    email: `member-${word}@example.com`,
    password: 'a long enough password 1',
    role: 'BILLING',
  });
  await ask(mutation('createApiKey', 'CreateApiKeyInput', ''), { name: 'Key', permissions: ['accounts:read'] });
  const clock = idOf(
    await ask(mutation('createTestClock', 'CreateTestClockInput', 'testClock { id }'), {
      frozenTime: '2026-01-01T00:00:00Z',
    }),
    'testClock',
  );
  await ask(mutation('createAccount', 'CreateAccountInput', ''), { name: `${word} traveller`, testClockId: clock });
  await ask(mutation('createTaxRate', 'CreateTaxRateInput', ''), {
    name: 'VAT',
    country: 'AT',
    percent: '20',
    inclusive: false,
  });
  const seller = { name: 'Seller', invoicePrefix: 'S-', address: { country: 'AT' } };
  const legalEntityId = idOf(
    await ask(mutation('createLegalEntity', 'CreateLegalEntityInput', 'legalEntity { id }'), seller),
    'legalEntity',
  );
  await ask(mutation('createTaxRegistration', 'CreateTaxRegistrationInput', ''), { legalEntityId, country: 'AT' });
  await ask(mutation('connectStripe', 'ConnectStripeInput', ''), {
    secretKey: `sk_test_${word}abcdefghijklmnopqrstuvwx`,
    webhookSecrets: [`whsec_${word}abcdefghijklmnopqrstuvwx`],
  });
  await ask(mutation('attachPaymentMethod', 'AttachPaymentMethodInput', ''), {
    accountId: account,
    method: { sandboxToken: 'success' },
  });
  const prices = [{ component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount: '1000' } } }];
  const version = { intervalUnit: 'MONTH', prices, publish: true };
  const plan = idOf(
    await ask(mutation('createPlan', 'CreatePlanInput', 'plan { id }'), {
      name: 'Pro',
      externalId: `${word}-plan`,
      version,
    }),
    'plan',
  );
  await ask(mutation('createPlanVersion', 'CreatePlanVersionInput', ''), { planId: plan, ...version, publish: false });
  await ask(mutation('createSubscription', 'CreateSubscriptionInput', ''), {
    account: { id: account },
    items: [{ plan: { id: plan } }],
    externalId: `${word}-subscription`,
  });
  const line = { description: 'Thing', unitAmount: { amountMinor: '700', currency: 'EUR' } };
  const discounts = [{ off: { percent: '10' } }];
  const draft = { accountId: account, lines: [line, line], discounts, finalize: false };
  const draftInvoiceId = idOf(
    await ask(mutation('createInvoice', 'CreateInvoiceInput', 'invoice { id }'), draft),
    'invoice',
  );
  const final = { accountId: account, lines: [line], finalize: true };
  const invoiceId = idOf(
    await ask(mutation('createInvoice', 'CreateInvoiceInput', 'invoice { id }'), final),
    'invoice',
  );
  await ask(mutation('createCreditNote', 'CreateCreditNoteInput', ''), { invoiceId, reason: 'OTHER' });
  await ask(mutation('createCharge', 'CreateChargeInput', ''), { accountId: account, line });
  const credit = { accountId: account, amount: { amountMinor: '500', currency: 'EUR' } };
  await ask(mutation('grantCredit', 'GrantCreditInput', ''), credit);
  await ask(mutation('holdCredit', 'HoldCreditInput', ''), { ...credit, expiresAt: '2100-01-01T00:00:00Z' });
  await ask(mutation('topUpCredit', 'TopUpCreditInput', ''), { ...credit, autoCollect: false });
  await giveAway(ask, account, word);
  await moveOn(ask, version);
  const places = { draftInvoiceId, ...(await addOn(ask, { account, plan, version })) };
  const third = { account: { id: account }, items: [{ plan: { id: plan } }] };
  const make = mutation('createSubscription', 'CreateSubscriptionInput', 'subscription { id }');
  const lives: string[] = [];
  for (let count = 0; count < 4; count += 1) lives.push(idOf(await ask(make, third), 'subscription'));
  await ask(make, { ...third, trialDays: 20 });
  return { ...places, lives };
}

/** A plan that is added to another, and something that is sold once beside it. */
async function addOn(ask: Ask, of: { account: string; plan: string; version: { prices: object[] } }) {
  const once = { component: 'training', name: 'Training', currency: 'EUR', charge: 'ONCE' };
  const prices = [...of.version.prices, { ...once, model: { flat: { amount: '500' } } }];
  const selection = 'plan { id versions { prices { id component } } }';
  const { plan } = (await ask(mutation('createPlan', 'CreatePlanInput', selection), {
    name: 'More',
    kind: 'ADD_ON',
    version: { ...of.version, prices },
  })) as Record<string, { id: string; versions: { prices: { id: string; component: string }[] }[] }>;
  const { subscription } = (await ask(
    mutation('createSubscription', 'CreateSubscriptionInput', 'subscription { id }'),
    { account: { id: of.account }, items: [{ plan: { id: of.plan } }, { plan: { id: plan!.id } }] },
  )) as Record<string, { id: string }>;
  const oncePriceId = plan!.versions[0]!.prices.find(({ component }) => component === once.component)!.id;
  return { oncePriceId, extendedSubscriptionId: subscription!.id };
}

/** A coupon with a code, given to the account, and one that nobody has had. */
async function giveAway(ask: Ask, accountId: string, word: string): Promise<void> {
  await ask(mutation('createCoupon', 'CreateCouponInput', ''), { name: 'Nobody’s', off: { percent: '5' } });
  const { coupon } = (await ask(mutation('createCoupon', 'CreateCouponInput', 'coupon { id }'), {
    name: 'Ten',
    off: { percent: '10' },
  })) as Record<string, { id: string }>;
  await ask(mutation('createPromotionCode', 'CreatePromotionCodeInput', ''), { couponId: coupon!.id, code: word });
  await ask(mutation('applyCoupon', 'ApplyCouponInput', ''), {
    target: { accountId },
    discount: { promotionCode: word },
  });
}

/** A migration between two versions of a plan that nobody has. */
async function moveOn(ask: Ask, version: object): Promise<void> {
  const { plan } = (await ask(mutation('createPlan', 'CreatePlanInput', 'plan { id }'), {
    name: 'Old',
    version,
  })) as Record<string, { id: string }>;
  await ask(mutation('createPlanVersion', 'CreatePlanVersionInput', ''), { planId: plan!.id, ...version });
  const versions = { planId: plan!.id, fromVersion: 1, toVersion: 2, dryRun: false };
  await ask(mutation('migrateSubscriptions', 'MigrateSubscriptionsInput', ''), versions);
}

async function moveMoney(world: World, organization: TestOrganization, ask: Ask): Promise<void> {
  const [payment] = await query<{ id: string }>(
    world.database.superuserUrl,
    `select id from payments where organization_id = $1 and status = 'succeeded'`,
    [organization.id],
  );
  await ask(mutation('createRefund', 'CreateRefundInput', ''), {
    paymentId: toGlobalId('pay', payment!.id),
    amount: { amountMinor: '100', currency: 'EUR' },
  });
  await query(
    world.database.superuserUrl,
    `insert into provider_events (organization_id, id, provider, provider_event_id, type, object_id, livemode, payload, occurred_at, recorded_at, ignored_at, ignored_reason)
     values ($1, $2, 'stripe', $3, 'balance.available', null, false, '{}', now(), now(), now(), 'not ours')`,
    [organization.id, newId(), `evt_${organization.id}`],
  );
}

const tables: Partial<Record<IdPrefix, string>> = {
  evt: 'facts',
  spe: 'provider_events',
  org: 'organizations',
  sch: 'scheduled_changes',
};

/** Beside the first three: what some verbs want. */
const moreOf: Partial<Record<IdPrefix, string>> = {
  sub: ` union all (select distinct on (status) id from subscriptions
      where organization_id = $1 and status in ('paused', 'canceled', 'trialing') order by status, id)
    union all (select id from subscriptions where organization_id = $1 and status = 'active' and ends_at is not null)`,
  il: ` union all (select l.id from invoice_lines l join invoices i on i.id = l.invoice_id
    where i.organization_id = $1 and i.status = 'draft')`,
  invd: ` union all (select d.id from invoice_discounts d join invoices i on i.id = d.invoice_id
    where i.organization_id = $1 and i.status = 'draft')`,
};

async function idsOf(world: World, organization: TestOrganization): Promise<Map<IdPrefix, string[]>> {
  const metadata = [...world.app.database.orm.getMetadata().getAll().values()];
  const ids = new Map<IdPrefix, string[]>();
  for (const [prefix, type] of Object.entries(idPrefixes) as [IdPrefix, string][]) {
    const table = tables[prefix] ?? metadata.find((meta) => meta.className === type)?.tableName;
    if (!table) throw new Error(`no table holds what has the prefix ${prefix}`);
    const owner = table === 'organizations' ? 'id' : 'organization_id';
    const rows = await query<{ id: string }>(
      world.database.superuserUrl,
      `(select id from ${table} where ${owner} = $1 order by id limit 3)${moreOf[prefix] ?? ''}`,
      [organization.id],
    );
    if (rows.length === 0) throw new Error(`the organization holds nothing of the kind ${type}`);
    ids.set(
      prefix,
      rows.map((row) => toGlobalId(prefix, row.id)),
    );
  }
  return ids;
}

/** What is told of every table in one look. */
async function ofEachTable(superuserUrl: string, what: string): Promise<string> {
  const tablesThere = await query<{ name: string }>(
    superuserUrl,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
     and not relispartition and relname <> 'schema_migrations' order by 1`,
  );
  return tablesThere
    .map(({ name }) => `select '${name}' as name, ${what} as told from "${name}" t`)
    .join(' union all ');
}

/** Looks at every table, again and again: what was told at the last look is what it is compared with. */
export class Watch {
  readonly #superuserUrl: string;
  readonly #text: string;
  #known: ReadonlyMap<string, string>;

  private constructor(superuserUrl: string, text: string) {
    this.#superuserUrl = superuserUrl;
    this.#text = text;
    this.#known = new Map();
  }

  /** Begins with the tables as they are now: how many rows there are, and which. */
  static async begin(superuserUrl: string): Promise<Watch> {
    const which = `count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0)`;
    const watch = new Watch(superuserUrl, await ofEachTable(superuserUrl, which));
    await watch.changed();
    return watch;
  }

  /** The tables that changed since the last look. */
  async changed(): Promise<string[]> {
    const rows = await query<{ name: string; told: string }>(this.#superuserUrl, this.#text);
    const before = this.#known;
    this.#known = new Map(rows.map(({ name, told }) => [name, told]));
    return rows.filter(({ name, told }) => before.get(name) !== told).map(({ name }) => name);
  }
}
