import { types } from 'node:util';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

const SECRET_NAME =
  /authorization|cookie|password|passphrase|secret|token|api[-_]?key|private[-_]?key|encryption[-_]?key/i;
const CONNECTION_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+@/gi;
const BEARER = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
const KEY = /\b((?:sk|rk|bk)_(?:test|live)_|whsec_)[\w-]+/g;
// Card numbers begin with 2 to 6; instants in milliseconds, which have as many digits, begin with 1.
const DIGITS = /(?<![\w-])[2-6](?:[ -]?\d){12,18}(?![\w-])/g;
const DEEPEST = 8;

/**
 * A logger that writes one JSON object a line. Values under names like `password`, `token` or `authorization`, keys,
 * passwords in URLs, and card numbers are masked wherever they stand, in messages and errors too.
 * Use `logger.child({ requestId })` to carry fields along.
 */
export function createLogger(options: { level?: string; destination?: DestinationStream } = {}): Logger {
  const settings: LoggerOptions = {
    level: options.level ?? 'info',
    base: { service: 'perennial' },
    timestamp: pino.stdTimeFunctions.isoTime,
    // Errors are plain objects by then.
    serializers: { err: (error: unknown) => error },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => redact(fields) as Record<string, unknown>,
    },
    hooks: {
      logMethod(values, method) {
        const clean = [openingOf(values), ...values.slice(1).map((value: unknown) => redact(value))];
        Reflect.apply(method, this, clean);
      },
    },
  };
  const logger: Logger = options.destination ? pino(settings, options.destination) : pino(settings);
  // Children do without their parent's formatter for fields; they inherit this method, though.
  const child = logger.child;
  logger.child = function clean(this: Logger, fields: object, ...rest: unknown[]) {
    return Reflect.apply(child, this, [redact(fields), ...rest]);
  } as typeof child;
  return logger;
}

/** Where no message is given, pino takes that of the error as it is: give it a clean one. */
function openingOf([first, ...rest]: unknown[]): unknown {
  if (typeof first === 'string') return redactText(first);
  if (types.isNativeError(first))
    return { err: first, ...(rest.length === 0 ? { msg: redactText(first.message) } : {}) };
  const error = (first as { err?: unknown } | null | undefined)?.err;
  if (types.isNativeError(error) && rest.length === 0) return { msg: redactText(error.message), ...(first as object) };
  return first;
}

/** A copy of any value with everything masked that must not be written down. Pure. */
function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || types.isDate(value)) return value;
  if (depth >= DEEPEST) return '[deep]';
  if (types.isNativeError(value)) return redactError(value, depth);
  if (ArrayBuffer.isView(value)) return '[bytes]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return redact(value.toJSON(), depth + 1);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, maskOrRedact(name, item, depth)]));
}

function maskOrRedact(name: string, item: unknown, depth: number): unknown {
  const secret = SECRET_NAME.test(name) && item !== undefined && item !== null && typeof item !== 'boolean';
  return secret ? '[redacted]' : redact(item, depth + 1);
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const fields = redact({ ...error }, depth + 1) as Record<string, unknown>;
  // PostgreSQL puts the values of the offending row here.
  delete fields.detail;
  return {
    ...fields,
    type: error.name,
    message: redactText(error.message),
    stack: redactText(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}

function redactText(text: string): string {
  return text
    .replace(CONNECTION_PASSWORD, '$1[redacted]@')
    .replace(BEARER, '$1 [redacted]')
    .replace(KEY, '$1[redacted]')
    .replace(DIGITS, (digits) => (looksLikeCard(digits) ? '[card]' : digits));
}

/** The check digit of card numbers (ISO/IEC 7812-1, Luhn). */
function looksLikeCard(text: string): boolean {
  const digits = [...text.replace(/\D/g, '')].reverse().map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const weighed = index % 2 === 1 ? digit * 2 : digit;
    return total + (weighed > 9 ? weighed - 9 : weighed);
  }, 0);
  return sum % 10 === 0 && digits.some((digit) => digit !== 0);
}
