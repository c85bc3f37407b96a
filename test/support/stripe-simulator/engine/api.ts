import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBeforeEffect, type FaultRule, type Faults, serverError } from '../knobs/faults.ts';
import type { LoggedRequest } from '../knobs/request-log.ts';
import type { Webhooks } from '../knobs/webhooks.ts';
import { ApiError, errorEnvelope, invalidRequest } from './errors.ts';
import { expand } from './expand.ts';
import { canonicalForm, decodeForm, type FormHash } from './form.ts';
import { checkContentType, checkKey, checkVersion } from './gate.ts';
import type { Answer, IdempotencyStore } from './idempotency.ts';
import { findRoute, type Route } from './route.ts';
import { newId, type State } from './state.ts';
import { readBody, sendAnswer, spoil } from './transport.ts';

/** What answering a request needs. */
export interface ApiParts {
  state: State;
  routes: readonly Route[];
  apiKey: string;
  faults: Faults;
  idempotency: IdempotencyStore;
  webhooks: Webhooks;
  /** Every request so far. */
  requests: LoggedRequest[];
  /** Told when the connection is done with a request, answered or not. */
  done: (request: LoggedRequest) => void;
  /** Hands out the events that were written, and does what follows a request. */
  finish: () => void;
  /** Waits; ended early when the simulator stops. */
  pause: (milliseconds: number) => Promise<void>;
}

interface Call {
  id: string;
  method: string;
  path: string;
  form: FormHash;
  key: string | null;
  logged: LoggedRequest;
}

/** Answers one request to `/v1/…`. */
export async function answerApi(parts: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  parts.state.clock.runDue();
  parts.finish();
  const id = newId(parts.state, 'req').slice(0, 18);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const body = await readBody(request);
  const key = request.method === 'POST' ? (request.headers['idempotency-key']?.toString() ?? null) : null;
  const logged: LoggedRequest = {
    id,
    method: request.method ?? '',
    path,
    parameters: {},
    idempotencyKey: key,
    at: parts.state.clock.milliseconds(),
    status: null,
    answered: false,
    replayed: false,
    fault: null,
    errorCode: null,
  };
  parts.requests.push(logged);
  response.on('finish', () => {
    logged.answered = true;
  });
  response.on('close', () => parts.done(logged));

  let call: Call;
  let version: string;
  try {
    checkKey(request.headers, parts.apiKey);
    version = checkVersion(request.headers);
    checkContentType(request.headers, body);
    logged.parameters = decodeForm(body === '' ? query : body);
    call = { id, method: logged.method, path, form: logged.parameters, key, logged };
  } catch (error) {
    return send(response, logged, answerOf(error, id));
  }
  const rule = parts.faults.take({ method: call.method, path, parameters: call.form, idempotencyKey: key });
  logged.fault = rule?.kind ?? null;
  const answer = await carryOut(parts, call, rule);
  answer.headers['Stripe-Version'] ??= version;
  if (rule && (await afterEffect(parts, response, answer, rule))) {
    logged.status = rule.kind.endsWith('_before_effect') ? null : answer.status;
    return;
  }
  send(response, logged, answer);
}

/** Does what the fault asks for before the answer. @returns whether it took the answer over */
async function afterEffect(
  parts: ApiParts,
  response: ServerResponse,
  answer: Answer,
  rule: FaultRule,
): Promise<boolean> {
  if (rule.kind === 'slow_after_effect') {
    await parts.pause(rule.milliseconds ?? 0);
  }
  if (rule.kind === 'answer_after_webhooks') {
    await parts.webhooks.settled();
  }
  return spoil(response, answer, rule);
}

const NOTHING: Answer = { status: 0, body: {}, headers: {} };

