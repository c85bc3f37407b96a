import type { ApiObject } from './api-object.ts';

/** The fields of Stripe's error envelope; an absent field is not sent at all, as Stripe does. */
export interface ErrorFields {
  type: 'invalid_request_error' | 'card_error' | 'idempotency_error' | 'api_error';
  message: string;
  code?: string;
  param?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  charge?: string;
  payment_intent?: ApiObject;
  setup_intent?: ApiObject;
  payment_method?: ApiObject;
  payment_method_type?: string;
}

/**
 * A refusal with its HTTP status. `began` tells whether execution had begun: only then does the idempotency store keep
 * the answer (docs.stripe.com/api/idempotent_requests: failed validation and conflicts are not saved).
 */
export class ApiError extends Error {
  readonly status: number;
  readonly fields: ErrorFields;
  readonly began: boolean;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    fields: ErrorFields,
    options: { began?: boolean; headers?: Record<string, string> } = {},
  ) {
    super(fields.message);
    this.status = status;
    this.fields = fields;
    this.began = options.began ?? false;
    this.headers = options.headers ?? {};
  }
}

/** A request that failed validation: 400, not kept for replay. */
export function invalidRequest(message: string, fields: Partial<ErrorFields> = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...fields });
}

/** A request the state of an object refuses: 400, kept for replay since execution had begun. */
export function refusedByState(message: string, fields: Partial<ErrorFields> = {}): ApiError {
  return new ApiError(400, { type: 'invalid_request_error', message, ...fields }, { began: true });
}

/** 404 for the id in the path (param `id`, observed), 400 for an id in a parameter. */
export function missing(kind: string, id: string, param = 'id'): ApiError {
  const inPath = param === 'id';
  return new ApiError(inPath ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    param,
    message: `No such ${kind}: '${id}'`,
  });
}

/** The JSON body of an error, with the links that Stripe adds. */
export function errorEnvelope(fields: ErrorFields, requestId: string): { error: Record<string, unknown> } {
  const documented = fields.code
    ? { doc_url: `https://stripe.com/docs/error-codes/${fields.code.replaceAll('_', '-')}` }
    : {};
  const link = { request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}` };
  return { error: { ...fields, ...documented, ...link } };
}
