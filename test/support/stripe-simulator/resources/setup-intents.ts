import type Stripe from 'stripe';
import { idOf } from '../engine/api-object.ts';
import { createdListParameters, expandParameter } from '../engine/common-parameters.ts';
import { emit } from '../engine/emit.ts';
import { invalidRequest, missing, refusedByState } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  boolean,
  emptyable,
  identifier,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  type Parsed,
  text,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { newId, type State } from '../engine/state.ts';
import { requireCustomer } from './customer-lookup.ts';
import {
  acceptedTypes,
  automaticMethods,
  automaticSetting,
  checkReturnUrl,
  intentParameters,
  mandateData,
  url,
} from './intent-parameters.ts';
import { checkMicrodeposits, microdepositParameters, waitsForMicrodeposits } from './microdeposits.ts';
import { checkUsable, takeForUse } from './payment-method-use.ts';
import { confirmSetup, succeedSetup, unexpectedSetupState } from './setup-intent-confirm.ts';

const shared = { ...expandParameter, ...intentParameters };

const createParameters = {
  ...shared,
  attach_to_self: notSimulated,
  automatic_payment_methods: automaticMethods,
  confirm: boolean,
  customer: identifier(),
  description: text(1000),
  flow_directions: notSimulated,
  mandate_data: mandateData,
  metadata,
  on_behalf_of: notSimulated,
  return_url: url,
  single_use: notSimulated,
  usage: oneOf('off_session', 'on_session'),
  use_stripe_sdk: boolean,
};

const updateParameters = {
  ...shared,
  allowed_payment_method_types: emptyable(intentParameters.allowed_payment_method_types),
  attach_to_self: notSimulated,
  customer: identifier(),
  description: text(1000),
  flow_directions: notSimulated,
  metadata,
};

const confirmParameters = { ...shared, mandate_data: mandateData, return_url: url, use_stripe_sdk: boolean };

const cancelParameters = {
  ...expandParameter,
  cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer'),
};

const OPEN: readonly string[] = ['requires_payment_method', 'requires_confirmation', 'requires_action'];

/** A SetupIntent by id. @throws ApiError 404 */
export function requireSetupIntent(state: State, id: string): Stripe.SetupIntent {
  const intent = state.setupIntents.get(id);
  if (!intent) {
    throw missing('setupintent', id);
  }
  return intent;
}

function blankSetupIntent(
  state: State,
  given: Parsed<typeof createParameters>,
  customer: string | null,
): Stripe.SetupIntent {
  const id = newId(state, 'seti');
  return {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: given.allowed_payment_method_types ?? null,
    application: null,
    automatic_payment_methods: automaticSetting(given.automatic_payment_methods, given.allowed_payment_method_types),
    cancellation_reason: null,
    client_secret: `${id}_secret_${state.random.text(25)}`,
    created: state.clock.seconds(),
    customer,
    description: given.description ?? null,
    excluded_payment_method_types: given.excluded_payment_method_types ?? null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: mergeMetadata({}, given.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: (given.payment_method_options ?? {}) as Stripe.SetupIntent.PaymentMethodOptions,
    payment_method_types: acceptedTypes(given.allowed_payment_method_types, given.excluded_payment_method_types),
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: given.usage ?? 'off_session',
  };
}

function setMethod(state: State, intent: Stripe.SetupIntent, id: string): void {
  const method = takeForUse(state, id);
  if (!intent.payment_method_types.includes(method.type)) {
    throw invalidRequest(`The PaymentMethod provided (${method.type}) is not allowed for this SetupIntent.`, {
      param: 'payment_method',
    });
  }
  intent.payment_method = method.id;
  intent.status = 'requires_confirmation';
}

function create(state: State, given: Parsed<typeof createParameters>): Stripe.SetupIntent {
  const premature = given.confirm
    ? undefined
    : (['return_url', 'mandate_data'] as const).find((name) => given[name] !== undefined);
  if (premature) {
    throw invalidRequest(`The parameter \`${premature}\` cannot be passed unless \`confirm\` is true.`, {
      param: premature,
    });
  }
  const customer = given.customer === undefined ? null : requireCustomer(state, given.customer, 'customer').id;
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, customer, 'SetupIntent');
  }
  const intent = blankSetupIntent(state, given, customer);
  if (given.confirm) {
    checkReturnUrl(intent.automatic_payment_methods, given.return_url);
  }
  if (given.payment_method !== undefined) {
    setMethod(state, intent, given.payment_method);
  }
  state.setupIntents.set(intent.id, intent);
  state.setupMemory.set(intent.id, {
    offSession: false,
    authenticated: false,
    returnUrl: null,
    mandate: null,
    wrongCodes: 0,
  });
  emit(state, 'setup_intent.created', intent);
  if (given.confirm) {
    confirmSetup(state, intent, {
      returnUrl: given.return_url ?? null,
      hasMandate: (given.mandate_data ?? null) !== null,
    });
  }
  return intent;
}

