import { createHash } from 'node:crypto';
import { systemActor } from './actor.ts';
import type { PublishedFact } from './module.ts';
import { FactSequenceEntity, PublishedFactEntity } from './outbox.ts';
import { type Ground, transact } from './transact.ts';
import type { Work } from './work.ts';

/** Facts that one transaction of the relay takes. */
export const mostAtOnce = 500;

interface QueuedRow {
  queue_id: bigint;
  id: string;
  organization_id: string;
  type: string;
  object_type: string;
  object_id: string;
  account_id: string | null;
  at: Date;
  recorded_at: Date;
  actor: string;
  data: Record<string, unknown>;
  data_text: string;
  /** Where the organization's order and chain stand. */
  last_sequence: bigint;
  last_hash: string;
}

/**
 * Moves one organization's queued facts to its published order: gives each the next sequence, links it into the audit
 * chain, takes it off the queue. Facts of one object keep their order: none is taken while an earlier one waits
 * elsewhere. Any number of relays may run; the sequence row makes them take turns.
 */
export async function publishFacts(ground: Ground, organizationId: string): Promise<PublishedFact[]> {
  const scope = { organizations: [organizationId], actor: systemActor('relay'), requestId: null };
  return transact(ground, scope, async (work) => {
    const queued = await claim(work, organizationId);
    const [first] = queued;
    if (!first) return [];
    const published: PublishedFact[] = [];
    let { last_sequence: sequence, last_hash: hash } = first;
    const rows = queued.map((row) => {
      sequence += 1n;
      const previousHash = hash;
      const payloadHash = sha256(payloadOf(row));
      hash = linkHash({ previousHash, sequence, payloadHash, row });
      published.push(toPublished(row, sequence));
      return {
        organizationId,
        sequence,
        factId: row.id,
        queueId: row.queue_id,
        publishedAt: work.recordedAt,
        payloadHash,
        previousHash,
        hash,
      };
    });
    work.insert(PublishedFactEntity, rows);
    work.update(FactSequenceEntity, { organizationId, lastSequence: sequence, lastHash: hash });
    return published;
  });
}

/**
 * Takes facts off the queue and the organization's turn, in this order and in one statement: between a commit and its
 * live update every statement counts. The turn's row is locked as it stands when its lock is there, also where another
 * relay has moved it on meanwhile.
 */
async function claim(work: Work, organizationId: string): Promise<QueuedRow[]> {
  return work.rows<QueuedRow>(
    `with claimed as materialized (
       select q.id, q.organization_id, q.fact_id, q.object_id from fact_queue q
       where q.organization_id = $1 order by q.id limit ${mostAtOnce} for update skip locked),
     taken as materialized (
       select c.* from claimed c
       where not exists (select from fact_queue e where e.organization_id = c.organization_id and e.object_id = c.object_id
                         and e.id < c.id and e.id not in (select id from claimed))),
     gone as (delete from fact_queue q using taken t where q.organization_id = $1 and q.id = t.id),
     turn as (
       insert into fact_sequences (organization_id, last_sequence, last_hash)
       select $1, 0, 'genesis' where exists (select from taken)
       on conflict (organization_id) do update set last_sequence = fact_sequences.last_sequence
       returning last_sequence, last_hash)
     select t.id as queue_id, f.id, f.organization_id, f.type, f.object_type, f.object_id, f.account_id, f.at, f.recorded_at, f.actor, f.data,
       f.data::text as data_text, turn.last_sequence, turn.last_hash
     from turn, taken t join facts f on f.organization_id = t.organization_id and f.id = t.fact_id
     order by t.id`,
    [organizationId],
  );
}

/** What the audit chain covers of a fact's content: the same text that the books rebuild from its row. */
function payloadOf(row: QueuedRow): string {
  const head = JSON.stringify([row.id, row.type, row.object_type, row.object_id, row.account_id]);
  return `${head.slice(0, -1)},${row.data_text}]`;
}

function linkHash(link: { previousHash: string; sequence: bigint; payloadHash: string; row: QueuedRow }): string {
  const { row } = link;
  const text = (value: string) => JSON.stringify(value);
  const micros = BigInt(row.recorded_at.getTime()) * 1000n;
  const parts = [
    text(link.previousHash),
    text(row.organization_id),
    String(link.sequence),
    String(micros),
    text(row.actor),
    text(row.type),
    text(`${row.object_type}:${row.object_id}`),
    text(link.payloadHash),
  ];
  return sha256(`[${parts.join(', ')}]`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function toPublished(row: QueuedRow, sequence: bigint): PublishedFact {
  return {
    id: row.id,
    sequence,
    type: row.type,
    organizationId: row.organization_id,
    objectType: row.object_type,
    objectId: row.object_id,
    accountId: row.account_id,
    at: row.at,
    recordedAt: row.recorded_at,
    data: row.data,
  };
}
