import type Stripe from 'stripe';
import type { TestBankAccount } from '../data/test-bank-accounts.ts';
import type { TestCard } from '../data/test-cards.ts';
import type { TaxRecord } from '../resources/tax.ts';
import type { SimulatorClock } from './clock.ts';
import type { Random } from './random.ts';

/** The API version that the simulator speaks: the one the pinned SDK sends. */
export const API_VERSION = '2026-10-28.endive';
/** Versions with the same shapes; all others are refused, since their shapes are not rendered. */
export const KNOWN_VERSIONS: readonly string[] = [API_VERSION, '2026-09-30.endive'];

/** What lies behind a PaymentMethod and is not shown by the API. */
export interface Behavior {
  card?: TestCard;
  bankAccount?: TestBankAccount;
  /** Authenticated once for later off-session use. */
  setUp: boolean;
  /** Verified by microdeposits. */
  verified: boolean;
  /** Used without a customer, or detached: may never be used again. */
  spent: boolean;
  /** Declines every later charge with this code: set by a test. */
  forcedDecline?: string;
}

/** What a PaymentIntent remembers between its steps and does not show. */
export interface IntentMemory {
  offSession: boolean;
  /** Set once the customer authenticated the attempt that is under way. */
  authenticated: boolean;
  returnUrl: string | null;
  mandate: string | null;
  wrongCodes: number;
}

/** The API call that is being carried out; null while the simulator acts by itself. */
export interface CurrentRequest {
  id: string;
  idempotencyKey: string | null;
}

/** A registered receiver of events, with the secrets that sign for it now. */
export interface EndpointRecord {
  endpoint: Stripe.WebhookEndpoint;
  secrets: string[];
}

/** Everything the simulator knows. Maps keep the order of creation. */
export interface State {
  readonly clock: SimulatorClock;
  readonly random: Random;
  readonly baseUrl: () => string;
  readonly accountId: string;
  currentRequest: CurrentRequest | null;
  readonly customers: Map<string, Stripe.Customer | Stripe.DeletedCustomer>;
  readonly paymentMethods: Map<string, Stripe.PaymentMethod>;
  readonly behaviors: Map<string, Behavior>;
  readonly setupIntents: Map<string, Stripe.SetupIntent>;
  readonly setupMemory: Map<string, IntentMemory>;
  readonly paymentIntents: Map<string, Stripe.PaymentIntent>;
  readonly intentMemory: Map<string, IntentMemory>;
  readonly charges: Map<string, Stripe.Charge>;
  readonly refunds: Map<string, Stripe.Refund>;
  readonly disputes: Map<string, Stripe.Dispute>;
  readonly balanceTransactions: Map<string, Stripe.BalanceTransaction>;
  readonly taxCalculations: Map<string, TaxRecord>;
  readonly taxTransactions: Map<string, TaxRecord>;
  readonly events: Map<string, Stripe.Event>;
  readonly endpoints: Map<string, EndpointRecord>;
  /** Events not yet handed to the deliverer; it takes them when the request has been carried out. */
  outbox: Stripe.Event[];
  /** Work that follows the request at once, such as the dispute of a test card. */
  afterRequest: (() => void)[];
}

/** An empty account. */
export function createState(options: { clock: SimulatorClock; random: Random; baseUrl: () => string }): State {
  return {
    ...options,
    accountId: `acct_1${options.random.text(15)}`,
    currentRequest: null,
    customers: new Map(),
    paymentMethods: new Map(),
    behaviors: new Map(),
    setupIntents: new Map(),
    setupMemory: new Map(),
    paymentIntents: new Map(),
    intentMemory: new Map(),
    charges: new Map(),
    refunds: new Map(),
    disputes: new Map(),
    balanceTransactions: new Map(),
    taxCalculations: new Map(),
    taxTransactions: new Map(),
    events: new Map(),
    endpoints: new Map(),
    outbox: [],
    afterRequest: [],
  };
}

/** A new id such as `pi_3Ab…`; long enough never to meet another one. */
export function newId(state: State, prefix: string): string {
  return `${prefix}_${state.random.text(24)}`;
}
