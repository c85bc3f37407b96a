import type Stripe from 'stripe';
import type { TestBankAccount } from '../data/test-bank-accounts.ts';
import { findTestBankAccount, TEST_ROUTING_NUMBER } from '../data/test-bank-accounts.ts';
import { findTestCard, type TestCard } from '../data/test-cards.ts';
import { type Behavior, newId, type State } from '../engine/state.ts';

const NO_BILLING_DETAILS: Stripe.PaymentMethod.BillingDetails = {
  address: { city: null, country: null, line1: null, line2: null, postal_code: null, state: null },
  email: null,
  name: null,
  phone: null,
  tax_id: null,
};

function base(state: State, type: string): Stripe.PaymentMethod {
  return {
    id: newId(state, 'pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: structuredClone(NO_BILLING_DETAILS),
    created: state.clock.seconds(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type,
  };
}

function remember(state: State, method: Stripe.PaymentMethod, behavior: Partial<Behavior>): Stripe.PaymentMethod {
  state.paymentMethods.set(method.id, method);
  state.behaviors.set(method.id, { setUp: false, verified: false, spent: false, ...behavior });
  return method;
}

/** A new PaymentMethod with an id of its own, as using `pm_card_…` does. It expires in two years' August. */
export function createCardMethod(state: State, card: TestCard): Stripe.PaymentMethod {
  const method = base(state, 'card');
  method.card = {
    brand: card.brand,
    checks: { ...card.checks },
    country: card.country,
    display_brand: card.brand,
    exp_month: 8,
    exp_year: new Date(state.clock.milliseconds()).getUTCFullYear() + 2,
    fingerprint: `fp${card.number}`,
    funding: card.funding,
    generated_from: null,
    last4: card.number.slice(-4),
    networks: { available: [card.brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
  return remember(state, method, { card });
}

/** A new bank account. One given by its numbers must be verified by microdeposits before its first debit. */
export function createBankMethod(state: State, account: TestBankAccount, verified: boolean): Stripe.PaymentMethod {
  const method = base(state, 'us_bank_account');
  method.us_bank_account = {
    account_holder_type: 'individual',
    account_type: 'checking',
    bank_name: 'STRIPE TEST BANK',
    financial_connections_account: null,
    fingerprint: `fp${account.number}`,
    last4: account.number.slice(-4),
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number: TEST_ROUTING_NUMBER,
    status_details: {},
  };
  return remember(state, method, { bankAccount: account, verified });
}

/** Makes a PaymentMethod from a test id (`pm_card_visa`, `pm_usBankAccount_success`); undefined for any other id. */
export function createFromTestId(state: State, id: string): Stripe.PaymentMethod | undefined {
  const card = id.startsWith('pm_') ? findTestCard(id) : undefined;
  if (card) {
    return createCardMethod(state, card);
  }
  const account = findTestBankAccount(id);
  return account && createBankMethod(state, account, true);
}

/** Whether an id is one of the test ids, without making anything. */
export function isTestId(id: string): boolean {
  return (id.startsWith('pm_') && findTestCard(id) !== undefined) || findTestBankAccount(id) !== undefined;
}
