import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DomainError } from '../../src/platform/errors.ts';
import type { Work } from '../../src/platform/work.ts';
import {
  cancelSubscription,
  changeSubscription,
  pauseSubscription,
  runBilling,
} from '../../src/selling/subscriptions/index.ts';
import { checkBooks } from '../support/checks.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { Random } from '../support/model/random.ts';
import { bill, flat, sellPlan, subscribe } from '../support/selling.ts';
import { testWorld, type World } from '../support/world.ts';

let world: World;
let url: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
  url = world.database.superuserUrl;
});

afterAll(async () => {
  await world.settle();
  await checkBooks(world);
  await world.close();
});

/** The same accounts with the same plans, whatever their ids. */
async function furnish(): Promise<TestOrganization> {
  const organization = await world.organization({ timezone: 'America/New_York' });
  const monthly = await sellPlan(organization, {
    prices: [flat(), flat(0n, { component: 'seats', billing: 'arrears', model: { perSeat: { unitAmount: '333.3' } } })],
  });
  const weekly = await sellPlan(organization, { intervalUnit: 'week', prices: [flat(123n)] });
  const first = await organization.account({ name: 'One' });
  const second = await organization.account({ name: 'Two', timezone: 'Asia/Kathmandu' });
  await subscribe(organization, first.id, monthly.planId, { items: [{ plan: { id: monthly.planId }, quantity: '7' }] });
  await subscribe(organization, second.id, monthly.planId, { anchor: 'calendar' });
  await subscribe(organization, second.id, weekly.planId, { startAt: new Date('2026-02-03T00:00:00Z') });
  await subscribe(organization, first.id, weekly.planId, { trialDays: 9 });
  return organization;
}

/** Everything billing wrote for an organization, without ids and without the wall-clock instants of recording. */
async function written(organization: TestOrganization): Promise<Record<string, unknown>> {
  const tables = {
    invoices: `select a.name as account, i.number, i.status, i.reason, i.currency, i.subtotal, i.total, i.amount_due, i.net_days,
        i.created_at, i.updated_at, i.finalized_at, i.due_at, i.issuer::jsonb - 'legalEntityId' as issuer
      from invoices i join accounts a on a.id = i.account_id where i.organization_id = $1 order by i.number_seq`,
    lines: `select i.number, l.position, l.kind, l.component, l.description, l.period_start, l.period_end, l.quantity, l.unit_amount,
        l.amount, l.derivation, l.created_at
      from invoice_lines l join invoices i on i.id = l.invoice_id where l.organization_id = $1 order by i.number_seq, l.position`,
    ledger: `select i.number, e.account, e.amount, e.effect, e.at from ledger_entries e join invoices i on i.id = e.source_id
      where e.organization_id = $1 order by i.number_seq, e.account`,
    periods: `select i.number, b.component, b.period_start, b.period_end from billed_periods b
      join invoice_lines l on l.id = b.invoice_line_id join invoices i on i.id = l.invoice_id
      where b.organization_id = $1 order by i.number_seq, l.position`,
    subscriptions: `select a.name as account, s.status, s.current_period_start, s.current_period_end, s.next_billing_at, s.updated_at, s.lapses_at
      from subscriptions s join accounts a on a.id = s.account_id where s.organization_id = $1 order by s.id`,
    changes: `select c.field, c.old_value, c.new_value, c.at from subscription_changes c where c.organization_id = $1 order by c.at, c.id`,
    facts: `select f.type, f.at, f.data->>'number' as number, f.data->>'status' as status from facts f
      where f.organization_id = $1 and f.type like any ('{invoice.%,subscription.%}') order by f.at, f.type, f.data->>'number', f.data->>'status'`,
  };
  const found: Record<string, unknown> = {};
  for (const [name, sql] of Object.entries(tables)) found[name] = await query(url, sql, [organization.id]);
  return found;
}

describe('a late billing run', () => {
  it('writes what punctual runs write, to the letter', async () => {
    const punctual = await furnish();
    const late = await furnish();
    for (let hour = 0; hour < 24 * 75; hour += 6) {
      world.clock.advance({ hours: 6 });
      await bill(world.app, punctual);
    }
    const tally = await bill(world.app, late);
    expect(tally.invoices).toBeGreaterThan(20);
    expect(await written(late)).toEqual(await written(punctual));
    const [recorded] = await query<{ differs: boolean }>(
      url,
      'select count(distinct recorded_at) = 2 as differs from invoices where organization_id = $1',
      [late.id],
    );
    expect(recorded!.differs).toBe(true);
  });
});

