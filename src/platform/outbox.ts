import { defineEntity, p } from '@mikro-orm/core';
import { columns, tenantFilter, tenantKey } from './columns.ts';

/** What happened, in the past tense, with the state that made it true. Insert-only; `change` alone may be erased. */
export const FactEntity = defineEntity({
  name: 'Fact',
  tableName: 'facts',
  filters: tenantFilter,
  properties: {
    ...tenantKey,
    type: columns.text(),
    objectType: columns.text(),
    objectId: columns.uuid(),
    accountId: columns.uuid().nullable(),
    at: columns.instant(),
    recordedAt: columns.instant(),
    actor: columns.text(),
    requestId: columns.text().nullable(),
    data: columns.data<Record<string, unknown>>(),
    change: columns.data<unknown>().nullable(),
  },
});

/** The outbox: a narrow row beside each fact until the relay has published it. */
export const QueuedFactEntity = defineEntity({
  name: 'QueuedFact',
  tableName: 'fact_queue',
  filters: tenantFilter,
  properties: {
    id: p.bigint('bigint').primary().autoincrement().generated('by default as identity'),
    organizationId: columns.uuid(),
    factId: columns.uuid(),
    objectId: columns.uuid(),
    recordedAt: columns.instant(),
  },
});

export const FactSequenceEntity = defineEntity({
  name: 'FactSequence',
  tableName: 'fact_sequences',
  filters: tenantFilter,
  properties: { organizationId: columns.uuid().primary(), lastSequence: columns.minor(), lastHash: columns.text() },
});

/** The place of a fact in its organization's order, and its link in the audit chain. */
export const PublishedFactEntity = defineEntity({
  name: 'PublishedFact',
  tableName: 'published_facts',
  filters: tenantFilter,
  properties: {
    organizationId: columns.uuid().primary(),
    sequence: p.bigint('bigint').primary(),
    factId: columns.uuid(),
    queueId: columns.minor(),
    publishedAt: columns.instant(),
    payloadHash: columns.text(),
    previousHash: columns.text(),
    hash: columns.text(),
  },
});

/** A fact as a verb announces it. `data` is what live updates and webhooks may see: ids, statuses, amounts; no personal data. */
export interface Fact {
  type: string;
  organizationId: string;
  objectType: string;
  objectId: string;
  accountId: string | null;
  /** The instant on the account's clock at which it became true. */
  at: Date;
  data: Record<string, unknown>;
  /** What the mutation changed, old and new, for the audit; may hold personal data and can be erased. */
  change?: unknown;
}

/** A fact with its place in its organization's order. */
export interface PublishedFact extends Fact {
  id: string;
  sequence: bigint;
  recordedAt: Date;
}
