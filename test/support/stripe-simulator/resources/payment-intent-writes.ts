import type Stripe from 'stripe';
import { checkChargeAmount } from '../data/currencies.ts';
import { idOf } from '../engine/api-object.ts';
import { emit } from '../engine/emit.ts';
import { ApiError, invalidRequest } from '../engine/errors.ts';
import { mergeMetadata, type Parsed } from '../engine/parameters.ts';
import { newId, type State } from '../engine/state.ts';
import { requireCustomer } from './customer-lookup.ts';
import { acceptedTypes, automaticSetting, checkReturnUrl } from './intent-parameters.ts';
import { confirm, unexpectedState } from './payment-intent-confirm.ts';
import type { confirmParameters, createParameters, updateParameters } from './payment-intent-parameters.ts';
import { checkUsable, takeForUse } from './payment-method-use.ts';

type Create = Parsed<typeof createParameters>;
type Update = Parsed<typeof updateParameters>;
type Confirm = Parsed<typeof confirmParameters>;

/** Parameters that have no meaning unless the PaymentIntent is confirmed by the same request. */
const ONLY_WITH_CONFIRM = ['off_session', 'error_on_requires_action', 'mandate', 'mandate_data', 'return_url'] as const;

/** Creates a PaymentIntent and, when asked, confirms it: a refusal then still leaves the PaymentIntent. */
export function createIntent(state: State, given: Create): Stripe.PaymentIntent {
  checkChargeAmount(given.amount, given.currency);
  const premature = given.confirm
    ? undefined
    : ONLY_WITH_CONFIRM.find((name) => given[name] !== undefined && given[name] !== false);
  if (premature) {
    throw invalidRequest(`The parameter \`${premature}\` cannot be passed unless \`confirm\` is true.`, {
      param: premature,
    });
  }
  const customer = given.customer === undefined ? null : requireCustomer(state, given.customer, 'customer').id;
  const automatic = automaticSetting(given.automatic_payment_methods, given.allowed_payment_method_types);
  if (given.confirm && !given.off_session) {
    checkReturnUrl(automatic, given.return_url);
  }
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, customer, 'PaymentIntent');
  }
  const intent = blankIntent(state, given, customer, automatic);
  if (given.payment_method !== undefined) {
    setMethod(state, intent, given.payment_method);
  }
  state.paymentIntents.set(intent.id, intent);
  state.intentMemory.set(intent.id, {
    offSession: false,
    authenticated: false,
    returnUrl: null,
    mandate: null,
    wrongCodes: 0,
  });
  emit(state, 'payment_intent.created', intent);
  if (given.confirm) {
    confirm(state, intent, howToConfirm(given));
  }
  return intent;
}

