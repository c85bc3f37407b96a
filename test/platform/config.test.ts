import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { ConfigError, type Environment, type Needs, readConfig } from '../../src/config.ts';

const secrets = () => ({ encryptionKey: Buffer.alloc(32, 7).toString('base64'), jwtSecret: 'j'.repeat(40) });

const production: Environment = {
  DATABASE_URL: 'postgresql://app:app-password@db.example.com/perennial',
  MIGRATION_DATABASE_URL: 'postgresql://owner:owner-password@db.example.com/perennial',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  JWT_SECRET: 'a-secret-that-is-long-enough-to-sign-with',
  PUBLIC_URL: 'https://billing.example.com/',
  SMTP_URL: 'smtps://mailer:mail-password@mail.example.com',
};

const faultsOf = (environment: Environment, needs?: Needs): readonly string[] => {
  try {
    readConfig(environment, secrets, needs);
    return [];
  } catch (error) {
    return (error as ConfigError).faults;
  }
};

test('without any variable it is a development start on loopback, with secrets of its own', () => {
  const config = readConfig({}, secrets);
  expect(config).toMatchObject({
    mode: 'development',
    database: undefined,
    publicUrl: 'http://127.0.0.1:4000',
    http: { host: '127.0.0.1', port: 4000, portIsGiven: false },
    role: 'all',
    introspection: 'on',
    billingPaused: false,
  });
  expect(config.encryptionKey).toEqual(Buffer.alloc(32, 7));
});

test('a whole production configuration is read as written', () => {
  const config = readConfig(
    {
      ...production,
      REDIS_URL: 'rediss://cache:6380',
      STRIPE_SECRET_KEY: 'sk_test_abc',
      STRIPE_WEBHOOK_SECRET: 'whsec_new, whsec_old',
      STRIPE_API_BASE: 'http://127.0.0.1:12111',
      WEBHOOK_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
      PORT: '8080',
      HOST: '0.0.0.0',
      ROLE: 'worker',
      LOG_LEVEL: 'warn',
      BILLING_PAUSED: 'true',
      GRAPHQL_INTROSPECTION: 'off',
    },
    () => {
      throw new Error('production makes no secrets');
    },
  );
  expect(config).toMatchObject({
    mode: 'production',
    database: { runtimeUrl: production.DATABASE_URL, ownerUrl: production.MIGRATION_DATABASE_URL },
    publicUrl: 'https://billing.example.com',
    redisUrl: 'rediss://cache:6380',
    stripe: { secretKey: 'sk_test_abc', webhookSecrets: ['whsec_new', 'whsec_old'], apiBase: 'http://127.0.0.1:12111' },
    webhookAllowCidrs: ['127.0.0.0/8', '::1/128'],
    http: { host: '0.0.0.0', port: 8080, portIsGiven: true },
    role: 'worker',
    logLevel: 'warn',
    billingPaused: true,
    introspection: 'off',
  });
});

test('an encryption key may be written in hex too', () => {
  const hex = Buffer.alloc(32, 9).toString('hex');
  expect(readConfig({ ...production, ENCRYPTION_KEY: hex }, secrets).encryptionKey).toEqual(Buffer.alloc(32, 9));
});

test('all faults are told at once, the wrong and the missing together', () => {
  const names = faultsOf({
    DATABASE_URL: 'mysql://app@db/perennial',
    ENCRYPTION_KEY: 'too-short',
    JWT_SECRET: 'short',
    REDIS_URL: 'http://cache',
    STRIPE_SECRET_KEY: 'pk_test_1',
    STRIPE_WEBHOOK_SECRET: 'whsec_1,nonsense',
    STRIPE_API_BASE: 'not a url',
    WEBHOOK_ALLOW_CIDRS: '10.0.0.0/33',
    PORT: '70000',
    HOST: 'a host',
    ROLE: 'boss',
    LOG_LEVEL: 'loud',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'collector',
    BILLING_PAUSED: 'maybe',
    GRAPHQL_INTROSPECTION: 'sometimes',
  }).map((fault) => fault.split(' ')[0]);
  expect(names).toEqual([
    'BILLING_PAUSED',
    'DATABASE_URL',
    'ENCRYPTION_KEY',
    'GRAPHQL_INTROSPECTION',
    'HOST',
    'JWT_SECRET',
    'LOG_LEVEL',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'PORT',
    'PUBLIC_URL',
    'REDIS_URL',
    'ROLE',
    'SMTP_URL',
    'STRIPE_API_BASE',
    'STRIPE_SECRET_KEY',
    'STRIPE_WEBHOOK_SECRET',
    'WEBHOOK_ALLOW_CIDRS',
  ]);
});

test.each([
  ['an owner without a runtime role', { MIGRATION_DATABASE_URL: 'postgresql://o:p@db/x' }, 'DATABASE_URL'],
  ['production without a database', { NODE_ENV: 'production' }, 'DATABASE_URL'],
  ['the owner as runtime role', { ...production, DATABASE_URL: 'postgresql://owner:p@db/x' }, 'DATABASE_URL'],
  [
    'a live key sent in the clear',
    { ...production, STRIPE_SECRET_KEY: 'sk_live_1', STRIPE_API_BASE: 'http://127.0.0.1:12111' },
    'STRIPE_API_BASE',
  ],
])('%s is refused', (_case, environment, name) => {
  const faults = faultsOf(environment);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${name} `));
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', REDIS_URL: ' ' }, secrets)).toMatchObject({
    http: { port: 4000 },
    redisUrl: undefined,
  });
});

test('a command asks only for what it uses', () => {
  const { DATABASE_URL, MIGRATION_DATABASE_URL } = production;
  expect(faultsOf({ DATABASE_URL }, 'database')).toEqual([]);
  expect(faultsOf({ DATABASE_URL }, 'owner')).toEqual([expect.stringContaining('MIGRATION_DATABASE_URL is missing')]);
  expect(faultsOf({ DATABASE_URL, MIGRATION_DATABASE_URL }, 'owner')).toEqual([]);
  expect(faultsOf({ DATABASE_URL, ROLE: 'boss' }, 'database')).toHaveLength(1);
});

test('no secret is told by a fault, by printing or by serializing', () => {
  const text = [
    new ConfigError(faultsOf({ ...production, ENCRYPTION_KEY: 'hush-hush-key', JWT_SECRET: 'hush-hush' })).message,
    inspect(readConfig(production, secrets), { depth: 9 }),
    JSON.stringify(readConfig(production, secrets)),
  ].join('\n');
  for (const secret of ['hush', 'app-password', 'owner-password', 'mail-password', production.JWT_SECRET as string]) {
    expect(text).not.toContain(secret);
  }
  expect(text).toContain('https://billing.example.com');
});

test('the configuration cannot be changed', () => {
  const config = readConfig(production, secrets);
  for (const part of [config, config.http, config.stripe, config.database, config.stripe.webhookSecrets]) {
    expect(Object.isFrozen(part)).toBe(true);
  }
});
