import { type Client, run } from './client.ts';

const offers = [
  {
    code: 'WELCOME20',
    coupon: { name: 'Welcome: 20 % for three months', off: { percent: '20' }, frequency: 'REPEATING', periods: 3 },
    terms: { firstPurchaseOnly: true },
  },
  {
    code: 'TENOFF',
    coupon: {
      name: '10 euros off, once',
      off: { amount: { amountMinor: '1000', currency: 'EUR' } },
      frequency: 'ONCE',
      maxRedemptions: 100,
    },
    terms: {},
  },
  {
    code: 'PARTNER',
    coupon: { name: 'Partners: 10 % for ever', off: { percent: '10' }, frequency: 'FOREVER' },
    terms: { maxRedemptions: 25 },
  },
];

/** Coupons, the codes that lead to them, and who issues invoices: its address, where it is registered for tax, its color. */
export async function makeOffers(client: Client): Promise<void> {
  for (const { code, coupon, terms } of offers) {
    const couponId = await run(client, 'createCoupon', coupon, 'coupon');
    await run(client, 'createPromotionCode', { couponId, code, ...terms }, 'promotionCode');
  }
  const { legalEntities } = await client.ask<{ legalEntities: { id: string; isDefault: boolean }[] }>(
    '{ legalEntities { id isDefault } }',
  );
  const { id } = legalEntities.find(({ isDefault }) => isDefault)!;
  const issuer = {
    name: 'Acme Studio GmbH',
    email: 'billing@example.com',
    address: { line1: 'Torstraße 12', postalCode: '10119', city: 'Berlin', country: 'DE' },
    taxIds: [{ type: 'EU_VAT', value: 'DE123456788' }],
  };
  await run(client, 'updateLegalEntity', { id, ...issuer }, 'legalEntity');
  for (const country of ['DE', 'JP']) {
    await run(client, 'createTaxRegistration', { legalEntityId: id, country }, 'taxRegistration');
  }
  const footer = 'Acme Studio GmbH, Torstraße 12, 10119 Berlin. Thank you for working with us.';
  await client.ask(
    'mutation ($input: SetBrandingInput!) { setBranding(input: $input) { userErrors { code message } } }',
    { input: { legalEntityId: id, accentColor: '#0f766e', footer } },
  );
}
