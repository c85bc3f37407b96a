import { type Client, run } from './client.ts';

const day = 86_400_000;

/** Where a deed is done: whose it is, and between which instants the demo's year lies. */
export interface Scene {
  client: Client;
  accountId: string;
  subscriptionId: string;
  currency: string;
  begin: Date;
  end: Date;
}

/** What somebody does on a day of the demo's year. */
export interface Deed {
  day: number;
  act(scene: Scene): Promise<unknown>;
}

/** The day of what is done when the year is over, and so stands there when somebody looks. */
export const today = 10_000;

/** So many minor units of the scene's currency. */
const money = ({ currency }: Scene, amountMinor: string) => ({ amountMinor, currency });

/** A one-off invoice over one line; drafts stay what they are, others are finalized and wait for what comes. */
export function oneOff(
  client: Client,
  accountId: string,
  currency: string,
  description: string,
  { amountMinor = '12000', finalize = true } = {},
): Promise<string> {
  const line = { description, quantity: '1', unitAmount: { amountMinor, currency } };
  const input = { accountId, currency, finalize, autoCollect: false, netDays: 14, lines: [line] };
  return run(client, 'createInvoice', input, 'invoice');
}

/** Credit that is given; `lastsDays` from the end of the demo's year, or for ever, and for some kinds of lines, or all. */
export const grant = (
  on: number,
  amountMinor: string,
  reason: string,
  lastsDays?: number,
  lineKinds?: readonly string[],
): Deed => ({
  day: on,
  act: (scene) => {
    const { client, accountId, end } = scene;
    const expiresAt = lastsDays === undefined ? null : new Date(end.getTime() + lastsDays * day).toISOString();
    const input = { accountId, amount: money(scene, amountMinor), reason, expiresAt, lineKinds };
    return run(client, 'grantCredit', input, 'creditGrant');
  },
});

/** Credit that is given and taken back, since somebody else was meant. */
export const grantInVain = (on: number): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId } = scene;
    const input = { accountId, amount: money(scene, '3000'), reason: 'meant for somebody else' };
    const id = await run(client, 'grantCredit', input, 'creditGrant');
    return run(client, 'withdrawCreditGrant', { id }, 'creditGrant');
  },
});

/** Orders that credit is held for: one comes, one does not, one is forgotten. */
export const orders = (on: number): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId, begin } = scene;
    const hold = (amountMinor: string, reason: string, days: number) => {
      const expiresAt = new Date(begin.getTime() + days * day).toISOString();
      return run(
        client,
        'holdCredit',
        { accountId, amount: money(scene, amountMinor), reason, expiresAt },
        'creditHold',
      );
    };
    const amount = money(scene, '9000');
    await run(client, 'grantCredit', { accountId, amount, reason: 'an advance for orders' }, 'creditGrant');
    const poster = await hold('2500', 'order 17, a poster', on + 30);
    await run(
      client,
      'captureCreditHold',
      { id: poster, lines: [{ description: 'Order 17, a poster', unitAmount: money(scene, '2000') }] },
      'creditHold',
    );
    await run(client, 'releaseCreditHold', { id: await hold('1500', 'order 18, canceled', on + 30) }, 'creditHold');
    await hold('500', 'order 19, forgotten', on + 5);
  },
});

/** Credit held for an order that is still to come. */
export const openOrder: Deed = {
  day: today,
  act: async (scene) => {
    const { client, accountId, end } = scene;
    await grant(today, '4000', 'an advance for order 20').act(scene);
    const expiresAt = new Date(end.getTime() + 30 * day).toISOString();
    const input = { accountId, amount: money(scene, '2500'), reason: 'order 20, under way', expiresAt };
    return run(client, 'holdCredit', input, 'creditHold');
  },
};

