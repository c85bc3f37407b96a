import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { lockAccount } from '../../src/accounts/index.ts';
import { addPaymentMethod } from '../../src/collecting/payments/index.ts';
import { attachAtProvider } from '../../src/collecting/payments/methods/attach-method.ts';
import { connectStripe } from '../../src/collecting/payments/providers/connect-stripe.ts';
import type { TaxIdConfig } from '../../src/config.ts';
import { createHttpApp, listen } from '../../src/entrypoints/http.ts';
import { registerStripeWebhooks } from '../../src/entrypoints/stripe-webhooks.ts';
import { toGlobalId } from '../../src/platform/id.ts';
import { query } from './database.ts';
import type { TestOrganization } from './makers.ts';
import { type StripeSimulator, startStripeSimulator } from './stripe-simulator/index.ts';
import { testWorld, type World } from './world.ts';

/** A world whose organizations can be connected to a simulated Stripe, which sends its events to the side-door. */
export interface StripeWorld {
  world: World;
  simulator: StripeSimulator;
  server: FastifyInstance;
  /** Where the side-door listens. */
  address: string;
  /** An organization that is connected, its webhooks registered with the simulator. */
  connected(): Promise<TestOrganization>;
  /** An account whose default method is this card. */
  customer(organization: TestOrganization, card: string): Promise<{ accountId: string; methodRef: string }>;
  /** Lets everything happen: deliveries, events, payments. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens it at an instant; the simulator lives by the same clock. `environment`: the first organization is connected by the
 * environment, with these signing secrets. `taxIds`: which register of VAT ids is asked.
 */
export async function stripeWorld(
  start = '2026-03-01T12:00:00Z',
  environment: readonly string[] = [],
  taxIds?: TaxIdConfig,
): Promise<StripeWorld> {
  let now = () => Date.parse(start);
  const simulator = await startStripeSimulator({ now: () => now() });
  const world = await testWorld({
    start,
    config: {
      ...(taxIds ? { taxIds } : {}),
      stripe: {
        secretKey: environment.length > 0 ? simulator.apiKey : undefined,
        webhookSecrets: environment,
        apiBase: simulator.url,
      },
    },
  });
  now = () => world.clock.now().getTime();
  const server = createHttpApp({ logger: pino({ level: 'silent' }) });
  registerStripeWebhooks(server, world.app);
  const port = await listen(server, { port: 0 });
  const address = `http://127.0.0.1:${port}/webhooks/stripe`;
  return {
    world,
    simulator,
    server,
    address,
    connected: () => connect(world, simulator, address),
    customer: (organization, card) => customer(world, organization, card),
    settle: async () => {
      const { sent } = simulator.webhooks;
      await world.settle();
      await simulator.settled();
      // If Stripe has told nothing meanwhile, all is at rest already.
      if (sent === null || simulator.webhooks.sent !== sent) await world.settle();
    },
    close: async () => {
      await server.close();
      await simulator.stop();
      await world.close();
    },
  };
}

async function connect(world: World, simulator: StripeSimulator, address: string): Promise<TestOrganization> {
  const organization = await world.organization();
  const secret = `whsec_${organization.id.replaceAll('-', '')}`;
  const id = await organization.transact((work) =>
    connectStripe(work, { secretKey: simulator.apiKey, webhookSecrets: [secret] }, world.app.config.encryptionKey),
  );
  simulator.addWebhook({ url: `${address}/${toGlobalId('strc', id)}`, secret });
  return organization;
}

async function customer(world: World, organization: TestOrganization, card: string) {
  const { id: accountId } = await organization.account({ email: 'ada@example.com' });
  const described = await attachAtProvider(world.app, organization.scope, {
    accountId,
    provider: 'stripe',
    reference: card,
  });
  await organization.transact(async (work) => {
    const account = await lockAccount(work, accountId, []);
    return addPaymentMethod(work, account, { provider: 'stripe', described });
  });
  return { accountId, methodRef: described.providerRef };
}

export interface StoredEvent {
  type: string;
  applied: boolean;
  ignored: string | null;
  dead: boolean;
  effects: number;
  error: string | null;
}

/** The inbox of an organization, in the order of arrival. */
export function inboxOf(world: World, organizationId: string): Promise<StoredEvent[]> {
  return query<StoredEvent>(
    world.database.superuserUrl,
    `select type, applied_at is not null as applied, ignored_reason as ignored, dead_at is not null as dead, effects, last_error as error
     from provider_events where organization_id = $1 order by id`,
    [organizationId],
  );
}
