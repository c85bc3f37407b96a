import { createHash } from 'node:crypto';
import { systemActor } from './actor.ts';
import type { PublishedFact } from './module.ts';
import { FactSequenceEntity, PublishedFactEntity, QueuedFactEntity } from './outbox.ts';
import { type Ground, transact } from './transact.ts';
import type { Work } from './work.ts';

/** Facts that one transaction of the relay takes. */
const mostAtOnce = 500;

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
    if (queued.length === 0) return [];
    const chain = await nextLink(work, organizationId);
    const published: PublishedFact[] = [];
    let { sequence, hash } = chain;
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
    await work.rows(
      `delete from ${QueuedFactEntity.meta.tableName} where organization_id = $1 and id = any($2::bigint[])`,
      [organizationId, `{${queued.map((row) => row.queue_id).join(',')}}`],
    );
    return published;
  });
}

async function claim(work: Work, organizationId: string): Promise<QueuedRow[]> {
  return work.rows<QueuedRow>(
    `with claimed as materialized (
       select q.id, q.organization_id, q.fact_id, q.object_id from fact_queue q
       where q.organization_id = $1 order by q.id limit ${mostAtOnce} for update skip locked)
     select c.id as queue_id, f.id, f.organization_id, f.type, f.object_type, f.object_id, f.account_id, f.at, f.recorded_at, f.actor, f.data, f.data::text as data_text
     from claimed c join facts f on f.organization_id = c.organization_id and f.id = c.fact_id
     where not exists (select from fact_queue e where e.organization_id = c.organization_id and e.object_id = c.object_id
                       and e.id < c.id and e.id not in (select id from claimed))
     order by c.id`,
    [organizationId],
  );
}

async function nextLink(work: Work, organizationId: string) {
  const [row] = await work.rows<{ last_sequence: bigint; last_hash: string }>(
    `insert into fact_sequences (organization_id, last_sequence, last_hash) values ($1, 0, 'genesis')
     on conflict (organization_id) do update set last_sequence = fact_sequences.last_sequence
     returning last_sequence, last_hash`,
    [organizationId],
  );
  return { sequence: row!.last_sequence, hash: row!.last_hash };
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
