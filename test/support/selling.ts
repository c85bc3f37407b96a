import { advanceTestClock, type CreateAccountInput, createTestClock, walkTestClock } from '../../src/accounts/index.ts';
import type { App } from '../../src/platform/app-types.ts';
import { type CreatePlanInput, createPlan } from '../../src/selling/catalog/index.ts';
import {
  type CreatedSubscription,
  type CreateSubscriptionInput,
  createSubscription,
  runBilling,
} from '../../src/selling/subscriptions/index.ts';
import { query } from './database.ts';
import type { TestOrganization } from './makers.ts';

type VersionInput = NonNullable<CreatePlanInput['version']>;

/** A flat monthly price of 10.00 EUR in advance, unless said otherwise. */
export function flat(
  amount = 1_000n,
  overrides: Partial<VersionInput['prices'][number]> = {},
): VersionInput['prices'][number] {
  return { component: 'base', name: 'Base', currency: 'EUR', model: { flat: { amount } }, ...overrides };
}

/** Makes a published plan: monthly, 10.00 EUR in advance, unless said otherwise. */
export async function sellPlan(
  organization: TestOrganization,
  version: Partial<VersionInput> = {},
  plan: Partial<CreatePlanInput> = {},
): Promise<{ planId: string; versionId: string }> {
  const made = await organization.transact((work) =>
    createPlan(work, {
      name: 'Pro',
      ...plan,
      version: { intervalUnit: 'month', prices: [flat()], publish: true, ...version },
    }),
  );
  return { planId: made.plan.id, versionId: made.version!.id };
}

/** Subscribes an account to plans; collected by hand unless said otherwise, so nothing waits for money. */
export function subscribe(
  organization: TestOrganization,
  accountId: string,
  plans: string | readonly string[],
  overrides: Partial<CreateSubscriptionInput> = {},
): Promise<CreatedSubscription> {
  const planIds = typeof plans === 'string' ? [plans] : plans;
  return organization.transact((work) =>
    createSubscription(work, {
      account: { id: accountId },
      items: planIds.map((id) => ({ plan: { id } })),
      collection: 'manual',
      ...overrides,
    }),
  );
}

export interface BookedLine {
  number: string;
  reason: string;
  status: string;
  at: string;
  component: string;
  from: string;
  to: string;
  amount: number;
}

/** Every billed line of an account, in the order of the invoices' numbers, with its service period. */
export async function billedLines(url: string, accountId: string): Promise<BookedLine[]> {
  const rows = await query<Omit<BookedLine, 'at' | 'from' | 'to'> & { at: Date; from: Date; to: Date }>(
    url,
    `select i.number, i.reason, i.status, i.created_at as at, l.component, l.period_start as from, l.period_end as to,
       l.amount::int as amount
     from invoices i join invoice_lines l on l.organization_id = i.organization_id and l.invoice_id = i.id
     where i.account_id = $1 order by i.number_seq, l.position`,
    [accountId],
  );
  return rows.map((row) => ({
    ...row,
    at: row.at.toISOString(),
    from: row.from.toISOString(),
    to: row.to.toISOString(),
  }));
}

/** A subscription as its row says. */
export async function subscriptionRow(url: string, id: string): Promise<Record<string, unknown>> {
  const [row] = await query(url, 'select * from subscriptions where id = $1', [id]);
  return row!;
}

/** Bills what is due by the wall clock of the test. */
export function bill(app: App, organization?: TestOrganization): ReturnType<typeof runBilling> {
  return runBilling(app, { organizationId: organization?.id ?? null });
}

/** An account on a test clock of its own that stands at `frozenTime`; in UTC unless said otherwise. */
export async function clockAccount(
  organization: TestOrganization,
  frozenTime: string,
  overrides: Partial<CreateAccountInput> = {},
): Promise<{ clockId: string; accountId: string }> {
  const clock = await organization.transact((work) => createTestClock(work, { frozenTime: new Date(frozenTime) }));
  const account = await organization.account({ timezone: 'UTC', testClockId: clock.id, ...overrides });
  return { clockId: clock.id, accountId: account.id };
}

/** Takes a test clock to an instant, through everything that falls due on the way. */
export async function walk(app: App, organization: TestOrganization, clockId: string, to: string): Promise<void> {
  await organization.transact((work) => advanceTestClock(work, { id: clockId, to: new Date(to) }));
  await walkTestClock(app, { organizationId: organization.id, clockId });
}

/** The history of a subscription: field, old and new value, in order. */
export async function historyOf(url: string, subscriptionId: string): Promise<unknown[]> {
  const rows = await query<{ field: string; old_value: unknown; new_value: unknown; at: Date }>(
    url,
    'select field, old_value, new_value, at from subscription_changes where subscription_id = $1 order by id',
    [subscriptionId],
  );
  return rows.map((row) => [row.field, row.old_value, row.new_value, row.at.toISOString()]);
}
