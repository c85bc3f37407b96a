import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { DomainError, type RequestErrorCode, requestErrorCodes } from '../../platform/errors.ts';
import { isDatabaseAway } from '../../platform/passing-faults.ts';

const requestCodes = new Set<string>(requestErrorCodes);

const statusOfCode: Partial<Record<RequestErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
};

/** The HTTP status of a request that was refused as a whole. */
export function statusOf(code: RequestErrorCode): number {
  return statusOfCode[code] ?? 400;
}

/** A refusal of the whole request, before anything of it runs, as Apollo wants it: with its HTTP status. */
export function refusal(
  code: RequestErrorCode,
  message: string,
  extras: { retryAfter?: number; status?: number; cause?: unknown } = {},
): GraphQLError {
  const headers = new HeaderMap();
  if (code === 'UNAUTHENTICATED') headers.set('www-authenticate', 'Bearer');
  if (extras.retryAfter !== undefined) headers.set('retry-after', String(extras.retryAfter));
  return new GraphQLError(message, {
    originalError: extras.cause as Error | undefined,
    extensions: {
      code,
      ...(extras.retryAfter === undefined ? {} : { retryAfter: extras.retryAfter }),
      http: { status: extras.status ?? statusOf(code), headers },
    },
  });
}

/** What is told while the database does not answer: with status 503, and when to try again, in seconds. */
export const databaseAway = {
  message: 'The database does not answer. Try again in a moment.',
  status: 503,
  retryAfter: 2,
} as const;

/** Turns a refusal of the context's, or that there is no database, into one of the request; everything else stays what it is. */
export function asRefusal(error: unknown): unknown {
  if (isDatabaseAway(error)) {
    const { message, status, retryAfter } = databaseAway;
    return refusal('INTERNAL_SERVER_ERROR', message, { status, retryAfter, cause: error });
  }
  if (!(error instanceof DomainError)) return error;
  const code = requestCodes.has(error.code) ? (error.code as RequestErrorCode) : 'BAD_USER_INPUT';
  const { retryAfter } = error.details;
  return refusal(code, error.message, retryAfter === undefined ? {} : { retryAfter });
}

/** What became of an error: what the caller sees, and whether it is a fault of ours that has to be logged. */
export interface Mapped {
  formatted: GraphQLFormattedError;
  fault: unknown;
}

/**
 * The one mapping of errors to answers. Refusals keep their message and code; what graphql-js says about a
 * document or its variables is kept without the values it quotes; everything else is a fault and is masked.
 */
export function mapError(formatted: GraphQLFormattedError, error: unknown, requestId: string): Mapped {
  const cause = rootCause(error);
  const answer = (code: RequestErrorCode, message: string, extras: object = {}): GraphQLFormattedError => ({
    message,
    ...(formatted.locations ? { locations: formatted.locations } : {}),
    ...(formatted.path ? { path: formatted.path } : {}),
    extensions: { code, ...extras, requestId },
  });
  if (cause instanceof DomainError) {
    const code = requestCodes.has(cause.code) ? (cause.code as RequestErrorCode) : 'BAD_USER_INPUT';
    const { path, retryAfter } = cause.details;
    const extras = { ...(path ? { argumentPath: path } : {}), ...(retryAfter === undefined ? {} : { retryAfter }) };
    return { formatted: answer(code, cause.message, extras), fault: null };
  }
  if (isDatabaseAway(cause)) {
    const { message, retryAfter } = databaseAway;
    return { formatted: answer('INTERNAL_SERVER_ERROR', message, { retryAfter }), fault: cause };
  }
  const known = knownCode(formatted, error, cause);
  if (!known) return { formatted: answer('INTERNAL_SERVER_ERROR', 'Internal server error.'), fault: cause };
  const retryAfter = formatted.extensions?.retryAfter;
  return {
    formatted: answer(known, withoutValues(known, formatted.message), retryAfter === undefined ? {} : { retryAfter }),
    fault: null,
  };
}

function rootCause(error: unknown): unknown {
  let cause = error;
  for (let depth = 0; depth < 8; depth += 1) {
    if (!(cause instanceof GraphQLError) || !cause.originalError) return cause;
    cause = cause.originalError;
  }
  return cause;
}

/** The code of an error that Apollo, graphql-js or this door made on purpose; null for faults. */
function knownCode(formatted: GraphQLFormattedError, error: unknown, cause: unknown): RequestErrorCode | null {
  if (!(error instanceof GraphQLError)) return null;
  if (error.path) {
    // Raised while running: only what the caller wrote into arguments is the caller's.
    return cause instanceof GraphQLError && /^Argument "/.test(cause.message) ? 'BAD_USER_INPUT' : null;
  }
  const code = String(formatted.extensions?.code);
  if (code === 'INTERNAL_SERVER_ERROR') {
    const status = (error.extensions.http as { status?: number } | undefined)?.status ?? 500;
    return status >= 400 && status < 500 ? 'BAD_REQUEST' : null;
  }
  if (code === 'PERSISTED_QUERY_NOT_SUPPORTED') return 'BAD_REQUEST';
  return requestCodes.has(code) ? (code as RequestErrorCode) : null;
}

/** The message without what it quotes of values: those may be secrets, and answers end up in logs. */
function withoutValues(code: RequestErrorCode, message: string): string {
  switch (code) {
    case 'GRAPHQL_PARSE_FAILED':
      return message.startsWith('Syntax Error')
        ? message.replace(/(String|BlockString|Int|Float|Name) ".*"(?=[.,]|$)/gs, '$1')
        : 'The document cannot be parsed.';
    case 'OPERATION_RESOLUTION_FAILURE':
      return 'The document has no operation of this name, or several and none was named.';
    case 'GRAPHQL_VALIDATION_FAILED':
    case 'BAD_USER_INPUT':
      return reasonOf(message);
    default:
      return message;
  }
}

/** What graphql-js says of a value it will not take, cut before the value. */
export function reasonOf(reason: string): string {
  const withoutGuess = reason.replace(/ Did you mean .*$/s, '');
  const builtIn = /^((?:Int|Float|String|Boolean|ID) cannot represent [^:]*)/.exec(withoutGuess);
  if (builtIn) return `${builtIn[1]}.`;
  const member = /^Value .* does not exist in "([_A-Za-z0-9]+)" enum/s.exec(withoutGuess);
  const kind = member ?? /^Enum "([_A-Za-z0-9]+)" cannot represent/.exec(withoutGuess);
  if (kind) return `The value is not one of the enum "${kind[1]}".`;
  const found = /^(Expected value of type "[^"]+"), found /.exec(withoutGuess);
  if (found) return `${found[1]}.`;
  const custom = /^(Expected type "[^"]+"\.) ./s.exec(withoutGuess);
  if (custom) return custom[1] ?? withoutGuess;
  const argument = /^(Argument "[_A-Za-z0-9]+") has invalid value/.exec(withoutGuess);
  return argument ? `${argument[1]} has an invalid value.` : withoutGuess;
}