/** Credit that is bought; unless it is collected, the invoice waits, or is voided where it was not meant. */
export const topUp = (on: number, amountMinor: string, fate: 'paid' | 'waiting' | 'voided'): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId } = scene;
    const { topUpCredit } = await client.ask<{ topUpCredit: { creditTopUp: { invoice: { id: string } } } }>(
      `mutation ($input: TopUpCreditInput!) { topUpCredit(input: $input) {
        creditTopUp { invoice { id } } userErrors { code message } } }`,
      { input: { accountId, amount: money(scene, amountMinor), autoCollect: fate === 'paid', reason: 'in advance' } },
    );
    if (fate === 'voided') await run(client, 'voidInvoice', { id: topUpCredit.creditTopUp.invoice.id }, 'invoice');
  },
});

/** A part of an invoice that nobody has paid is taken back: less is due. */
export const creditUnpaid = (on: number, description: string, reason: string, amountMinor: string): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId, currency } = scene;
    const invoiceId = await oneOff(client, accountId, currency, description, { amountMinor: '24000' });
    return creditPart(scene, invoiceId, reason, amountMinor, {});
  },
});

/** A credit note that was a mistake itself. */
export const creditInVain = (on: number): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId, currency } = scene;
    const invoiceId = await oneOff(client, accountId, currency, 'Photographs');
    const id = await creditPart(scene, invoiceId, 'OTHER', '4000', {});
    return run(client, 'voidCreditNote', { id }, 'creditNote');
  },
});

/** A part of the first paid invoice is given back, as credit or as money. */
export const creditPaid = (on: number, reason: string, amountMinor: string, refund: boolean): Deed => ({
  day: on,
  act: async (scene) => {
    const invoiceId = await firstPaid(scene);
    if (invoiceId) await creditPart(scene, invoiceId, reason, amountMinor, { refund });
  },
});

async function creditPart(
  scene: Scene,
  invoiceId: string,
  reason: string,
  amountMinor: string,
  more: Record<string, unknown>,
): Promise<string> {
  const { client } = scene;
  const { invoice } = await client.ask<{ invoice: { lines: { id: string }[] } }>(
    'query ($id: ID!) { invoice(id: $id) { lines { id } } }',
    { id: invoiceId },
  );
  const lines = [{ invoiceLineId: invoice.lines[0]!.id, part: { amount: money(scene, amountMinor) } }];
  return run(client, 'createCreditNote', { invoiceId, reason, lines, ...more }, 'creditNote');
}

/** The first one that asked for money and got it. */
async function firstPaid({ client, subscriptionId }: Scene): Promise<string | null> {
  const { invoices } = await client.ask<{ invoices: { nodes: { id: string; amountPaid: { amountMinor: string } }[] } }>(
    `query ($filter: InvoiceFilter) { invoices(filter: $filter, first: 10, orderBy: { direction: ASC }) {
      nodes { id amountPaid { amountMinor } } } }`,
    { filter: { subscriptionId } },
  );
  return invoices.nodes.find(({ amountPaid }) => BigInt(amountPaid.amountMinor) > 0n)?.id ?? null;
}

/** What was given to a subscription is taken away again. */
export const endDiscount = (on: number): Deed => ({
  day: on,
  act: async ({ client, subscriptionId }) => {
    const { subscription } = await client.ask<{ subscription: { discounts: { id: string }[] } }>(
      'query ($id: ID!) { subscription(id: $id) { discounts { id } } }',
      { id: subscriptionId },
    );
    const [discount] = subscription.discounts;
    if (discount) await run(client, 'removeDiscount', { id: discount.id }, 'discount');
  },
});

/** Work that goes onto the next invoice, or does not. */
export const extraWork = (on: number, description: string, amountMinor: string, canceled = false): Deed => ({
  day: on,
  act: async (scene) => {
    const { client, accountId } = scene;
    const line = { description, unitAmount: money(scene, amountMinor) };
    const id = await run(client, 'createCharge', { accountId, line }, 'charge');
    if (canceled) await run(client, 'cancelCharge', { id }, 'charge');
  },
});

/** Work that is agreed and done later. */
export const workToCome: Deed = {
  day: today,
  act: (scene) => {
    const dueAt = new Date(scene.end.getTime() + 40 * day).toISOString();
    const line = { description: 'Training, half a day', unitAmount: money(scene, '30000') };
    return run(scene.client, 'createCharge', { accountId: scene.accountId, dueAt, line }, 'charge');
  },
};