describe('changes that wait for the next invoice', () => {
  /** Changes in the middle of periods, of accounts whose boundaries lie apart; one has another subscription in between. */
  async function changing(...organizations: readonly TestOrganization[]): Promise<string[][]> {
    const made: string[][] = organizations.map(() => []);
    const plans = await Promise.all(
      organizations.map(async (organization) => ({
        cheap: await sellPlan(organization),
        dear: await sellPlan(organization, { prices: [flat(30_000n)] }),
        weekly: await sellPlan(organization, { intervalUnit: 'week', prices: [flat(123n)] }),
      })),
    );
    for (const days of [4, 11, 12, 20]) {
      const now = world.clock.now();
      for (const [index, organization] of organizations.entries()) {
        const { cheap, dear, weekly } = plans[index]!;
        const { id: accountId } = await organization.account({ name: `After ${days}`, timezone: 'UTC' });
        const { subscription } = await subscribe(organization, accountId, cheap.planId);
        if (days === 12) await subscribe(organization, accountId, weekly.planId, { startAt: inDays(now, 2) });
        const changes = [{ replacePlan: { plan: { id: dear.planId } } }];
        const terms = { when: 'date', date: inDays(now, days), settle: 'next_invoice', creditBasis: 'time' } as const;
        await organization.transact((work) => changeSubscription(work, { id: subscription.id, changes, ...terms }));
        made[index]!.push(subscription.id);
      }
      world.clock.advance({ hours: 7 });
    }
    // A family on the invoices of its parent, of which only one has a change that waits.
    const sisters: (() => Promise<unknown>)[] = [];
    for (const [index, organization] of organizations.entries()) {
      const { cheap, dear, weekly } = plans[index]!;
      const { id: parentAccountId } = await organization.account({ name: 'Parent', timezone: 'UTC' });
      const below = { timezone: 'UTC', parentAccountId, billingPolicy: 'parent_invoiced' } as const;
      const { id: child } = await organization.account({ name: 'Child', ...below });
      const { id: sister } = await organization.account({ name: 'Sister', ...below });
      const { subscription } = await subscribe(organization, child, cheap.planId);
      await subscribe(organization, parentAccountId, cheap.planId);
      sisters.push(() => subscribe(organization, sister, weekly.planId, { startAt: inDays(world.clock.now(), 2) }));
      const changes = [{ replacePlan: { plan: { id: dear.planId } } }];
      const date = inDays(world.clock.now(), 12);
      const terms = { when: 'date', date, settle: 'next_invoice', creditBasis: 'time' } as const;
      await organization.transact((work) => changeSubscription(work, { id: subscription.id, changes, ...terms }));
      made[index]!.push(subscription.id);
    }
    world.clock.advance({ hours: 7 });
    for (const sister of sisters) await sister();
    // What is due long after the others is on one page with them: the run bills all of them up to then at once.
    for (const [index, organization] of organizations.entries()) {
      const { id: accountId } = await organization.account({ name: 'Tried', timezone: 'UTC' });
      const { subscription } = await subscribe(organization, accountId, plans[index]!.cheap.planId, { trialDays: 31 });
      made[index]!.push(subscription.id);
    }
    return made;
  }

  it('are on it however late both are billed, by a run or before a verb', async () => {
    const [punctual, late, asked] = [
      await world.organization({ timezone: 'UTC' }),
      await world.organization({ timezone: 'UTC' }),
      await world.organization({ timezone: 'UTC' }),
    ];
    const [, , ids] = await changing(punctual, late, asked);
    for (let hour = 0; hour < 24 * 34; hour += 1) {
      world.clock.advance({ hours: 1 });
      await bill(world.app, punctual);
    }
    await bill(world.app, late);
    for (const id of ids!) await asked.transact((work) => cancelSubscription(work, { id, at: 'period_end' }));
    const waiting = await query(url, 'select invoice_id from invoice_holds where organization_id = any($1::uuid[])', [
      [punctual.id, late.id, asked.id],
    ]);
    expect(waiting).toEqual([]);
    // Its history names plans by their ids.
    const [onTime, lately] = [await written(punctual), await written(late)];
    expect({ ...lately, changes: [] }).toEqual({ ...onTime, changes: [] });
    const perAccount = (organization: TestOrganization) =>
      query(
        url,
        `select a.name, i.created_at, i.total, i.reason, l.amount, l.period_start from invoices i join accounts a on a.id = i.account_id
         join invoice_lines l on l.invoice_id = i.id where i.organization_id = $1 order by a.name, i.created_at, i.id, l.position`,
        [organization.id],
      );
    expect(await perAccount(asked)).toEqual(await perAccount(punctual));
  });
});

/** What is done to a subscription with a commitment, by the number of the day; the rest follows by itself. */
interface Deed {
  on: number;
  run(work: Work, id: string, at: Date): Promise<unknown>;
}

const dayMs = 86_400_000;
const inDays = (at: Date, days: number) => new Date(at.getTime() + days * dayMs);

/** Pauses of each kind and changes, some at once and some for later, at days of two periods. */
function deedsOf(random: Random): Deed[] {
  const deeds: Deed[] = [];
  for (let on = random.between(2, 9); on < 55; on += random.between(3, 12)) {
    const when = random.one(['now', 'now', 'now', 'period_end'] as const);
    const anchor = random.one(['keep', 'keep', 'shift'] as const);
    const creditBasis = random.one(['none', 'none', 'time'] as const);
    const settle = random.one(['invoice_now', 'next_invoice', 'none', 'none'] as const);
    const [length, quantity, inAWhile] = [random.between(1, 6), random.between(1, 4), random.between(1, 5)];
    const pause = (work: Work, id: string, at: Date) =>
      pauseSubscription(work, { id, when, anchor, creditBasis, until: inDays(at, when === 'now' ? length : 33) });
    const change = (work: Work, id: string, at: Date) => {
      const changes = [{ setQuantity: { component: 'seats', quantity: String(quantity) } }];
      return changeSubscription(work, { id, changes, when: 'date', date: inDays(at, inAWhile), settle, creditBasis });
    };
    deeds.push({ on, run: random.chance(0.75) ? pause : change });
  }
  return deeds;
}

