import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';

/** Environment variables by name; an empty one counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets a development start makes for itself and keeps. */
export type GeneratedSecrets = { readonly encryptionKey: string; readonly jwtSecret: string };

/** Everything the environment decides, checked. Frozen. */
export type Config = {
  /** Development: no DATABASE_URL, so the embedded database and generated secrets are used. */
  readonly mode: 'development' | 'production';
  /** Folder of the embedded database and the generated secrets. */
  readonly dataDirectory: string;
  /** Undefined in development: the embedded database says its connections when it has started. */
  readonly database: DatabaseConfig | undefined;
  /** 32 bytes. */
  readonly encryptionKey: Buffer;
  readonly jwtSecret: string;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  readonly smtpUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly stripe: StripeConfig;
  readonly taxIds: TaxIdConfig;
  /** Networks that outgoing webhooks may reach although they are not public. */
  readonly webhookAllowCidrs: readonly string[];
  /** `portIsGiven` false lets the server take the next free port. */
  readonly http: { readonly host: string; readonly port: number; readonly portIsGiven: boolean };
  readonly role: 'api' | 'worker' | 'all';
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly traceEndpoint: string | undefined;
  /** No billing run starts while true. */
  readonly billingPaused: boolean;
  /** `auth`: only for requests with a valid key. */
  readonly introspection: 'on' | 'off' | 'auth';
};

/** Connections of a database of the operator's own. */
export type DatabaseConfig = { readonly runtimeUrl: string; readonly ownerUrl: string | undefined };

/** The Stripe connection of the first organization. */
export type StripeConfig = {
  readonly secretKey: string | undefined;
  /** Several while a secret is being rotated. */
  readonly webhookSecrets: readonly string[];
  readonly apiBase: string;
};

/** Which register of tax ids is asked whether numbers are in use. */
export type TaxIdConfig = {
  readonly register: 'off' | 'vies';
  /** The REST service of VIES, without a slash at its end. */
  readonly viesUrl: string;
  /** For so long an answer is waited for. */
  readonly timeoutMilliseconds: number;
};

/** The configuration is wrong; names every fault, and no value. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}:\n  ${faults.join('\n  ')}`,
    );
    this.faults = faults;
  }
}

/**
 * Reads the process's environment. `needs: 'database'` is for commands that talk to the database and nothing else:
 * they do not ask for what they do not use. Throws a `ConfigError` with all faults.
 */
export function loadConfig(needs: Needs = 'everything'): Config {
  return readConfig(process.env, keptSecrets, needs);
}

/** What a command uses: the whole configuration, the database, or the database as its owner. */
export type Needs = 'everything' | 'database' | 'owner';

/**
 * The configuration an environment describes. Reads nothing but its arguments; `secrets` is asked only in development,
 * for the folder to keep them in. Throws a `ConfigError` with all faults at once.
 */
export function readConfig(
  environment: Environment,
  secrets: (dataDirectory: string) => GeneratedSecrets,
  needs: Needs = 'everything',
): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = variables.safeParse(given);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  faults.push(...faultsOfTheWhole(given, needs));
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults.sort());
  const values = parsed.data;
  const dataDirectory = resolve(values.PERENNIAL_DATA);
  const production = values.DATABASE_URL !== undefined;
  const generated = production ? undefined : secrets(dataDirectory);
  return protect({
    mode: production ? 'production' : 'development',
    dataDirectory,
    database:
      values.DATABASE_URL === undefined
        ? undefined
        : { runtimeUrl: values.DATABASE_URL, ownerUrl: values.MIGRATION_DATABASE_URL },
    encryptionKey: values.ENCRYPTION_KEY ?? keyBytes(generated?.encryptionKey ?? '') ?? Buffer.alloc(0),
    jwtSecret: values.JWT_SECRET ?? generated?.jwtSecret ?? '',
    publicUrl: (values.PUBLIC_URL ?? `http://127.0.0.1:${values.PORT ?? 4000}`).replace(/\/+$/, ''),
    smtpUrl: values.SMTP_URL,
    redisUrl: values.REDIS_URL,
    stripe: {
      secretKey: values.STRIPE_SECRET_KEY,
      webhookSecrets: values.STRIPE_WEBHOOK_SECRET,
      apiBase: values.STRIPE_API_BASE.replace(/\/+$/, ''),
    },
    taxIds: {
      register: values.PERENNIAL_TAX_ID_REGISTER,
      viesUrl: values.PERENNIAL_VIES_URL.replace(/\/+$/, ''),
      timeoutMilliseconds: 10_000,
    },
    webhookAllowCidrs: values.WEBHOOK_ALLOW_CIDRS,
    http: { host: values.HOST, port: values.PORT ?? 4000, portIsGiven: values.PORT !== undefined },
    role: values.ROLE,
    logLevel: values.LOG_LEVEL,
    traceEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    billingPaused: values.BILLING_PAUSED,
    introspection: values.GRAPHQL_INTROSPECTION ?? (production ? 'auth' : 'on'),
  });
}

const address = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)), {
    message: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const database = z.string().refine((text) => isDatabaseUrl(text), {
  message: 'must be like postgresql://role:password@host:5432/database',
});

const list = (rule: (part: string) => boolean, message: string) =>
  z
    .string()
    .default('')
    .transform((text) => text.split(',').map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ''))
    .refine((parts) => parts.every(rule), { message });

const oneOf = <const T extends readonly [string, ...string[]]>(choices: T) =>
  z.enum(choices, { error: `must be one of ${choices.join(', ')}` });

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, { message: 'must be a port between 1 and 65535' });

