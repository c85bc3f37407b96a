import { invalidRequest } from '../engine/errors.ts';
import type { StripeSimulator } from '../simulator.ts';
import type { ReleaseOrder } from './delivery-rules.ts';
import { FAULT_KINDS, type FaultKind, type FaultRule } from './faults.ts';

type Body = Record<string, unknown>;
type Action = (simulator: StripeSimulator, body: Body, id: string) => unknown;

/**
 * The knobs over HTTP, for tests in another process: JSON in, JSON out, no key. `POST /_simulator/…` with the path below;
 * `:id` stands for the id of the object.
 */
const ACTIONS: Record<string, Action> = {
  'payment_intents/:id/authenticate': (simulator, body, id) => simulator.world.authenticate(id, outcomeOf(body)),
  'setup_intents/:id/authenticate': (simulator, body, id) => simulator.world.authenticate(id, outcomeOf(body)),
  'payment_intents/:id/finish': (simulator, body, id) =>
    simulator.world.finishDebit(id, outcomeOf(body), textOf(body, 'failure_code')),
  'refunds/:id/move': (simulator, body, id) =>
    simulator.world.moveRefund(
      id,
      oneOf(body, 'status', ['succeeded', 'failed', 'canceled', 'requires_action']),
      textOf(body, 'failure_reason'),
    ),
  'charges/:id/dispute': (simulator, body, id) =>
    simulator.world.dispute(id, textOf(body, 'reason'), body.inquiry === true),
  'disputes/:id/decide': (simulator, body, id) =>
    simulator.world.decideDispute(id, oneOf(body, 'status', ['won', 'lost', 'warning_closed'])),
  'payment_methods/:id/update_card': (simulator, body, id) =>
    simulator.world.updateCard(id, body as { last4?: string }),
  'payment_methods/:id/decline': (simulator, body, id) =>
    simulator.world.declineLater(id, textOf(body, 'decline_code') ?? null),
  events: (simulator, body) => simulator.world.emitEvent(String(body.type), (body.object ?? {}) as object),
  'events/:id/resend': (simulator, body, id) => simulator.webhooks.resend(id, numberOf(body, 'copies', 1)),
  faults: (simulator, body) => {
    const fault = simulator.fail(ruleOf(body));
    return { id: fault.id };
  },
  'faults/lift': (simulator) => simulator.faults.liftAll(),
  'webhooks/hold': (simulator) => simulator.webhooks.hold(),
  'webhooks/release': (simulator, body) => simulator.webhooks.release((body.order ?? 'first_to_last') as ReleaseOrder),
  'webhooks/duplicate': (simulator, body) => simulator.webhooks.duplicate(numberOf(body, 'count', 2), scopeOf(body)),
  'webhooks/drop': (simulator, body) =>
    simulator.webhooks.drop(numberOf(body, 'chance', 1), {
      ...scopeOf(body),
      ...(body.times === undefined ? {} : { times: numberOf(body, 'times', 1) }),
    }),
  'webhooks/delay': (simulator, body) => {
    const from = numberOf(body, 'milliseconds', 0);
    simulator.webhooks.delay(from, numberOf(body, 'to', from));
  },
  'webhooks/reorder': (simulator, body) => simulator.webhooks.reorder(numberOf(body, 'group_size', 5)),
  'webhooks/parallel': (simulator, body) => simulator.webhooks.parallel(body.on !== false),
  'webhooks/reset': (simulator) => simulator.webhooks.reset(),
  'webhooks/rotate_secret': (simulator, body) => ({ secret: simulator.webhooks.rotateSecret(textOf(body, 'secret')) }),
  'webhooks/retire_secrets': (simulator) => simulator.webhooks.retireSecrets(),
  'clock/advance': (simulator, body) => {
    simulator.advance(numberOf(body, 'seconds', 0));
    return { now: simulator.state.clock.seconds() };
  },
  settled: (simulator) => simulator.settled(),
};

/** What can be read: `GET /_simulator/…`. */
const READS: Record<string, (simulator: StripeSimulator, query: URLSearchParams) => unknown> = {
  requests: (simulator) => simulator.requests,
  events: (simulator) => simulator.events,
  faults: (simulator) => simulator.faults.list(),
  'webhooks/deliveries': (simulator) => simulator.webhooks.deliveries,
  'webhooks/held': (simulator) => simulator.webhooks.heldDeliveries,
  book: (simulator, query) => {
    const paymentIntent = query.get('payment_intent');
    const key = query.get('metadata_key');
    const charges = simulator.book.successfulCharges(paymentIntent === null ? {} : { paymentIntent });
    const groups =
      key === null
        ? {}
        : {
            groups: Object.fromEntries(simulator.book.byMetadata(key)),
            charged_twice: simulator.book.chargedTwice(key),
          };
    return { charges, ...groups };
  },
};

/** Carries out a knob's request. @throws ApiError when the knob does not exist or its body is wrong */
export async function control(
  simulator: StripeSimulator,
  method: string,
  path: string,
  query: URLSearchParams,
  body: string,
): Promise<unknown> {
  if (method === 'GET') {
    const read = READS[path];
    if (!read) {
      throw invalidRequest(`The simulator has nothing to read at ${path}: ${Object.keys(READS).join(', ')}`);
    }
    return read(simulator, query);
  }
  const direct = ACTIONS[path];
  const [kind, id = '', ...rest] = path.split('/');
  const action = direct ?? ACTIONS[[kind, ':id', ...rest].join('/')];
  if (!action) {
    throw invalidRequest(`The simulator has no knob ${path}: ${Object.keys(ACTIONS).join(', ')}`);
  }
  return (await action(simulator, parse(body), direct ? '' : id)) ?? { done: true };
}

function parse(body: string): Body {
  if (body === '') {
    return {};
  }
  try {
    return JSON.parse(body) as Body;
  } catch {
    throw invalidRequest('The knobs take JSON.');
  }
}

function outcomeOf(body: Body): 'succeed' | 'fail' {
  return body.outcome === undefined ? 'succeed' : oneOf(body, 'outcome', ['succeed', 'fail']);
}

function textOf(body: Body, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}

function numberOf(body: Body, name: string, otherwise: number): number {
  const value = body[name];
  return typeof value === 'number' ? value : otherwise;
}

function oneOf<const T extends string>(body: Body, name: string, values: readonly T[]): T {
  const found = values.find((value) => value === body[name]);
  if (found === undefined) {
    throw invalidRequest(`Invalid ${name}: must be one of ${values.join(', ')}`, { param: name });
  }
  return found;
}

function scopeOf(body: Body): { types?: string[] } {
  return Array.isArray(body.types) ? { types: body.types.map(String) } : {};
}

function ruleOf(body: Body): FaultRule {
  const kind: FaultKind = oneOf(body, 'kind', FAULT_KINDS);
  const method = textOf(body, 'method');
  const path = textOf(body, 'path');
  return {
    kind,
    ...(method === undefined ? {} : { method }),
    ...(path === undefined ? {} : { path }),
    times: body.times === 'forever' ? Number.POSITIVE_INFINITY : numberOf(body, 'times', 1),
    skip: numberOf(body, 'skip', 0),
    chance: numberOf(body, 'chance', 1),
    milliseconds: numberOf(body, 'milliseconds', 0),
    replay: body.replay === 'truth' ? 'truth' : 'error',
    ...(typeof body.should_retry === 'boolean' ? { shouldRetry: body.should_retry } : {}),
  };
}