describe('a minimum commitment', () => {
  const seeds = Array.from({ length: 16 }, (_, index) => index + 1);

  async function committed() {
    const organization = await world.organization({ timezone: 'UTC' });
    const seats = flat(0n, { component: 'seats', name: 'Seats', model: { perSeat: { unitAmount: '999' } } });
    const plans: string[] = [];
    for (const trialDays of [0, 7]) {
      const minimumCommitment = [{ currency: 'EUR', amountMinor: 5_000n }];
      plans.push(
        (await sellPlan(organization, { prices: [flat(1_000n), seats], trialDays, minimumCommitment })).planId,
      );
    }
    const subscriptions = [];
    for (const seed of seeds) {
      const random = new Random(seed);
      const { id: accountId } = await organization.account({ name: `Seed ${seed}`, timezone: 'UTC' });
      const { subscription } = await subscribe(organization, accountId, random.one(plans), {
        anchor: random.one(['calendar', 'anniversary'] as const),
      });
      subscriptions.push({ seed, id: subscription.id, deeds: deedsOf(random), answers: [] as string[] });
    }
    return { organization, subscriptions };
  }

  async function act({ organization, subscriptions }: Awaited<ReturnType<typeof committed>>, day: number) {
    for (const { id, deeds, answers } of subscriptions) {
      for (const { on, run } of deeds) {
        if (on !== day) continue;
        const done = organization.transact((work) => run(work, id, world.clock.now()));
        answers.push(
          await done.then(
            () => 'done',
            (error: unknown) => (error instanceof DomainError ? error.code : Promise.reject(error)),
          ),
        );
      }
    }
  }

  /** Lines and pauses of a subscription, whatever their ids. */
  const toldOf = (id: string) =>
    query(
      url,
      `select i.created_at as at, i.reason, l.kind, l.component, l.period_start as from, l.period_end as to, l.quantity, l.amount
       from invoice_lines l join invoices i on i.id = l.invoice_id where l.subscription_id = $1
       union all
       select p.created_at, p.anchor, 'pause', null, p.paused_from, p.resumed_at, null, extract(epoch from p.held_from)::bigint
       from subscription_pauses p where p.subscription_id = $1
       order by 1, 2, 3, 4, 5, 6, 8`,
      [id],
    );

  it('is counted alike through pauses, trials and changes, early or late', async () => {
    const start = new Date(Math.ceil(world.clock.now().getTime() / dayMs) * dayMs);
    world.clock.set(start);
    const [punctual, late] = [await committed(), await committed()];
    for (let day = 1; day <= 70; day += 1) {
      world.clock.advance({ days: 1 });
      await bill(world.app, punctual.organization);
      await act(punctual, day);
      await act(late, day);
    }
    await bill(world.app, late.organization);
    for (const [index, { seed, id, answers }] of punctual.subscriptions.entries()) {
      const other = late.subscriptions[index]!;
      const told = { seed, answers, told: await toldOf(id) };
      expect({ seed, answers: other.answers, told: await toldOf(other.id) }).toEqual(told);
    }
    const answers = punctual.subscriptions.flatMap((one) => one.answers);
    expect(answers.filter((answer) => answer === 'done').length).toBeGreaterThan(answers.length / 2);
    const [held] = await query<{ pauses: number; asked: number }>(
      url,
      `select (select count(*)::int from subscription_pauses where organization_id = $1 and held_from is not null) as pauses,
         (select count(*)::int from invoice_lines where organization_id = $1 and kind = 'true_up') as asked`,
      [punctual.organization.id],
    );
    expect(held!.pauses).toBeGreaterThan(3);
    expect(held!.asked).toBeGreaterThan(10);
  });
});

describe('a cutoff', () => {
  it('leaves what falls due after it', async () => {
    const organization = await furnish();
    const cutoff = new Date(world.clock.now().getTime() + 8 * 86_400_000);
    world.clock.advance({ days: 20 });
    await runBilling(world.app, { organizationId: organization.id, cutoff });
    const [row] = await query<{ least: Date }>(
      url,
      'select min(next_billing_at) as least from subscriptions where organization_id = $1',
      [organization.id],
    );
    expect(row!.least.getTime()).toBeGreaterThan(cutoff.getTime());
    await expect(runBilling(world.app, { cutoff: new Date('2100-01-01T00:00:00Z') })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    const counted = await runBilling(world.app, { organizationId: organization.id, dryRun: true });
    expect(counted.subscriptions).toBeGreaterThan(0);
    await bill(world.app, organization);
    const after = await runBilling(world.app, { organizationId: organization.id, dryRun: true });
    expect(after.subscriptions).toBe(0);
  });
});