const encryptionKey = z.string().transform((text, context) => {
  const key = keyBytes(text);
  if (key === undefined)
    context.addIssue({ code: 'custom', message: 'must be 32 bytes, as base64 or as 64 hex digits' });
  return key ?? z.NEVER;
});

const variables = z.object({
  NODE_ENV: z.string().optional(),
  PERENNIAL_DATA: z.string().default('.data'),
  DATABASE_URL: database.optional(),
  MIGRATION_DATABASE_URL: database.optional(),
  ENCRYPTION_KEY: encryptionKey.optional(),
  JWT_SECRET: z.string().min(32, 'must be at least 32 characters long').optional(),
  PUBLIC_URL: address('http', 'https').optional(),
  SMTP_URL: address('smtp', 'smtps').optional(),
  REDIS_URL: address('redis', 'rediss').optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(sk|rk)_(test|live)_\S+$/, 'must be a Stripe secret key (sk_test_…, sk_live_…, rk_test_… or rk_live_…)')
    .optional(),
  STRIPE_WEBHOOK_SECRET: list((part) => /^whsec_\S+$/.test(part), 'must be one or more whsec_… secrets, by commas'),
  STRIPE_API_BASE: address('http', 'https').default('https://api.stripe.com'),
  PERENNIAL_TAX_ID_REGISTER: oneOf(['off', 'vies']).default('off'),
  PERENNIAL_VIES_URL: address('http', 'https').default('https://ec.europa.eu/taxation_customs/vies/rest-api'),
  WEBHOOK_ALLOW_CIDRS: list(isNetwork, 'must be networks like 127.0.0.0/8 or ::1/128, by commas'),
  PORT: port.optional(),
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
    .default('127.0.0.1'),
  ROLE: oneOf(['api', 'worker', 'all']).default('all'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: address('http', 'https').optional(),
  BILLING_PAUSED: oneOf(['1', 'true', '0', 'false'])
    .default('0')
    .transform((text) => text === '1' || text === 'true'),
  GRAPHQL_INTROSPECTION: oneOf(['on', 'off', 'auth']).optional(),
});

/** What only several variables together can get wrong. */
function faultsOfTheWhole(given: Environment, needs: Needs): string[] {
  const faults: string[] = [];
  const missing = (name: string, why: string) => {
    if (given[name] === undefined) faults.push(`${name} is missing: ${why}`);
  };
  if (given.DATABASE_URL !== undefined) {
    if (needs === 'owner') missing('MIGRATION_DATABASE_URL', 'the connection of the role that owns the database');
    if (needs === 'everything') {
      missing('ENCRYPTION_KEY', '32 random bytes, e.g. from: openssl rand -base64 32');
      missing('JWT_SECRET', 'at least 32 random characters, e.g. from: openssl rand -base64 48');
      missing('PUBLIC_URL', 'the address under which customers reach this service');
      missing('SMTP_URL', 'the mail server, e.g. smtps://user:password@mail.example.com');
    }
    if (
      userOf(given.DATABASE_URL) !== undefined &&
      userOf(given.DATABASE_URL) === userOf(given.MIGRATION_DATABASE_URL)
    ) {
      faults.push('DATABASE_URL must name another role than MIGRATION_DATABASE_URL: the runtime role owns nothing');
    }
  } else if (given.MIGRATION_DATABASE_URL !== undefined || given.NODE_ENV === 'production') {
    missing('DATABASE_URL', 'without it an embedded database would be used, which is for development');
  }
  const base = given.STRIPE_API_BASE ?? '';
  if (/^(sk|rk)_live_/.test(given.STRIPE_SECRET_KEY ?? '') && base.startsWith('http://')) {
    faults.push('STRIPE_API_BASE must be https:// for a live STRIPE_SECRET_KEY');
  }
  return faults;
}

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^postgres(ql)?:$/.test(url.protocol) && url.username !== '' && url.pathname.length > 1;
}

function userOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).username || undefined : undefined;
}

function keyBytes(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[\w+/-]{43}=?$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length === 32 ? key : undefined;
}

function isNetwork(text: string): boolean {
  const [base = '', bits = '', ...rest] = text.split('/');
  const family = isIP(base);
  if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  try {
    new BlockList().addSubnet(base, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** Freezes the whole object and keeps it out of logs: printed or serialized, it says only what is no secret. */
function protect(config: Config): Config {
  const { mode, dataDirectory, publicUrl, http, role, logLevel, billingPaused, introspection } = config;
  const shown = { mode, dataDirectory, publicUrl, http, role, logLevel, billingPaused, introspection };
  Object.defineProperty(config, 'toJSON', { value: () => shown });
  Object.defineProperty(config, inspect.custom, { value: () => shown });
  for (const part of [
    config.database,
    config.stripe,
    config.stripe.webhookSecrets,
    config.taxIds,
    config.webhookAllowCidrs,
    http,
  ]) {
    if (part !== undefined) Object.freeze(part);
  }
  return Object.freeze(config);
}

/** Secrets of a development start, made once and kept beside its database, which is of no use without them. */
function keptSecrets(dataDirectory: string): GeneratedSecrets {
  const file = `${dataDirectory}/secrets.json`;
  if (!existsSync(file)) {
    const made: GeneratedSecrets = {
      encryptionKey: randomBytes(32).toString('base64'),
      jwtSecret: randomBytes(48).toString('base64url'),
    };
    mkdirSync(dataDirectory, { recursive: true });
    try {
      writeFileSync(file, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      // Another process was faster: then its secrets count.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  chmodSync(file, 0o600);
  return JSON.parse(readFileSync(file, 'utf8')) as GeneratedSecrets;
}
