import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

/** What a mutation may answer in `userErrors`, each with its meaning: the one closed list. */
const userErrorMeanings = {
  NOT_FOUND: 'Nothing with this id, or it belongs to someone else; the two are not told apart.',
  INVALID_INPUT: 'A value is missing, malformed or out of bounds; `path` names it.',
  INVALID_STATE: 'The object is in a status that does not allow this.',
  CONFLICT: 'Something else changed the same object at the same time, or two inputs contradict each other.',
  STALE_PREVIEW: 'What the preview promised does not hold any more; nothing was done, ask for a new preview.',
  STALE_OBJECT: 'The object has changed since the version the caller has seen.',
  ALREADY_EXISTS: 'Another object already has this unique value.',
  IN_USE: 'Other objects still depend on this one.',
  IMMUTABLE: 'The object is published or final and can no longer change.',
  LIMIT_EXCEEDED: 'A limit on the number of objects would be exceeded.',
  CURRENCY_MISMATCH: 'The amounts or objects have different currencies.',
  AMOUNT_TOO_LARGE: 'The amount is more than what is left, owed or allowed.',
  AMOUNT_TOO_SMALL: 'The amount is less than the smallest one that can be collected.',
  ACCOUNT_BLOCKED: 'The account is blocked by dunning and may not buy.',
  PAYMENT_METHOD_REQUIRED: 'The account has no usable payment method.',
  PAYMENT_IN_FLIGHT: 'A payment for the same money is still being decided.',
  TAX_PENDING: 'The tax of the invoice is not known yet, and none is guessed; it becomes known, or is decided by hand.',
  PAYMENT_REFUSED: 'The payment provider refused the request itself, not the payment.',
  INVALID_CREDENTIALS:
    'The e-mail address or the password is wrong (which of them is not told), or the session has ended.',
  NOT_ALLOWED_IN_LIVE: 'Only sandbox organizations may do this.',
  IDEMPOTENCY_KEY_REUSED: 'The idempotency key was used before with another input.',
  IDEMPOTENCY_IN_PROGRESS: 'A request with the same idempotency key is still running.',
} as const;

/** What a request may be refused with, at the top level, as `extensions.code`: the one closed list. */
export const requestErrorCodes = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_REQUEST',
  'BAD_USER_INPUT',
  'PAYLOAD_TOO_LARGE',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'PERSISTED_QUERY_NOT_FOUND',
  'OPERATION_RESOLUTION_FAILURE',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'INTERNAL_SERVER_ERROR',
] as const;

export type UserErrorCode = keyof typeof userErrorMeanings;
export type RequestErrorCode = (typeof requestErrorCodes)[number];
export type ErrorCode = UserErrorCode | RequestErrorCode;

/** The codes of `userErrors` as an object, as GraphQL registers them. */
export const UserErrorCode = Object.freeze(
  Object.fromEntries(Object.keys(userErrorMeanings).map((code) => [code, code])),
) as Readonly<{ [Code in UserErrorCode]: Code }>;

registerEnumType(UserErrorCode, {
  name: 'UserErrorCode',
  description: 'Why a mutation did not do what it was asked to.',
  valuesConfig: Object.fromEntries(
    Object.entries(userErrorMeanings).map(([code, description]) => [code, { description }]),
  ) as Record<UserErrorCode, { description: string }>,
});

/** One thing that is wrong with an input. `path` begins at the argument: `['input', 'lines', '0', 'quantity']`. */
export interface Issue {
  message: string;
  path?: string[];
}

/** What goes with an error; everything here may be shown to the caller. */
export interface ErrorDetails {
  path?: string[];
  /** Several faults of one input; each becomes a user error of its own. */
  issues?: Issue[];
  /** Seconds until the same request may succeed. */
  retryAfter?: number;
}

/**
 * The only error that is meant for the caller. Its message is shown as it is, so it must never repeat what the
 * caller sent. Whatever else is thrown is a fault of ours and is masked at the door.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.details = details;
  }
}

/** The same refusal of what stands in the input under a field: `input.lines` becomes `input.<field>.lines`. */
export function refusalWithin(error: unknown, field: string): unknown {
  if (!(error instanceof DomainError)) return error;
  const deeper = (path: string[]) => (path[0] === 'input' ? ['input', field, ...path.slice(1)] : path);
  const { path, issues, ...details } = error.details;
  return new DomainError(error.code, error.message, {
    ...details,
    ...(path && { path: deeper(path) }),
    ...(issues && { issues: issues.map((one) => (one.path ? { ...one, path: deeper(one.path) } : one)) }),
  });
}

/** True for codes that a mutation answers in `userErrors`; the others refuse the whole request. */
export function isUserErrorCode(code: ErrorCode): code is UserErrorCode {
  return Object.hasOwn(userErrorMeanings, code);
}

/** NOT_FOUND: for missing and foreign objects alike. */
export function notFound(path: string[], message = 'Nothing was found with this id.'): DomainError {
  return new DomainError('NOT_FOUND', message, { path });
}

/** INVALID_INPUT: a value that can be named by its path and is wrong whatever the state of things. */
export function invalidInput(path: string[], message: string): DomainError {
  return new DomainError('INVALID_INPUT', message, { path });
}

/** INVALID_STATE: the status does not allow the move; the message names status and move. */
export function invalidState(message: string, path?: string[]): DomainError {
  return new DomainError('INVALID_STATE', message, path ? { path } : {});
}

/** ALREADY_EXISTS: a unique value is taken. */
export function alreadyExists(path: string[], message: string): DomainError {
  return new DomainError('ALREADY_EXISTS', message, { path });
}

/** CONFLICT: two wishes that exclude each other. */
export function conflict(message: string, path?: string[]): DomainError {
  return new DomainError('CONFLICT', message, path ? { path } : {});
}

/** CURRENCY_MISMATCH: amounts that cannot be put together. */
export function currencyMismatch(path: string[], message: string): DomainError {
  return new DomainError('CURRENCY_MISMATCH', message, { path });
}

/** FORBIDDEN, at the top level: the caller lacks the permission named. */
export function forbidden(permission: string): DomainError {
  return new DomainError('FORBIDDEN', `This needs the permission ${permission}.`);
}

/** UNAUTHENTICATED, at the top level. Why the credentials failed is not told. */
export function unauthenticated(): DomainError {
  return new DomainError('UNAUTHENTICATED', 'Valid credentials are needed.');
}

/** BAD_USER_INPUT, at the top level: a wrong argument of a query, which has no `userErrors`. */
export function badUserInput(path: string[], message: string): DomainError {
  return new DomainError('BAD_USER_INPUT', message, { path });
}
