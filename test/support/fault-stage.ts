import { createRefund } from '../../src/collecting/payments/index.ts';
import { marks } from '../../src/collecting/payments/providers/stripe-objects.ts';
import { checkBooks } from './checks.ts';
import { query, type TestDatabase, testDatabase } from './database.ts';
import { type FaultProxy, faultProxy } from './fault-proxy.ts';
import { type FaultProcess, type FaultProcessStart, startProcess } from './fault-runner.ts';
import { stripeMethod } from './fault-stripe.ts';
import type { TestOrganization } from './makers.ts';
import { sellPlan, subscribe } from './selling.ts';
import { type StripeSimulator, startStripeSimulator } from './stripe-simulator/index.ts';
import { testWorld, type World } from './world.ts';

/** Everything a bill passes through, each part to be broken on its own: database, wire, Stripe, processes. */
export interface Stage {
  readonly database: Pick<TestDatabase, 'ownerUrl' | 'runtimeUrl' | 'superuserUrl'>;
  readonly proxy: FaultProxy;
  readonly simulator: StripeSimulator;
  /** The hand that prepares; its clock stands a month before the machine's. */
  readonly world: World;
  readonly organization: TestOrganization;
  /**
   * Starts a process of the product over the wire, which hears Stripe's events from now on. Each one's clock is three
   * minutes ahead of the one before: what a dead process had claimed is free again.
   */
  process(options?: Partial<Omit<FaultProcessStart, 'databaseUrl'>>): Promise<FaultProcess>;
  /** Accounts with a card whose trial is over since yesterday: each is to be billed once and to pay once. */
  due(accounts?: number): Promise<DueAccount[]>;
  /** Begins to give this much of what an account has paid back, in minor units. */
  refund(account: DueAccount, amount: bigint): Promise<void>;
  /** Waits until nothing is left to do. Throws with what is left after a minute. */
  quiet(): Promise<void>;
  /** Waits until these accounts have paid, whatever else is left to do. */
  paid(accounts: readonly DueAccount[]): Promise<void>;
  /** Throws unless each of these accounts was billed once, charged once and given back this much once, and the books add up. */
  check(accounts: readonly DueAccount[], refunded?: bigint): Promise<void>;
  close(): Promise<void>;
}

export interface DueAccount {
  readonly accountId: string;
  readonly customerRef: string;
}

export const webhookSecret = 'whsec_only_the_tests_know_this_one';
const secretKey = 'sk_test_simulator';
const day = 86_400_000;
const quietWithinMs = 60_000;
const minutesApart = 3;

export interface StageOptions {
  /** A server that may be crashed; otherwise a database of the server that all tests share. */
  server?: Stage['database'];
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const processes: FaultProcess[] = [];
  const own = options.server ? null : await testDatabase();
  const database = options.server ?? own!;
  const proxy = await faultProxy(database.runtimeUrl);
  const simulator = await startStripeSimulator({
    apiKey: secretKey,
    automatic: true,
    deliver: {
      retryMilliseconds: [100, 200, 400, 800, 1600, 3200, 6400],
      // What it signs must not be old to the youngest process, whose clock is ahead of the others'.
      signedAt: () => Date.now() + Math.max(0, processes.length - 1) * minutesApart * 60_000,
    },
  });
  const world = await testWorld({
    start: new Date(Date.now() - 31 * day - day / 24).toISOString(),
    database: { name: '', drop: async () => undefined, ...database },
    config: { stripe: { secretKey, webhookSecrets: [webhookSecret], apiBase: simulator.url } },
  });
  const organization = await world.organization({ timezone: 'UTC' });
  const { planId } = await sellPlan(organization);
  const stage: Stage = {
    database,
    proxy,
    simulator,
    world,
    organization,
    process: async ({ role = 'all', environment = {}, ...given } = {}) => {
      // Stripe's clock goes with the youngest process's.
      if (processes.length > 0) simulator.advance(minutesApart * 60);
      const started = await startProcess({
        role,
        databaseUrl: proxy.url(database.runtimeUrl),
        clockAheadMs: processes.length * minutesApart * 60_000,
        beatMs: 1_000,
        environment: {
          STRIPE_SECRET_KEY: secretKey,
          STRIPE_WEBHOOK_SECRET: webhookSecret,
          STRIPE_API_BASE: simulator.url,
          ...environment,
        },
        ...given,
      });
      processes.push(started);
      if (role !== 'worker') hearEvents(simulator, `${started.url}/webhooks/stripe`);
      return started;
    },
    due: (accounts = 2) => Promise.all(Array.from({ length: accounts }, () => dueAccount(stage, planId))),
    refund: (account, amount) => refund(stage, account, amount),
    quiet: () => quiet(database.superuserUrl, processes),
    paid: (accounts) => paid(database.superuserUrl, accounts),
    check: (accounts, refunded = 0n) => check(stage, accounts, refunded),
    close: async () => {
      await Promise.all(processes.map((each) => each.kill()));
      await world.close();
      await simulator.stop();
      await proxy.close();
      await own?.drop();
    },
  };
  return stage;
}

