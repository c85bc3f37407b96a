import pino from 'pino';
import { createApiKey } from '../../src/accounts/index.ts';
import { start } from '../../src/main.ts';
import type { App } from '../../src/platform/app-types.ts';
import { newId } from '../../src/platform/id.ts';
import { makeOrganization, type TestOrganization } from '../support/makers.ts';
import { benchConfig } from './harness/product.ts';
import type { BenchDatabase } from './harness/server.ts';

/** What a fact says of a payment, as far as a bench chooses. */
export interface Announced {
  accountId?: string;
  event?: number;
}

/** The product as it runs, doors and relay and all, with facts of payments that nobody has to make first. */
export interface LiveProduct {
  readonly app: App;
  /** Where the live door is. */
  readonly url: string;
  organization(): Promise<TestOrganization>;
  /** A key that may read payments, as a client sends it. */
  authorization(organization: TestOrganization): Promise<string>;
  /** One transaction that announces one fact; the relay is woken as by any other. */
  announce(organization: TestOrganization, announced: Announced): Promise<void>;
  close(): Promise<void>;
}

export async function openLiveProduct(database: BenchDatabase): Promise<LiveProduct> {
  const running = await start({
    config: benchConfig({
      database: { runtimeUrl: database.runtimeUrl, ownerUrl: undefined },
      http: { host: '127.0.0.1', port: 4_600, portIsGiven: false },
      role: 'api',
    }),
    log: pino({ level: 'silent' }),
  });
  return {
    app: running.app,
    url: `${running.url!.replace(/^http/, 'ws')}/graphql`,
    organization: () => makeOrganization(running.app),
    authorization: async (organization) => {
      const { secret } = await organization.transact((work) =>
        createApiKey(work, { name: 'bench', permissions: ['payments:read'] }, organization.identity.permissions),
      );
      return `Bearer ${secret}`;
    },
    announce: (organization, announced) =>
      organization.transact(async (work) => work.announce(factOf(organization, announced, work.recordedAt))),
    close: () => running.stop(),
  };
}

/** A fact of a payment without the payment: what is measured is the way, not what wrote it. */
function factOf(organization: TestOrganization, { accountId, event = 0 }: Announced, at: Date) {
  const paymentId = newId();
  return {
    type: 'payment.processing',
    organizationId: organization.id,
    objectType: 'payment',
    objectId: paymentId,
    accountId: accountId ?? null,
    at,
    data: {
      paymentId,
      accountId,
      status: 'processing',
      amount: '3588',
      currency: 'EUR',
      attemptNo: event,
      invoiceIds: [newId()],
    },
  };
}
