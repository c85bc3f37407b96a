import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { attachRefusal } from '../../../src/collecting/payments/providers/attach-refusal.ts';
import { gatewayOf } from '../../../src/collecting/payments/providers/gateways.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { type StripeWorld, stripeWorld } from '../../support/stripe-world.ts';

let stripe: StripeWorld;
let organization: TestOrganization;

beforeAll(async () => {
  stripe = await stripeWorld();
  organization = await stripe.connected();
});

afterAll(async () => {
  await stripe.settle();
  await stripe.close();
});

interface Refusal {
  code: string;
  message: string;
  path: string[];
}

async function attach(stripePaymentMethodId: string): Promise<Refusal[]> {
  const account = await organization.account({ email: 'ada@example.com' });
  const answer = await stripe.world.graphql<{ attachPaymentMethod: { userErrors: Refusal[] } }>(
    `mutation ($input: AttachPaymentMethodInput!) {
      attachPaymentMethod(input: $input) { paymentMethod { id } userErrors { code message path } } }`,
    { input: { accountId: toGlobalId('acc', account.id), method: { stripePaymentMethodId } } },
    { as: organization },
  );
  return answer.data!.attachPaymentMethod.userErrors;
}

const refused = (message: string) => [
  { code: 'PAYMENT_REFUSED', message, path: ['input', 'method', 'stripePaymentMethodId'] },
];

describe('a payment method that Stripe does not keep', () => {
  it('says that Stripe does not know it', async () => {
    expect(await attach('pm_1NothingLikeThat')).toEqual(refused('Stripe does not know this payment method.'));
  });

  it('says that it belongs to another customer', async () => {
    const { methodRef } = await stripe.customer(organization, 'pm_card_visa');
    expect(await attach(methodRef)).toEqual(refused('The payment method belongs to another customer at Stripe.'));
  });

  it('says that it was detached and cannot be used again', async () => {
    const { methodRef } = await stripe.customer(organization, 'pm_card_visa');
    await (await gatewayOf(stripe.world.app, organization.id, 'stripe'))!.detachMethod(methodRef);
    expect(await attach(methodRef)).toEqual(
      refused(
        'Stripe does not let this payment method be used again: it was detached, or used without being kept. Collect a new one.',
      ),
    );
  });

  it('says why the card was declined, as far as its holder may know', async () => {
    expect(await attach('pm_card_visa_chargeDeclinedInsufficientFunds')).toEqual(
      refused('The card has insufficient funds.'),
    );
  });

  it.each([
    [
      "No such PaymentMethod: 'pm_1Secret'; a similar object exists in live mode, but a test mode key was used.",
      'resource_missing',
      'The payment method belongs to the other mode (test or live) of Stripe.',
    ],
    [
      "No such customer: 'cus_1Secret'",
      'resource_missing',
      'Stripe does not know the customer of this account any more.',
    ],
    [
      'Something new about pm_1Secret.',
      'payment_method_new_reason',
      'Stripe does not accept this payment method (payment_method_new_reason).',
    ],
    ['Something new.', 'No: pm_1Secret', 'Stripe does not accept this payment method.'],
  ])('repeats nothing of what Stripe quotes: %s', (message, code, words) => {
    const missing = code === 'resource_missing';
    expect(attachRefusal({ kind: 'refused', code, message, missing, intent: null })).toBe(words);
  });

  it('says that access is refused, or that it may be tried again', () => {
    expect(attachRefusal({ kind: 'deferred', reason: 'The key has expired.', shut: 'key' })).toBe(
      'Stripe refuses access. The key has expired. Nothing was changed.',
    );
    expect(attachRefusal({ kind: 'unknown', final: false })).toContain('try again');
  });
});
