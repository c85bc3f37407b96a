import type Stripe from 'stripe';
import { expandParameter } from '../engine/common-parameters.ts';
import { type Route, route } from '../engine/route.ts';
import type { State } from '../engine/state.ts';

function ownAccount(state: State): Stripe.Account {
  return {
    id: state.accountId,
    object: 'account',
    business_type: 'company',
    capabilities: { card_payments: 'active', transfers: 'active', us_bank_account_ach_payments: 'active' },
    charges_enabled: true,
    country: 'US',
    default_currency: 'usd',
    details_submitted: true,
    email: 'simulator@example.com',
    metadata: {},
    payouts_enabled: true,
    type: 'standard',
  };
}

/** The operations on the account that the key belongs to. */
export const accountRoutes: Route[] = [route('GET', '/v1/account', expandParameter, (state) => ownAccount(state))];