function update(state: State, intent: Stripe.SetupIntent, given: Parsed<typeof updateParameters>): Stripe.SetupIntent {
  const changesMethod = given.payment_method !== undefined || given.customer !== undefined;
  if (changesMethod && !OPEN.includes(intent.status)) {
    throw unexpectedSetupState(
      intent,
      `You cannot update this SetupIntent because it has a status of ${intent.status}.`,
    );
  }
  const customer =
    given.customer === undefined ? idOf(intent.customer) : requireCustomer(state, given.customer, 'customer').id;
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, customer, 'SetupIntent');
    setMethod(state, intent, given.payment_method);
    intent.next_action = null;
  }
  intent.customer = customer;
  intent.metadata = mergeMetadata(intent.metadata, given.metadata);
  intent.description = given.description === undefined ? intent.description : given.description;
  return intent;
}

function confirm(
  state: State,
  intent: Stripe.SetupIntent,
  given: Parsed<typeof confirmParameters>,
): Stripe.SetupIntent {
  if (!OPEN.includes(intent.status)) {
    throw unexpectedSetupState(
      intent,
      `You cannot confirm this SetupIntent because it has a status of ${intent.status}.`,
    );
  }
  checkReturnUrl(intent.automatic_payment_methods, given.return_url);
  if (given.payment_method !== undefined) {
    checkUsable(state, given.payment_method, idOf(intent.customer), 'SetupIntent');
    setMethod(state, intent, given.payment_method);
  }
  confirmSetup(state, intent, {
    returnUrl: given.return_url ?? null,
    hasMandate: (given.mandate_data ?? null) !== null,
  });
  return intent;
}

function verify(
  state: State,
  intent: Stripe.SetupIntent,
  given: { amounts?: number[]; descriptor_code?: string },
): Stripe.SetupIntent {
  if (!waitsForMicrodeposits(intent)) {
    throw refusedByState(`This SetupIntent does not wait for microdeposits: its status is ${intent.status}.`, {
      code: 'intent_invalid_state',
    });
  }
  checkMicrodeposits(state.setupMemory.get(intent.id)!, given);
  const method = state.paymentMethods.get(idOf(intent.payment_method)!)!;
  state.behaviors.get(method.id)!.verified = true;
  succeedSetup(state, intent, method);
  return intent;
}

/** The operations on SetupIntents. */
export const setupIntentRoutes: Route[] = [
  route('POST', '/v1/setup_intents', createParameters, create),
  route(
    'GET',
    '/v1/setup_intents',
    {
      ...createdListParameters,
      customer: identifier(),
      payment_method: identifier(),
      customer_account: notSimulated,
      attach_to_self: notSimulated,
    },
    (state, given) => {
      const matching = [...state.setupIntents.values()].filter(
        (item) =>
          (given.customer === undefined || item.customer === given.customer) &&
          (given.payment_method === undefined || item.payment_method === given.payment_method),
      );
      return pageOf(matching, given, '/v1/setup_intents', 'setupintent');
    },
  ),
  route('GET', '/v1/setup_intents/:id', { ...expandParameter, client_secret: identifier() }, (state, _given, ids) =>
    requireSetupIntent(state, ids.id!),
  ),
  route('POST', '/v1/setup_intents/:id', updateParameters, (state, given, ids) =>
    update(state, requireSetupIntent(state, ids.id!), given),
  ),
  route('POST', '/v1/setup_intents/:id/confirm', confirmParameters, (state, given, ids) =>
    confirm(state, requireSetupIntent(state, ids.id!), given),
  ),
  route('POST', '/v1/setup_intents/:id/cancel', cancelParameters, (state, given, ids) => {
    const intent = requireSetupIntent(state, ids.id!);
    if (!OPEN.includes(intent.status)) {
      throw unexpectedSetupState(
        intent,
        `You cannot cancel this SetupIntent because it has a status of ${intent.status}.`,
      );
    }
    intent.status = 'canceled';
    intent.cancellation_reason = given.cancellation_reason ?? null;
    intent.next_action = null;
    emit(state, 'setup_intent.canceled', intent);
    return intent;
  }),
  route(
    'POST',
    '/v1/setup_intents/:id/verify_microdeposits',
    { ...expandParameter, ...microdepositParameters },
    (state, given, ids) => verify(state, requireSetupIntent(state, ids.id!), given),
  ),
];
