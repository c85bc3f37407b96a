import { eventCursor } from '../../platform/event-text.ts';
import type { Followed } from '../../platform/fact-follower.ts';
import type { HeardFact } from '../../platform/fact-stream.ts';
import { toGlobalId } from '../../platform/id.ts';
import { eventTypeOf, type InvoiceEventType, invoiceEventMeanings } from './live.enums.ts';
import { InvoiceEvent } from './live.graphql.ts';

/** Facts of one invoice. */
export function wantedInvoice(uuid: string): (fact: HeardFact) => boolean {
  return (fact) =>
    fact.objectType === 'invoice' && fact.objectId === uuid && eventTypeOf(fact.type) in invoiceEventMeanings;
}

/** One event for all who are told of a fact. */
const events = new WeakMap<HeardFact, InvoiceEvent>();

export function toInvoiceEvent(organizationId: string, followed: Followed): InvoiceEvent {
  if (followed.kind === 'gap') return gapIn(organizationId, followed.sequence);
  const { fact } = followed;
  const known = events.get(fact);
  if (known) return known;
  const made = Object.assign(new InvoiceEvent(), {
    heardAt: fact.heardAt,
    id: toGlobalId('evt', fact.id),
    cursor: eventCursor(organizationId, fact.sequence),
    sequence: fact.sequence,
    occurredAt: fact.at,
    accountId: fact.accountId && toGlobalId('acc', fact.accountId),
    invoiceUuid: fact.objectId,
    type: eventTypeOf(fact.type) as InvoiceEventType,
    invoiceId: toGlobalId('inv', fact.objectId),
    status: String(fact.data.status).toUpperCase(),
  });
  events.set(fact, made);
  return made;
}

function gapIn(organizationId: string, sequence: bigint): InvoiceEvent {
  return Object.assign(new InvoiceEvent(), {
    heardAt: performance.now(),
    id: null,
    cursor: eventCursor(organizationId, sequence),
    sequence,
    occurredAt: null,
    accountId: null,
    invoiceUuid: null,
    type: 'GAP' as const,
    invoiceId: null,
    status: null,
  });
}
