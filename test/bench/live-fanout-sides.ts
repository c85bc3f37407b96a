import { toGlobalId } from '../../src/platform/id.ts';
import { until } from '../support/until.ts';
import { type ClientProcess, startClients } from './clients/client-process.ts';
import type { Receipt } from './clients/messages.ts';
import { openRawBroadcast } from './limits/raw-broadcast.ts';
import type { LiveProduct } from './live-product.ts';

/** Many clients and the way to tell them something. */
export interface Fanout {
  /** Tells all of them one thing and waits until they have it: milliseconds to each. */
  tell(): Promise<number[]>;
  /** What was not received exactly once, so far. */
  faults(): Promise<string[]>;
  close(): Promise<void>;
}

export interface LiveFanout extends Fanout {
  /** Commits an event for the next client alone, and does not wait for it. */
  commit(): Promise<void>;
  /** Waits until everything that was committed has arrived. */
  drain(): Promise<void>;
  /** A message as it came over the wire. */
  sample(): string;
}

const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
const strayMs = 500;
const fields = 'id type cursor sequence occurredAt paymentId accountId invoiceIds status failureCode attemptNo';
const forAll = `subscription { paymentEvents { ${fields} } }`;
const forOne = `subscription ($accountId: ID!) { paymentStatusChanged(accountId: $accountId) { ${fields} } }`;

/** What came, and how often it came to whom. */
class Receipts {
  private readonly seen = new Map<string, number>();

  add(receipts: readonly Receipt[]): void {
    for (const [client, event] of receipts) {
      const key = `${client} ${event}`;
      this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    }
  }

  /** Compares with what each client should have: every event from 1 to the last, or those of its own. */
  faults(name: string, clients: number, events: number, eachOne: boolean): string[] {
    const wanted = eachOne ? events : clients * events;
    let missing = 0;
    for (let event = 1; event <= events; event += 1) {
      const those = eachOne ? [event % clients] : Array.from({ length: clients }, (_, client) => client);
      for (const client of those) if (!this.seen.has(`${client} ${event}`)) missing += 1;
    }
    const twice = [...this.seen.values()].filter((times) => times > 1).length;
    const stray = this.seen.size - (wanted - missing);
    if (missing + twice + stray === 0) return [];
    return [`${name}: of ${wanted} receipts ${missing} are missing, ${twice} came twice, ${stray} are strays`];
  }
}

/** Clients of the product: all follow all payments, or each the payments of an account of its own. */
export async function openLiveSide(
  product: LiveProduct,
  clients: number,
  options: { eachOne?: boolean } = {},
): Promise<LiveFanout> {
  const { eachOne = false } = options;
  const organization = await product.organization();
  // Only what is there can be followed; the relay and whoever listens are not to be busy with their making later.
  const accounts = await Promise.all(Array.from({ length: clients }, async () => (await organization.account()).id));
  await product.app.relay([organization.id]);
  const listening = await startClients({
    protocol: 'graphql-ws',
    url: product.url,
    authorization: await product.authorization(organization),
    query: eachOne ? forOne : forAll,
    variables: accounts.map((account) => (eachOne ? { accountId: toGlobalId('acc', account) } : {})),
  });
  await until(
    () => product.app.facts.watchers === clients || listening.failures.length > 0,
    'everybody listens',
    60_000,
  );
  const seen = new Receipts();
  let events = 0;
  let waiting = 0;
  let sample = '';
  const commit = () => {
    events += 1;
    waiting += eachOne ? 1 : clients;
    return product.announce(organization, { accountId: accounts[events % clients]!, event: events });
  };
  const drain = async () => {
    const found = await listening.receive(waiting);
    waiting = 0;
    sample ||= found.sample ?? '';
    seen.add(found.receipts);
    return found.receipts;
  };
  return {
    commit,
    drain: async () => void (await drain()),
    sample: () => sample,
    tell: async () => {
      await commit();
      const committed = nowMs();
      return (await drain()).map(([, , at]) => at - committed);
    },
    faults: async () => [...(await strays(listening, seen)), ...seen.faults('product', clients, events, eachOne)],
    close: () => listening.close(),
  };
}

/** Bare sockets that are sent a text of the product's length. */
export async function openRawSide(text: string, clients: number): Promise<Fanout> {
  const broadcast = await openRawBroadcast();
  const variables = Array.from({ length: clients }, () => ({}));
  const listening = await startClients({ protocol: 'ws', url: broadcast.url, authorization: '', query: '', variables });
  const seen = new Receipts();
  let events = 0;
  return {
    tell: async () => {
      events += 1;
      const sent = nowMs();
      broadcast.send(text);
      const { receipts } = await listening.receive(clients);
      seen.add(receipts);
      return receipts.map(([, , at]) => at - sent);
    },
    faults: async () => [...(await strays(listening, seen)), ...seen.faults('raw broadcast', clients, events, false)],
    close: async () => {
      await listening.close();
      await broadcast.close();
    },
  };
}

/** Listens a little longer: what comes now came too often. */
async function strays(listening: ClientProcess, seen: Receipts): Promise<string[]> {
  const { receipts } = await listening.receive(Number.MAX_SAFE_INTEGER, strayMs);
  seen.add(receipts);
  return listening.failures.slice(0, 3);
}