/** Stripe knows one address; it is the newest process's. */
function hearEvents(simulator: StripeSimulator, url: string): void {
  const [known] = simulator.state.endpoints.values();
  if (known) known.endpoint.url = url;
  else simulator.addWebhook({ url, secret: webhookSecret });
}

async function dueAccount(stage: Stage, planId: string): Promise<DueAccount> {
  const { organization, simulator } = stage;
  const account = await organization.account();
  const customerRef = await stripeMethod(organization, account.id, simulator);
  await subscribe(organization, account.id, planId, { collection: 'automatic', trialDays: 30 });
  return { accountId: account.id, customerRef };
}

async function refund(stage: Stage, { accountId }: DueAccount, amount: bigint): Promise<void> {
  const [paid] = await query<{ id: string }>(
    stage.database.superuserUrl,
    `select id from payments where account_id = $1 and status = 'succeeded'`,
    [accountId],
  );
  await stage.organization.transact((work) => createRefund(work, { paymentId: paid!.id, amount }));
}

const workLeft = `select
  (select count(*)::int from fact_queue) as facts,
  (select count(*)::int from subscriptions where next_billing_at <= now() and parked_at is null) as subscriptions,
  (select count(*)::int from payments where status in ('pending', 'unknown')) as payments,
  (select count(*)::int from refunds where status in ('approved', 'pending', 'unknown')) as refunds,
  (select count(*)::int from provider_events where next_attempt_at is not null) as events`;

/** Waits for something to become true; it is looked at often, for a minute. */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + quietWithinMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not within a minute: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

function paid(url: string, accounts: readonly DueAccount[]): Promise<void> {
  return until('the accounts have paid', async () => {
    const [row] = await query<{ count: number }>(
      url,
      `select count(*)::int as count from invoices where status = 'paid' and account_id = any($1::uuid[])`,
      [accounts.map((account) => account.accountId)],
    );
    return row!.count >= accounts.length;
  });
}

async function quiet(url: string, processes: readonly FaultProcess[]): Promise<void> {
  const until = Date.now() + quietWithinMs;
  for (let calm = 0; calm < 2; ) {
    const [left] = await query<Record<string, number>>(url, workLeft);
    calm = Object.values(left!).every((count) => count === 0) ? calm + 1 : 0;
    if (Date.now() > until) {
      const words = processes.flatMap((each) => each.log).slice(-30);
      throw new Error(`work is left after a minute: ${JSON.stringify(left)}\n${words.join('\n')}`);
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

interface AccountState {
  invoices: string;
  payments: string;
  refunds: string;
}

/** What an account must look like: one invoice, paid by one payment, charged once. */
async function check(stage: Stage, accounts: readonly DueAccount[], refunded: bigint): Promise<void> {
  const { database, simulator } = stage;
  const problems: string[] = [];
  for (const { accountId, customerRef } of accounts) {
    const [state] = await query<AccountState>(
      database.superuserUrl,
      `select (select string_agg(status, ' ' order by number_seq) from invoices where account_id = $1) as invoices,
              (select string_agg(status, ' ' order by id) from payments where account_id = $1) as payments,
              (select coalesce(string_agg(r.status || ' ' || r.amount, ' ' order by r.id), '') from refunds r
               join payments p on p.id = r.payment_id where p.account_id = $1) as refunds`,
      [accountId],
    );
    const charges = simulator.book.successfulCharges({ customer: customerRef });
    const atStripe = charges.map((charge) => `${charge.amount} - ${charge.refunded}`).join(', ');
    const seen = { ...state!, atStripe };
    const refunds = refunded > 0n ? `succeeded ${refunded}` : '';
    const wanted = { invoices: 'paid', payments: 'succeeded', refunds, atStripe: `1000 - ${refunded}` };
    if (JSON.stringify(seen) !== JSON.stringify(wanted)) problems.push(`${accountId}: ${JSON.stringify(seen)}`);
  }
  const twice = [marks.payment, marks.invoices, marks.attempt].flatMap((mark) => simulator.book.chargedTwice(mark));
  if (twice.length > 0) problems.push(`charged twice: ${twice.join(', ')}`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  await checkBooks({ ownerUrl: database.ownerUrl });
}
