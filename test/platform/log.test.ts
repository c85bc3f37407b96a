import { expect, test } from '@jest/globals';
import { createLogger } from '../../src/platform/log.ts';

type Line = Record<string, unknown>;

function recorder(): { lines: Line[]; text: () => string; log: ReturnType<typeof createLogger> } {
  const written: string[] = [];
  const log = createLogger({ destination: { write: (line: string) => void written.push(line) } });
  return {
    log,
    text: () => written.join(''),
    get lines() {
      return written.map((line) => JSON.parse(line) as Line);
    },
  };
}

test('a line is one JSON object with level, time and the fields of its child', () => {
  const record = recorder();
  record.log.child({ requestId: 'req_1' }).info({ accounts: 3, total: 12n }, 'billed');
  expect(record.lines).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      service: 'perennial',
      requestId: 'req_1',
      accounts: 3,
      total: '12',
      msg: 'billed',
    },
  ]);
});

test('secrets are masked by their name, at any depth and in child fields', () => {
  const record = recorder();
  record.log.child({ authorization: 'Bearer hush-hush-1' }).info({
    headers: { Authorization: 'hush-2', 'stripe-signature': 't=1', cookie: 'hush-3' },
    list: [{ password: 'hush-4', clientSecret: 'hush-5', apiKey: 'hush-6', refreshToken: { value: 'hush-7' } }],
    hasPassword: true,
  });
  expect(record.text()).not.toContain('hush');
  expect(record.lines[0]).toMatchObject({ hasPassword: true });
});

test.each([
  ['a password in a URL', 'cannot reach postgresql://app:hush@db/perennial', 'postgresql://app:[redacted]@db'],
  ['a bearer token', 'sent Authorization: Bearer hush.hush.hush', 'Bearer [redacted]'],
  ['a Stripe key', 'used sk_live_hush and whsec_hush', 'sk_live_[redacted]'],
  ['a key of ours', 'used bk_test_hush_hush', 'bk_test_[redacted]'],
])('%s is masked in text, in fields and in errors', (_case, message, expected) => {
  const record = recorder();
  record.log.info(message);
  record.log.info({ note: message });
  record.log.error(new Error(message));
  record.log.error({ err: new Error(message, { cause: new Error(message) }) });
  record.log.error({ err: new Error(message) }, 'failed: %s', message);
  expect(record.lines).toHaveLength(5);
  expect(record.text()).not.toContain('hush');
  for (const line of record.lines) expect(JSON.stringify(line)).toContain(expected);
});

test('card numbers are masked; numbers that only look long are not', () => {
  const record = recorder();
  record.log.info('card 4242 4242 4242 4242 or 4000-0025-0000-3155, instant 1764547200000, total 4242424242424241');
  expect(record.lines[0]?.msg).toBe('card [card] or [card], instant 1764547200000, total 4242424242424241');
});

test('an error keeps what helps to find it, and not the row it was about', () => {
  const record = recorder();
  const error = Object.assign(new TypeError('duplicate key'), { code: '23505', detail: 'Key (email)=(a@b.c) exists' });
  record.log.error({ err: error });
  expect(record.lines[0]).toMatchObject({
    level: 'error',
    msg: 'duplicate key',
    err: { type: 'TypeError', code: '23505', stack: expect.stringContaining('log.test') },
  });
  expect(record.text()).not.toContain('a@b.c');
});