async function carryOut(parts: ApiParts, call: Call, rule: FaultRule | undefined): Promise<Answer> {
  const refusal = rule && errorBeforeEffect(rule);
  if (refusal) {
    return answerOf(refusal, call.id);
  }
  const skipped = rule?.kind.endsWith('_before_effect') && rule.kind !== 'slow_before_effect';
  if (skipped) {
    return { ...NOTHING, headers: {} };
  }
  if (call.key === null) {
    return decorate(call, await execute(parts, call, rule));
  }
  return carryOutOnce(parts, call, call.key, rule);
}

async function carryOutOnce(parts: ApiParts, call: Call, key: string, rule: FaultRule | undefined): Promise<Answer> {
  try {
    const fingerprint = canonicalForm(call.form);
    const kept = parts.idempotency.begin(key, { endpoint: call.path, fingerprint, id: call.id });
    if (kept) {
      call.logged.replayed = true;
      const { original, ...answer } = kept;
      return decorate(call, {
        ...answer,
        headers: { ...answer.headers, 'Idempotent-Replayed': 'true', 'Original-Request': original },
      });
    }
  } catch (error) {
    return decorate(call, answerOf(error, call.id));
  }
  const answer = await execute(parts, call, rule);
  const failed = rule?.kind === 'server_error_after_effect' ? answerOf(serverError(rule), call.id) : undefined;
  if (answer.began) {
    parts.idempotency.keep(key, failed && rule?.replay !== 'truth' ? failed : answer);
  } else {
    parts.idempotency.forget(key);
  }
  const shown = failed ?? answer;
  return decorate(call, {
    status: shown.status,
    body: shown.body,
    headers: { ...shown.headers, 'Original-Request': call.id },
  });
}

/** Validates, then runs to the end without a pause: nobody sees half an effect. */
async function execute(parts: ApiParts, call: Call, rule: FaultRule | undefined): Promise<Answer & { began: boolean }> {
  if (rule?.kind === 'slow_before_effect') {
    await parts.pause(rule.milliseconds ?? 0);
  }
  const { state } = parts;
  state.currentRequest = { id: call.id, idempotencyKey: call.key };
  try {
    const found = findRoute(parts.routes, call.method, call.path);
    if (!found) {
      const message = `Unrecognized request URL (${call.method}: ${call.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`;
      throw new ApiError(404, { type: 'invalid_request_error', message });
    }
    const prepared = found.route.prepare(call.form);
    const result = prepared.run(state, found.ids);
    return { status: 200, body: expand(state, result, prepared.expand), headers: {}, began: true };
  } catch (error) {
    return { ...answerOf(error, call.id), began: error instanceof ApiError ? error.began : true };
  } finally {
    state.currentRequest = null;
    parts.finish();
  }
}

function answerOf(error: unknown, requestId: string): Answer {
  if (error instanceof ApiError) {
    return { status: error.status, body: errorEnvelope(error.fields, requestId), headers: { ...error.headers } };
  }
  // A fault of the simulator itself must be seen, not taken for a refusal.
  process.stderr.write(`The Stripe simulator failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  const message = `The Stripe simulator failed: ${String(error)}`;
  return {
    status: 500,
    body: errorEnvelope({ type: 'api_error', message }, requestId),
    headers: { 'Stripe-Should-Retry': 'false' },
  };
}

function decorate(call: Call, answer: Answer): Answer {
  const { began: _began, ...rest } = answer as Answer & { began?: boolean };
  return { ...rest, headers: { ...rest.headers, ...(call.key === null ? {} : { 'Idempotency-Key': call.key }) } };
}

function send(response: ServerResponse, logged: LoggedRequest, answer: Answer): void {
  logged.status = answer.status;
  logged.errorCode = (answer.body as { error?: { code?: string } }).error?.code ?? null;
  answer.headers['Request-Id'] = logged.id;
  sendAnswer(response, answer);
}

/** Refuses what is neither the API nor a knob. */
export function unknownPath(response: ServerResponse): void {
  sendAnswer(
    response,
    answerOf(invalidRequest('This is the Stripe simulator: use /v1/… or /_simulator/….'), 'req_none'),
  );
}
