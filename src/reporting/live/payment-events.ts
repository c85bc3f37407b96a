import { money } from '../../platform/api-types.ts';
import { badUserInput } from '../../platform/errors.ts';
import { eventCursor } from '../../platform/event-text.ts';
import type { Followed } from '../../platform/fact-follower.ts';
import type { HeardFact } from '../../platform/fact-stream.ts';
import { fromGlobalId, type IdPrefix, toGlobalId } from '../../platform/id.ts';
import { eventTypeOf, type PaymentEventType, paymentEventMeanings } from './live.enums.ts';
import { PaymentEvent, type PaymentEventFilter } from './live.graphql.ts';

/** What facts of payments and refunds tell; see `PaymentFactData` and the facts of refunds. */
interface Told {
  paymentId: string;
  refundId?: string;
  status: string;
  amount: string;
  currency: string;
  invoiceIds?: string[];
  failureCode?: string;
  attemptNo?: number;
}

export interface Wanted {
  wanted(fact: HeardFact): boolean;
  /** The id of an object that every wanted fact names; null if there is none. */
  about: string | null;
}

/** Which facts a filter wants. BAD_USER_INPUT for ids of another kind; unknown and foreign ids just match nothing. */
export function wantedPayments(filter: PaymentEventFilter, path: readonly string[]): Wanted {
  const read = (prefix: IdPrefix, name: 'accountId' | 'invoiceId' | 'paymentId') => {
    const text = filter[name];
    if (text == null) return null;
    const uuid = fromGlobalId(prefix, text);
    if (!uuid) throw badUserInput([...path, name], 'This is no id of the kind that is asked for.');
    return uuid;
  };
  const accountId = read('acc', 'accountId');
  const invoiceId = read('inv', 'invoiceId');
  const paymentId = read('pay', 'paymentId');
  const types = new Set<string>(filter.types ?? Object.keys(paymentEventMeanings));
  const wanted = (fact: HeardFact) => {
    const told = fact.data as unknown as Told;
    const type = eventTypeOf(fact.type);
    return (
      (fact.objectType === 'payment' || fact.objectType === 'refund') &&
      type in paymentEventMeanings &&
      types.has(type) &&
      (accountId === null || fact.accountId === accountId) &&
      (paymentId === null || told.paymentId === paymentId) &&
      (invoiceId === null || (told.invoiceIds ?? []).includes(invoiceId))
    );
  };
  return { wanted, about: paymentId ?? invoiceId ?? accountId };
}

/** One event for all who are told of a fact. */
const events = new WeakMap<HeardFact, PaymentEvent>();

export function toPaymentEvent(organizationId: string, followed: Followed): PaymentEvent {
  if (followed.kind === 'gap') return gapIn(organizationId, followed.sequence);
  const { fact } = followed;
  const known = events.get(fact);
  if (known) return known;
  const told = fact.data as unknown as Told;
  const made = Object.assign(new PaymentEvent(), {
    heardAt: fact.heardAt,
    id: toGlobalId('evt', fact.id),
    cursor: eventCursor(organizationId, fact.sequence),
    sequence: fact.sequence,
    occurredAt: fact.at,
    accountId: fact.accountId && toGlobalId('acc', fact.accountId),
    type: eventTypeOf(fact.type) as PaymentEventType,
    paymentUuid: told.paymentId,
    paymentId: toGlobalId('pay', told.paymentId),
    refundId: told.refundId ? toGlobalId('re', told.refundId) : null,
    invoiceIds: (told.invoiceIds ?? []).map((id) => toGlobalId('inv', id)),
    status: told.status.toUpperCase(),
    amount: money(BigInt(told.amount), told.currency),
    failureCode: told.failureCode ?? null,
    attemptNo: told.attemptNo || null,
  });
  events.set(fact, made);
  return made;
}

function gapIn(organizationId: string, sequence: bigint): PaymentEvent {
  return Object.assign(new PaymentEvent(), {
    heardAt: performance.now(),
    id: null,
    cursor: eventCursor(organizationId, sequence),
    sequence,
    occurredAt: null,
    accountId: null,
    type: 'GAP' as const,
    paymentUuid: null,
    paymentId: null,
    refundId: null,
    invoiceIds: [],
    status: null,
    amount: null,
    failureCode: null,
    attemptNo: null,
  });
}
