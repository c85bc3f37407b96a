import type Stripe from 'stripe';
import { expandParameter, listParameters } from '../engine/common-parameters.ts';
import { invalidRequest, missing } from '../engine/errors.ts';
import { pageOf } from '../engine/pagination.ts';
import {
  arrayOf,
  boolean,
  identifier,
  mergeMetadata,
  metadata,
  notSimulated,
  oneOf,
  required,
  text,
} from '../engine/parameters.ts';
import { type Route, route } from '../engine/route.ts';
import { API_VERSION, type EndpointRecord, KNOWN_VERSIONS, newId, type State } from '../engine/state.ts';
import { url } from './intent-parameters.ts';

const enabledEvents = arrayOf(identifier(100));

const createParameters = {
  ...expandParameter,
  enabled_events: required(enabledEvents),
  url: required(url),
  api_version: oneOf(...KNOWN_VERSIONS),
  connect: notSimulated,
  description: text(),
  metadata,
};

const updateParameters = {
  ...expandParameter,
  description: text(),
  disabled: boolean,
  enabled_events: enabledEvents,
  metadata,
  url,
};

/** Registers a receiver. Its events carry one signature per secret. */
export function registerEndpoint(
  state: State,
  given: { url: string; enabledEvents: string[]; secrets: string[]; apiVersion?: string },
): EndpointRecord {
  const endpoint: Stripe.WebhookEndpoint = {
    id: newId(state, 'we'),
    object: 'webhook_endpoint',
    api_version: given.apiVersion ?? API_VERSION,
    application: null,
    created: state.clock.seconds(),
    description: null,
    enabled_events: given.enabledEvents,
    livemode: false,
    metadata: {},
    status: 'enabled',
    url: given.url,
  };
  const record = { endpoint, secrets: given.secrets };
  state.endpoints.set(endpoint.id, record);
  return record;
}

/** A new signing secret. */
export function newSecret(state: State): string {
  return `whsec_${state.random.text(32)}`;
}

function requireEndpoint(state: State, id: string): EndpointRecord {
  const record = state.endpoints.get(id);
  if (!record) {
    throw missing('webhook endpoint', id);
  }
  return record;
}

function checkEvents(names: string[]): void {
  if (names.length === 0) {
    throw invalidRequest('You must enable at least one event.', { param: 'enabled_events' });
  }
}

/** The operations on webhook endpoints. The secret is in the answer to the creation, and never again. */
export const webhookEndpointRoutes: Route[] = [
  route('POST', '/v1/webhook_endpoints', createParameters, (state, given) => {
    checkEvents(given.enabled_events);
    const record = registerEndpoint(state, {
      url: given.url,
      enabledEvents: given.enabled_events,
      secrets: [newSecret(state)],
      ...(given.api_version === undefined ? {} : { apiVersion: given.api_version }),
    });
    record.endpoint.metadata = mergeMetadata({}, given.metadata);
    record.endpoint.description = given.description ?? null;
    return { ...record.endpoint, secret: record.secrets[0] };
  }),
  route('GET', '/v1/webhook_endpoints', listParameters, (state, given) =>
    pageOf(
      [...state.endpoints.values()].map((record) => record.endpoint),
      given,
      '/v1/webhook_endpoints',
      'webhook endpoint',
    ),
  ),
  route(
    'GET',
    '/v1/webhook_endpoints/:id',
    expandParameter,
    (state, _given, ids) => requireEndpoint(state, ids.id!).endpoint,
  ),
  route('POST', '/v1/webhook_endpoints/:id', updateParameters, (state, given, ids) => {
    const { endpoint } = requireEndpoint(state, ids.id!);
    if (given.enabled_events) {
      checkEvents(given.enabled_events);
    }
    endpoint.enabled_events = given.enabled_events ?? endpoint.enabled_events;
    endpoint.url = given.url ?? endpoint.url;
    endpoint.status = given.disabled === undefined ? endpoint.status : given.disabled ? 'disabled' : 'enabled';
    endpoint.metadata = mergeMetadata(endpoint.metadata, given.metadata);
    endpoint.description = given.description === undefined ? endpoint.description : given.description;
    return endpoint;
  }),
  route('DELETE', '/v1/webhook_endpoints/:id', {}, (state, _given, ids) => {
    const { endpoint } = requireEndpoint(state, ids.id!);
    state.endpoints.delete(endpoint.id);
    return { id: endpoint.id, object: 'webhook_endpoint', deleted: true };
  }),
];
