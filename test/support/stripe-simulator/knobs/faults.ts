import { ApiError, type ErrorFields } from '../engine/errors.ts';
import type { FormHash } from '../engine/form.ts';
import type { Random } from '../engine/random.ts';

/** Everything that can go wrong between a caller and Stripe. "Effect" is what the request would have changed. */
export const FAULT_KINDS = [
  /** 409 lock_timeout, no effect. */
  'lock_timeout',
  /** 429 rate_limit, no effect. */
  'rate_limit',
  /** 403: the restricted key lacks the permission; no effect. */
  'permission_denied',
  /** 500, no effect; the key stays free. */
  'server_error_before_effect',
  /** 500 although the effect took place; the 500 is what a retry with the same key replays, unless `replay: 'truth'`. */
  'server_error_after_effect',
  /** 503 with an HTML page, no effect. */
  'html_before_effect',
  /** Never answers, no effect. */
  'no_answer_before_effect',
  /** Never answers, but the effect took place. */
  'no_answer_after_effect',
  /** The connection is reset, no effect. */
  'reset_before_effect',
  /** The connection is reset after the effect. */
  'reset_after_effect',
  /** Effect and status 200, but the connection ends in the middle of the body. */
  'cut_body',
  /** Effect and status 200, but the body is half a JSON text of the announced length. */
  'invalid_json',
  /** Waits `milliseconds` before the effect. */
  'slow_before_effect',
  /** Waits `milliseconds` between the effect and the answer, so that webhooks overtake it. */
  'slow_after_effect',
  /** Answers only after all webhooks of the effect have been delivered. */
  'answer_after_webhooks',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault to inject. */
export interface FaultRule {
  kind: FaultKind;
  /** GET, POST or DELETE; any when absent. */
  method?: string;
  /** The path, in which `*` stands for any text; or an expression. Any path when absent. */
  path?: string | RegExp;
  /** How often it strikes; once when absent. `Infinity` for ever (as text "forever" over HTTP). */
  times?: number;
  /** How many matching requests pass before it strikes. */
  skip?: number;
  /** Strikes with this probability only; 1 when absent. */
  chance?: number;
  /** For the slow kinds. */
  milliseconds?: number;
  /** What a retry with the same key gets after `server_error_after_effect`. */
  replay?: 'error' | 'truth';
  /** The value of a Stripe-Should-Retry header on the injected error. */
  shouldRetry?: boolean;
  /** A further condition. */
  when?: (request: { method: string; path: string; parameters: FormHash; idempotencyKey: string | null }) => boolean;
}

/** An injected fault: how often it struck, and how to lift it. */
export interface InjectedFault {
  readonly id: number;
  readonly rule: FaultRule;
  readonly struck: number;
  lift(): void;
}

interface Active {
  id: number;
  rule: FaultRule;
  struck: number;
  passed: number;
}

/** The faults that wait to strike. */
export interface Faults {
  inject(rule: FaultRule): InjectedFault;
  /** The fault that strikes this request, if any. */
  take(request: {
    method: string;
    path: string;
    parameters: FormHash;
    idempotencyKey: string | null;
  }): FaultRule | undefined;
  liftAll(): void;
  list(): { id: number; kind: FaultKind; struck: number }[];
}

/** @param random decides about faults with a chance */
export function createFaults(random: Random): Faults {
  let active: Active[] = [];
  let lastId = 0;
  return {
    inject: (rule) => {
      lastId += 1;
      const entry: Active = { id: lastId, rule, struck: 0, passed: 0 };
      active.push(entry);
      return {
        id: entry.id,
        rule,
        get struck() {
          return entry.struck;
        },
        lift: () => {
          active = active.filter((other) => other !== entry);
        },
      };
    },
    take: (request) => {
      for (const entry of active) {
        if (entry.struck < (entry.rule.times ?? 1) && fits(entry.rule, request) && strikes(entry, random)) {
          entry.struck += 1;
          return entry.rule;
        }
      }
      return undefined;
    },
    liftAll: () => {
      active = [];
    },
    list: () => active.map(({ id, rule, struck }) => ({ id, kind: rule.kind, struck })),
  };
}

function strikes(entry: Active, random: Random): boolean {
  if (entry.passed < (entry.rule.skip ?? 0)) {
    entry.passed += 1;
    return false;
  }
  return entry.rule.chance === undefined || random.next() < entry.rule.chance;
}

function fits(
  rule: FaultRule,
  request: { method: string; path: string; parameters: FormHash; idempotencyKey: string | null },
): boolean {
  return (
    (rule.method === undefined || rule.method.toUpperCase() === request.method) &&
    (rule.path === undefined || pathFits(rule.path, request.path)) &&
    (rule.when === undefined || rule.when(request))
  );
}

function pathFits(pattern: string | RegExp, path: string): boolean {
  if (pattern instanceof RegExp) {
    return pattern.test(path);
  }
  const expression = pattern
    .split('*')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${expression}$`).test(path);
}

/** The error that a fault without effect answers with; undefined for the other kinds. */
export function errorBeforeEffect(rule: FaultRule): ApiError | undefined {
  const headers: Record<string, string> =
    rule.shouldRetry === undefined ? {} : { 'Stripe-Should-Retry': String(rule.shouldRetry) };
  const error = (status: number, fields: ErrorFields, more: Record<string, string> = {}): ApiError =>
    new ApiError(status, fields, { headers: { ...headers, ...more } });
  if (rule.kind === 'lock_timeout') {
    const message =
      'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. ' +
      'If you see this error intermittently, retry the request.';
    return error(409, { type: 'invalid_request_error', code: 'lock_timeout', message });
  }
  if (rule.kind === 'rate_limit') {
    const message =
      'Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.';
    const fields: ErrorFields = { type: 'invalid_request_error', code: 'rate_limit', message };
    return error(429, fields, { 'Stripe-Rate-Limited-Reason': 'global-rate' });
  }
  if (rule.kind === 'permission_denied') {
    const message =
      "The provided key 'rk_test_*********************lator' does not have the required permissions for this endpoint. " +
      'Having more permissions would allow this request to continue.';
    return error(403, { type: 'invalid_request_error', message });
  }
  return rule.kind === 'server_error_before_effect' ? serverError(rule) : undefined;
}

/** The 500 that Stripe sends when it failed itself. */
export function serverError(rule: FaultRule): ApiError {
  const headers: Record<string, string> =
    rule.shouldRetry === undefined ? {} : { 'Stripe-Should-Retry': String(rule.shouldRetry) };
  const message = 'An unexpected error occurred: something went wrong on our side.';
  return new ApiError(500, { type: 'api_error', message }, { headers });
}
