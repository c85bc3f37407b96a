import type { Breaks } from './breaks.ts';

const event = (id: string, changes: string) => `update provider_events set ${changes} where id = '${id}'`;
const outbox = (id: number, changes: string) => `update outbox set ${changes} where id = ${id}`;
const audit = (seq: number, changes: string) => `update audit_log set ${changes} where seq = ${seq}`;

/** Makes the hash of a link right again, as a forger would who knows how it is made. */
const rehash = (seq: number) =>
  audit(
    seq,
    `hash = encode(sha256(convert_to(jsonb_build_array(prev_hash, org_id, seq, (extract(epoch from at) * 1000000)::bigint,
      actor, action, target, payload_hash)::text, 'utf8')), 'hex')`,
  );

/** Events of providers, the outbox, idempotency keys, the audit chain. */
export const machineryBreaks: Breaks = {
  I30: {
    'an event recorded twice': event('e2', `provider_event_id = 'evt_1'`),
    'an event with two effects': event('e1', 'effects = 2'),
    'an effect of what was not applied': event('e1', 'applied_at = null'),
  },
  I31: { 'an event nobody dealt with': event('e2', 'ignored_at = null') },
  I32: {
    'a fact that waits for over a minute': outbox(3, 'published_at = null, published_seq = null'),
  },
  I33: {
    'published in another order': `${outbox(1, 'published_seq = 4')}; ${outbox(2, 'published_seq = 3')}`,
    'published before one that waits': outbox(1, 'published_at = null, published_seq = null'),
    'one place for two': `insert into outbox values (9, 'a', 'other', 'made', now(), now(), 3, null)`,
  },
  I34: { 'a key that is stuck': `update idempotency_keys set state = 'started', finished_at = null` },
  I35: {
    'a link is gone': `delete from audit_log where seq = 2`,
    'the first link is gone': `delete from audit_log where seq = 1`,
    'a link at another place': `${audit(3, 'seq = 5')}; ${rehash(5)}`,
    'a link to something else': `${audit(3, `prev_hash = repeat('0', 64)`)}; ${rehash(3)}`,
    'a payload that was changed': audit(1, `payload = '{"step":9}'`),
    'another actor': audit(3, `actor = 'eve'`),
    'another time': audit(3, `at = at + interval '1 microsecond'`),
    'another target': audit(3, `target = 'thing:2'`),
    'another action': audit(3, `action = 'unmade'`),
    'a payload changed with its hash': `${audit(3, `payload = 'lie', payload_hash = encode(sha256('lie'), 'hex')`)}`,
    'a link forged well, and the next one not': `${audit(2, `actor = 'eve'`)}; ${rehash(2)}`,
  },
  I37: {
    'in doubt for over a day': `update payment_attempts set status = 'unknown', recorded_at = now() - interval '25 hours' where id = 'at-open'`,
    'pending beyond the slowest method': `update payment_attempts set recorded_at = now() - interval '31 days' where id = 'at-open'`,
  },
};
