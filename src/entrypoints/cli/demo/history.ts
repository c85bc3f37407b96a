import { setTimeout as wait } from 'node:timers/promises';
import { type Player, type Region, regions } from './cast.ts';
import { hasQuantity } from './catalog.ts';
import { accountOf, type Client, inTurn } from './client.ts';
import { type Notable, notables, sceneOf } from './notables.ts';

const day = 86_400_000;
/** Sign-ups and departures are made together every few days of the demo's calendar, so that the year is walked in few steps. */
const dayGrid = [0, 4, 8, 12, 16, 20, 24];
const monthGrid = 30;
const atOnce = 4;

export interface HistoryOptions {
  client: Client;
  players: readonly Player[];
  /** The instant at which the demo's year begins, and where it ends: now. */
  begin: Date;
  end: Date;
  onProgress(done: number, total: number): void;
}

/** The test clock of each region, by its key. */
export type Clocks = Record<string, string>;

/**
 * A year of business, made by the product: clocks that stand a year ago, accounts that come, pay, fail and leave as the
 * clocks are advanced to now. Everything goes through the API.
 */
export async function makeHistory(options: HistoryOptions): Promise<Clocks> {
  const clocks: Clocks = {};
  let done = 0;
  const visits = visitDays(options);
  const total = visits.length * regions.length;
  await Promise.all(
    regions.map(async (region) => {
      const clock = await makeClock(options.client, region, options.begin);
      clocks[region.key] = clock;
      for (const visit of visits) {
        const at = new Date(options.begin.getTime() + visit * day + 9 * 3_600_000);
        await advance(options.client, clock, at < options.end ? at : options.end);
        await comeAndGo(options, region, clock, visit, visits);
        done += 1;
        options.onProgress(done, total);
      }
      await advance(options.client, clock, options.end);
      const known = notables.filter((player) => player.region.key === region.key);
      await act(options, known, (on) => on > visits.at(-1)!);
    }),
  );
  return clocks;
}

function visitDays({ begin, end }: HistoryOptions): number[] {
  const days = (end.getTime() - begin.getTime()) / day;
  const visits = [...dayGrid];
  for (let month = monthGrid; month < days - 1; month += monthGrid) visits.push(month + 4, month + 16);
  return visits.filter((visit) => visit < days - 1);
}

/** Who comes or leaves between the visit before and this one does so now. */
async function comeAndGo(
  options: HistoryOptions,
  region: Region,
  clock: string,
  visit: number,
  visits: readonly number[],
): Promise<void> {
  const before = visits[visits.indexOf(visit) - 1] ?? -1;
  const since = (on: number) => on > before && on <= visit;
  const known = notables.filter((player) => player.region.key === region.key);
  const here = [...options.players.filter((player) => player.region.key === region.key), ...known];
  await inTurn(
    here.filter((player) => since(player.comesOnDay)),
    atOnce,
    (player) => comeIn(options.client, player, clock),
  );
  const leavers = here.filter(
    (player) => player.leavesAfterDays !== null && since(player.comesOnDay + player.leavesAfterDays),
  );
  await inTurn(leavers, atOnce, (player) => leave(options.client, player));
  await act(options, known, since);
}

/** What the customers with a story do on these days, each one deed after the other. */
async function act(options: HistoryOptions, known: readonly Notable[], since: (day: number) => boolean): Promise<void> {
  const active = known.filter((player) => player.deeds.some(({ day }) => since(day)));
  await inTurn(active, atOnce, async (player) => {
    const scene = await sceneOf(options.client, player, options);
    for (const deed of player.deeds) if (since(deed.day)) await deed.act(scene);
  });
}

async function makeClock(client: Client, region: Region, frozenTime: Date): Promise<string> {
  const { createTestClock } = await client.ask<{ createTestClock: { testClock: { id: string } } }>(
    'mutation ($input: CreateTestClockInput!) { createTestClock(input: $input) { testClock { id } userErrors { code message } } }',
    { input: { name: region.city, frozenTime: frozenTime.toISOString() } },
  );
  return createTestClock.testClock.id;
}

const pollMs = 40;

/** Sends a clock forward and waits until it has arrived. */
export async function advance(client: Client, clock: string, to: Date): Promise<void> {
  if ((await arrival(client, clock)) >= to) return;
  await client.ask(
    'mutation ($input: AdvanceTestClockInput!) { advanceTestClock(input: $input) { userErrors { code message } } }',
    {
      input: { id: clock, to: to.toISOString() },
    },
  );
  await arrival(client, clock);
}

/** Waits until a clock stands still. */
export async function arrival(client: Client, clock: string): Promise<Date> {
  for (;;) {
    const { testClock } = await client.ask<{ testClock: { status: string; now: string } }>(
      'query ($id: ID!) { testClock(id: $id) { status now } }',
      { id: clock },
    );
    if (testClock.status === 'READY') return new Date(testClock.now);
    await wait(pollMs);
  }
}

/** A new account with its address, its way to pay and its subscription. */
export async function comeIn(client: Client, player: Player, testClockId: string | null): Promise<void> {
  const { region } = player;
  const above = player.parent ? { parentAccountId: await accountOf(client, player.parent) } : {};
  const { createAccount } = await client.ask<{ createAccount: { account: { id: string } } }>(
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { code message } } }',
    {
      input: {
        externalId: player.externalId,
        name: player.name,
        email: player.email,
        currency: region.currency,
        timezone: region.timezone,
        locale: region.locale,
        billingAddress: { line1: '1 Market Street', city: region.city, country: region.country },
        testClockId,
        ...above,
        ...player.account,
      },
    },
  );
  const accountId = createAccount.account.id;
  if (player.method) await attach(client, accountId, player.method);
  await client.ask(
    'mutation ($input: CreateSubscriptionInput!) { createSubscription(input: $input) { userErrors { code message } } }',
    {
      input: {
        externalId: `${player.externalId}-${player.plan}`,
        account: { id: accountId },
        items: [
          { plan: { externalId: player.plan }, quantity: hasQuantity(player.plan) ? String(player.seats) : null },
        ],
        collection: player.method ? 'AUTOMATIC' : 'MANUAL',
        ...player.subscription,
      },
    },
  );
}

async function attach(client: Client, accountId: string, sandboxToken: string): Promise<void> {
  await client.ask(
    'mutation ($input: AttachPaymentMethodInput!) { attachPaymentMethod(input: $input) { userErrors { code message } } }',
    { input: { accountId, method: { sandboxToken }, makeDefault: true } },
  );
}

async function leave(client: Client, player: Player): Promise<void> {
  const { subscriptions } = await client.ask<{ subscriptions: { nodes: { id: string; status: string }[] } }>(
    'query ($externalId: String!) { subscriptions(filter: { externalId: $externalId }, first: 1) { nodes { id status } } }',
    { externalId: `${player.externalId}-${player.plan}` },
  );
  const [subscription] = subscriptions.nodes;
  if (!subscription || subscription.status === 'CANCELED') return;
  await client.ask(
    'mutation ($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) { userErrors { code message } } }',
    { input: { id: subscription.id, at: 'PERIOD_END', reason: 'moved on' } },
  );
}