function blankIntent(
  state: State,
  given: Create,
  customer: string | null,
  automatic: ReturnType<typeof automaticSetting>,
): Stripe.PaymentIntent {
  const id = newId(state, 'pi');
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    amount: given.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: automatic,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: given.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${state.random.text(25)}`,
    confirmation_method: given.confirmation_method ?? 'automatic',
    created: state.clock.seconds(),
    currency: given.currency,
    customer,
    customer_account: null,
    description: given.description ?? null,
    excluded_payment_method_types: given.excluded_payment_method_types ?? null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: mergeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: (given.payment_method_options ?? {}) as Stripe.PaymentIntent.PaymentMethodOptions,
    payment_method_types: acceptedTypes(given.allowed_payment_method_types, given.excluded_payment_method_types),
    payment_record: null,
    processing: null,
    receipt_email: given.receipt_email ?? null,
    review: null,
    setup_future_usage: given.setup_future_usage ?? null,
    shipping: (given.shipping ?? null) as Stripe.PaymentIntent.Shipping | null,
    source: null,
    statement_descriptor: given.statement_descriptor ?? null,
    statement_descriptor_suffix: given.statement_descriptor_suffix ?? null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  };
}

function setMethod(state: State, intent: Stripe.PaymentIntent, id: string): void {
  const method = takeForUse(state, id);
  if (!intent.payment_method_types.includes(method.type)) {
    throw invalidRequest(`The PaymentMethod provided (${method.type}) is not allowed for this PaymentIntent.`, {
      param: 'payment_method',
    });
  }
  if (method.type === 'us_bank_account' && intent.currency !== 'usd') {
    throw invalidRequest(
      `The payment method type us_bank_account cannot be used with the currency ${intent.currency}.`,
      {
        code: 'payment_intent_incompatible_payment_method',
      },
    );
  }
  intent.payment_method = method.id;
  intent.status = 'requires_confirmation';
}

function howToConfirm(given: Create | Confirm) {
  return {
    offSession: given.off_session ?? false,
    errorOnRequiresAction: given.error_on_requires_action ?? false,
    returnUrl: given.return_url ?? null,
    hasMandate: (given.mandate_data ?? null) !== null || given.mandate !== undefined,
  };
}

const OPEN: readonly string[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** Changes a PaymentIntent; what decides about the money only while it is open. */
export function updateIntent(state: State, intent: Stripe.PaymentIntent, given: Update): Stripe.PaymentIntent {
  const frozen = (
    ['amount', 'currency', 'payment_method', 'capture_method', 'customer', 'setup_future_usage'] as const
  ).find((name) => given[name] !== undefined && !OPEN.includes(intent.status));
  if (frozen) {
    throw unexpectedState(
      intent,
      `This PaymentIntent's ${frozen} could not be updated because it has a status of ${intent.status}. You may only update the ` +
        `${frozen} of a PaymentIntent with one of the following statuses: ${OPEN.join(', ')}.`,
    );
  }
  if (given.amount !== undefined || given.currency !== undefined) {
    checkChargeAmount(given.amount ?? intent.amount, given.currency ?? intent.currency);
  }
  const customer =
    given.customer === undefined ? idOf(intent.customer) : requireCustomer(state, given.customer, 'customer').id;
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, customer, 'PaymentIntent');
  }
  applyPlain(intent, given);
  intent.customer = customer;
  if (given.payment_method !== undefined) {
    setMethod(state, intent, given.payment_method);
    intent.next_action = null;
  }
  return intent;
}

function applyPlain(intent: Stripe.PaymentIntent, given: Update): void {
  intent.amount = given.amount ?? intent.amount;
  intent.currency = given.currency ?? intent.currency;
  intent.capture_method = given.capture_method ?? intent.capture_method;
  intent.metadata = mergeMetadata(intent.metadata, given.metadata);
  const unset = [
    'description',
    'receipt_email',
    'statement_descriptor',
    'statement_descriptor_suffix',
    'setup_future_usage',
  ] as const;
  for (const name of unset) {
    if (given[name] !== undefined) {
      intent[name] = given[name];
    }
  }
  if (given.shipping !== undefined) {
    intent.shipping = given.shipping as Stripe.PaymentIntent.Shipping | null;
  }
  if (given.payment_method_options !== undefined) {
    Object.assign(intent.payment_method_options ?? {}, given.payment_method_options);
  }
}

/** Confirms an existing PaymentIntent. @throws ApiError 400 in a state that cannot be confirmed, 402 when refused */
export function confirmIntent(state: State, intent: Stripe.PaymentIntent, given: Confirm): Stripe.PaymentIntent {
  if (!OPEN.includes(intent.status)) {
    const reason =
      intent.status === 'succeeded'
        ? 'because it has already succeeded after being previously confirmed'
        : `because it has a status of ${intent.status}`;
    throw unexpectedState(intent, `You cannot confirm this PaymentIntent ${reason}.`);
  }
  if (given.amount_to_confirm !== undefined && given.amount_to_confirm !== intent.amount) {
    throw invalidRequest('The amount_to_confirm does not match the amount of the PaymentIntent.', {
      code: 'amount_to_confirm_mismatch',
      param: 'amount_to_confirm',
    });
  }
  if (!given.off_session) {
    checkReturnUrl(intent.automatic_payment_methods, given.return_url);
  }
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, idOf(intent.customer), 'PaymentIntent');
    setMethod(state, intent, given.payment_method);
  }
  intent.setup_future_usage =
    given.setup_future_usage === undefined ? intent.setup_future_usage : given.setup_future_usage;
  intent.receipt_email = given.receipt_email === undefined ? intent.receipt_email : given.receipt_email;
  intent.capture_method = given.capture_method ?? intent.capture_method;
  const method = idOf(intent.payment_method);
  if (method !== null && state.behaviors.get(method)!.spent) {
    throw new ApiError(400, {
      type: 'invalid_request_error',
      message: 'The provided PaymentMethod may not be used again.',
    });
  }
  confirm(state, intent, howToConfirm(given));
  return intent;
}
