import type { Player } from './cast.ts';
import { accountOf, type Client, inTurn, run } from './client.ts';
import { oneOff } from './deeds.ts';
import { comeIn } from './history.ts';

type Story = (client: Client, accountId: string, player: Player) => Promise<void>;

const stories: readonly Story[] = [
  async (client, accountId, player) => {
    await oneOff(client, accountId, player.region.currency, 'Workshop, half a day', { finalize: false });
  },
  async (client, accountId, player) => {
    await oneOff(client, accountId, player.region.currency, 'Onboarding');
  },
  async (client, accountId, player) => {
    const id = await oneOff(client, accountId, player.region.currency, 'Ordered twice by mistake');
    await run(client, 'voidInvoice', { id }, 'invoice');
  },
  async (client, accountId, player) => {
    const id = await oneOff(client, accountId, player.region.currency, 'Print run');
    await run(client, 'markInvoiceUncollectible', { id }, 'invoice');
  },
  async (client, accountId, player) => {
    const invoiceId = await oneOff(client, accountId, player.region.currency, 'Poster series');
    const amount = await dueOf(client, invoiceId);
    if (amount.amountMinor === '0') return;
    const paid = {
      accountId,
      invoiceIds: [invoiceId],
      amount,
      kind: 'BANK_TRANSFER',
      reference: 'statement 7, line 3',
    };
    await run(client, 'recordManualPayment', paid, 'payment');
  },
  async (client, accountId, player) => {
    const invoiceId = await oneOff(client, accountId, player.region.currency, 'Signs for the shop window');
    const amount = await dueOf(client, invoiceId);
    if (amount.amountMinor === '0') return;
    const check = { accountId, invoiceIds: [invoiceId], amount, kind: 'CHECK', reference: 'check 1042' };
    const paymentId = await run(client, 'recordManualPayment', check, 'payment');
    const notes = 'The bank sent the check back.';
    await run(client, 'reversePayment', { paymentId, reason: 'INSUFFICIENT_FUNDS', notes }, 'payment');
  },
  async (client, accountId, player) => {
    const amount = { amountMinor: '4000', currency: player.region.currency };
    await run(client, 'createPayment', { accountId, amount, captureMethod: 'MANUAL', offSession: true }, 'payment');
  },
  async (client, accountId, player) => {
    const amount = { amountMinor: '5000', currency: player.region.currency };
    const paymentId = await run(
      client,
      'createPayment',
      { accountId, amount, captureMethod: 'MANUAL', offSession: true },
      'payment',
    );
    await run(client, 'cancelPayment', { paymentId }, 'payment');
  },
  async (client, accountId) => {
    const [paymentId] = await succeededPayments(client, accountId);
    if (paymentId) await run(client, 'createRefund', { paymentId, reason: 'a courtesy' }, 'refund');
  },
];

async function dueOf(client: Client, id: string) {
  const data = await client.ask<{ invoice: { amountDue: { amountMinor: string; currency: string } } }>(
    'query ($id: ID!) { invoice(id: $id) { amountDue { amountMinor currency } } }',
    { id },
  );
  return data.invoice.amountDue;
}

async function succeededPayments(client: Client, accountId: string): Promise<string[]> {
  const data = await client.ask<{ payments: { nodes: { id: string }[] } }>(
    'query ($accountId: ID!) { payments(filter: { accountId: $accountId, status: [SUCCEEDED] }, first: 1) { nodes { id } } }',
    { accountId },
  );
  return data.payments.nodes.map((payment) => payment.id);
}

/** Who has just come: trials that run, first payments that were declined, a customer who must confirm in the browser. */
async function newcomers(client: Client, players: readonly Player[]): Promise<void> {
  const fresh = players.slice(-6).map((player, index) => {
    const trial = index < 4;
    const externalId = `demo-today-${index + 1}`;
    return {
      ...player,
      externalId,
      plan: trial ? 'starter' : 'team',
      method: trial ? 'success' : 'insufficient_funds',
    };
  });
  await inTurn(fresh, 2, (player) => comeIn(client, player, null));
  const careful = { ...players[0]!, externalId: 'demo-today-7', plan: 'starter', method: 'authentication_required' };
  await comeIn(client, careful, null);
  const accountId = await accountOf(client, careful.externalId);
  const amount = { amountMinor: '3500', currency: careful.region.currency };
  await run(client, 'createPayment', { accountId, amount, offSession: false }, 'payment');
}

/** What subscriptions alone do not show: one-off invoices in every status, money by hand, held, let go and given back. */
export async function makeExtras(client: Client, players: readonly Player[]): Promise<void> {
  const payers = players.filter(
    (player) => player.method === 'success' && player.leavesAfterDays === null && player.comesOnDay < 25,
  );
  const most = Math.max(stories.length, Math.min(payers.length, stories.length * 2));
  const cast = Array.from({ length: payers.length > 0 ? most : 0 }, (_, index) => payers[index % payers.length]!);
  await newcomers(client, players);
  await inTurn([...cast.entries()], 4, async ([index, player]) => {
    const accountId = await accountOf(client, player.externalId);
    await stories[index % stories.length]!(client, accountId, player);
  });
}
