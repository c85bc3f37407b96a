import { createHash } from 'node:crypto';
import { day, type Row } from './sane-rows.ts';

/** Events, outbox, keys, capacity and recurring revenue. */
export function rest(): Record<string, Row[]> {
  const event = { org_id: 'a', provider: 'stripe', type: 'charge.refunded', livemode: false };
  return {
    provider_events: [
      { id: 'e1', ...event, provider_event_id: 'evt_1', applied_at: day('02-02'), effects: 1 },
      { id: 'e2', ...event, provider_event_id: 'evt_2', ignored_at: day('02-02') },
      { id: 'e3', ...event, provider_event_id: 'evt_3', dead_at: day('02-02') },
    ],
    outbox: [1, 2, 3].map((id) => ({
      id,
      org_id: 'a',
      aggregate_id: 'thing',
      topic: 'made',
      recorded_at: day('02-01'),
      published_at: day('02-01'),
      published_seq: id,
    })),
    idempotency_keys: [
      { key: 'done', request_hash: 'x', state: 'finished', recorded_at: day('02-01'), finished_at: day('02-01') },
    ],
    capacity: [{ resource_id: 'hall', kind: 'seats', capacity: 10, taken: 6, held: 4 }],
    mrr_movements: [
      { id: 'm1', account_id: 'acc', currency: 'EUR', kind: 'new', amount: 1000, at: day('02-01'), fact_id: 'f1' },
      // Half past eleven in the evening of the 10th in New York.
      {
        id: 'm2',
        account_id: 'acc',
        currency: 'EUR',
        kind: 'churn',
        amount: -400,
        at: '2026-02-11T04:30:00Z',
        fact_id: 'f2',
      },
    ],
    mrr_snapshots: [
      { currency: 'EUR', on_date: '2026-02-09', timezone: 'America/New_York', mrr: 1000 },
      { currency: 'EUR', on_date: '2026-02-10', timezone: 'America/New_York', mrr: 600 },
    ],
  };
}

/** Three links, made here and not with the query that judges them. */
export function auditChain(): Row[] {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  let previous = 'genesis';
  return [1, 2, 3].map((seq) => {
    const at = day(`02-0${seq}`);
    // The second's payload was erased; its hash stays.
    const payload = seq === 2 ? null : `{"step":${seq}}`;
    const payloadHash = sha256(payload ?? 'erased');
    const link = ['a', seq, Date.parse(at) * 1000, 'ann', 'made', 'thing:1', payloadHash].map((part) =>
      JSON.stringify(part),
    );
    const row = {
      org_id: 'a',
      seq,
      at,
      actor: 'ann',
      action: 'made',
      target: 'thing:1',
      payload,
      payload_hash: payloadHash,
      prev_hash: previous,
      hash: sha256(`[${[JSON.stringify(previous), ...link].join(', ')}]`),
    };
    previous = row.hash;
    return row;
  });
}
