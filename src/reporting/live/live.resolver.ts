import 'reflect-metadata';
import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root, Subscription } from 'type-graphql';
import { Invoice, showInvoice } from '../../collecting/invoicing/index.ts';
import { Payment, showPayment } from '../../collecting/payments/index.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { badUserInput } from '../../platform/errors.ts';
import { eventCursor } from '../../platform/event-text.ts';
import { fromGlobalId } from '../../platform/id.ts';
import { followEvents } from './follow-events.ts';
import { toInvoiceEvent, wantedInvoice } from './invoice-events.ts';
import { requireKnown } from './known-object.ts';
import { InvoiceEvent, PaymentEvent, PaymentEventFilter } from './live.graphql.ts';
import { toPaymentEvent, wantedPayments } from './payment-events.ts';

interface Asked<Args> {
  args: Args & { after?: string | null };
  context: Context;
}

const afterText =
  'The cursor of the last event that was seen: what happened since is told first. Left out: from now on.';

/** Called when a client subscribes; the methods below are called at each delivery, with credentials looked at anew. */
const begin = {
  statusChanged: async ({ args, context }: Asked<{ accountId?: string; invoiceId?: string; paymentId?: string }>) => {
    requirePermission(context, 'payments:read');
    const { accountId = null, invoiceId = null, paymentId = null, after } = args;
    if ([accountId, invoiceId, paymentId].filter((id) => id !== null).length !== 1) {
      throw badUserInput(['accountId'], 'Give exactly one of accountId, invoiceId and paymentId.');
    }
    const { wanted: matches, about } = wantedPayments({ accountId, invoiceId, paymentId }, []);
    const argument = accountId !== null ? 'accountId' : invoiceId !== null ? 'invoiceId' : 'paymentId';
    await requireKnown(context, argument, about);
    const wanted: typeof matches = (fact) => !fact.type.startsWith('refund.') && matches(fact);
    return followEvents(context, { after, wanted, about, toEvent: toPaymentEvent });
  },
  payments: ({ args, context }: Asked<{ filter?: PaymentEventFilter | null }>) => {
    requirePermission(context, 'payments:read');
    const wanted = wantedPayments(args.filter ?? {}, ['filter']);
    return followEvents(context, { after: args.after, ...wanted, toEvent: toPaymentEvent });
  },
  invoice: async ({ args, context }: Asked<{ id: string }>) => {
    requirePermission(context, 'invoices:read');
    const uuid = fromGlobalId('inv', args.id);
    if (!uuid) throw badUserInput(['id'], 'This is no id of an invoice.');
    await requireKnown(context, 'id', uuid);
    const wanted = wantedInvoice(uuid);
    return followEvents(context, { after: args.after, wanted, about: uuid, toEvent: toInvoiceEvent });
  },
};

@Resolver()
export class LiveResolver {
  @Query(() => ID, {
    description:
      'Where events stand now. Read it before the objects and pass it as `after`: nothing that happens in between is missed.',
  })
  async eventCursor(@Ctx() context: Context): Promise<string> {
    const { permissions, organizationId, app } = context;
    if (!permissions.has('invoices:read')) requirePermission(context, 'payments:read');
    return eventCursor(organizationId, await app.facts.head(organizationId));
  }

  @Subscription(() => PaymentEvent, {
    subscribe: (asked) => begin.statusChanged(asked as never) as never,
    description:
      'Every change of status of the payments of one account, of one invoice, or of one payment. BAD_USER_INPUT for an id that is not found.',
  })
  paymentStatusChanged(
    @Root() event: PaymentEvent,
    @Arg('accountId', () => ID, { nullable: true, description: 'Of this account.' }) _accountId: string | null,
    @Arg('invoiceId', () => ID, { nullable: true, description: 'Of payments for this invoice.' })
    _invoiceId: string | null,
    @Arg('paymentId', () => ID, { nullable: true, description: 'Of this payment.' }) _paymentId: string | null,
    @Arg('after', () => ID, { nullable: true, description: afterText }) _after: string | null,
    @Ctx() context: Context,
  ): PaymentEvent {
    requirePermission(context, 'payments:read');
    return event;
  }

  @Subscription(() => PaymentEvent, {
    subscribe: (asked) => begin.payments(asked as never) as never,
    description: 'Everything that happens to the payments and refunds of the organization, or to those of a filter.',
  })
  paymentEvents(
    @Root() event: PaymentEvent,
    @Arg('filter', () => PaymentEventFilter, { nullable: true, description: 'Which of them; all if left out.' })
    _filter: PaymentEventFilter | null,
    @Arg('after', () => ID, { nullable: true, description: afterText }) _after: string | null,
    @Ctx() context: Context,
  ): PaymentEvent {
    requirePermission(context, 'payments:read');
    return event;
  }

  @Subscription(() => InvoiceEvent, {
    subscribe: (asked) => begin.invoice(asked as never) as never,
    description: 'Everything that happens to an invoice. BAD_USER_INPUT for an id that is not found.',
  })
  invoiceUpdated(
    @Root() event: InvoiceEvent,
    @Arg('id', () => ID, { description: 'The invoice.' }) _id: string,
    @Arg('after', () => ID, { nullable: true, description: afterText }) _after: string | null,
    @Ctx() context: Context,
  ): InvoiceEvent {
    requirePermission(context, 'invoices:read');
    return event;
  }
}

@Resolver(() => PaymentEvent)
export class PaymentEventResolver {
  @FieldResolver(() => Payment, {
    nullable: true,
    description: 'The payment as it is now, which may be later than the event; null for a GAP.',
  })
  async payment(@Root() event: PaymentEvent, @Ctx() context: Context): Promise<Payment | null> {
    requirePermission(context, 'payments:read');
    return event.paymentUuid ? showPayment(context, event.paymentUuid) : null;
  }
}

@Resolver(() => InvoiceEvent)
export class InvoiceEventResolver {
  @FieldResolver(() => Invoice, {
    nullable: true,
    description: 'The invoice as it is now, which may be later than the event; null for a GAP or a deleted draft.',
  })
  async invoice(@Root() event: InvoiceEvent, @Ctx() context: Context): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    return event.invoiceUuid ? showInvoice(context, event.invoiceUuid) : null;
  }
}
