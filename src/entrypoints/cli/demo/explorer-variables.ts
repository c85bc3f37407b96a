import { cast } from './cast.ts';
import type { Client } from './client.ts';

interface Found {
  account: {
    id: string;
    subscriptions: { nodes: { id: string }[] };
    invoices: { nodes: { id: string }[] };
  } | null;
  plan: { id: string } | null;
}

const query = `query ($account: String, $plan: String) {
  account(externalId: $account) {
    id subscriptions(first: 1) { nodes { id } } invoices(first: 1) { nodes { id } }
  }
  plan(externalId: $plan) { id }
}`;

/** What {{accountId}} and the like stand for in the explorer's examples: one of the demo's accounts, as far as it is made. */
export async function explorerVariables(client: Client): Promise<Record<string, string>> {
  const player = cast(208).find(({ method, leavesAfterDays }) => method === 'success' && leavesAfterDays === null);
  const { account, plan } = await client.ask<Found>(query, { account: player?.externalId, plan: player?.plan });
  const found = {
    accountId: account?.id,
    planId: plan?.id,
    subscriptionId: account?.subscriptions.nodes[0]?.id,
    invoiceId: account?.invoices.nodes[0]?.id,
  };
  return Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
