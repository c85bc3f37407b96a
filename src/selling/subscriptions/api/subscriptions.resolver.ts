import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../../accounts/index.ts';
import { Invoice, InvoiceConnection, InvoiceLine, showInvoice } from '../../../collecting/invoicing/index.ts';
import { type Context, requirePermission } from '../../../platform/context.ts';
import { badUserInput } from '../../../platform/errors.ts';
import { fromGlobalId } from '../../../platform/id.ts';
import { idToFind } from '../../../platform/id-input.ts';
import { type Page, PageArguments } from '../../../platform/pagination.ts';
import {
  Plan,
  PlanVersion,
  Price,
  PriceOverride,
  showPlan,
  showPlanVersion,
  showPrice,
  toPriceTerms,
} from '../../catalog/index.ts';
import {
  Subscription,
  SubscriptionChange,
  SubscriptionConnection,
  SubscriptionItem,
  toSubscription,
  toSubscriptionChange,
  toSubscriptionItem,
} from './subscriptions.graphql.ts';
import {
  historyLoader,
  invoicesOfSubscription,
  itemLoader,
  itemsLoader,
  overrideLoader,
  type SubscriptionFilterValues,
  subscriptionByExternalId,
  subscriptionLoader,
  subscriptionsOfAccount,
  subscriptionsOfInvoiceLoader,
  subscriptionsPage,
} from './subscriptions.queries.ts';
import { SubscriptionFilter, SubscriptionOrder } from './subscriptions.requests.ts';

/** The API's view of a subscription by uuid. */
export async function showSubscription(context: Context, uuid: string): Promise<Subscription | null> {
  const row = await subscriptionLoader(context).load(uuid);
  return row && toSubscription(row);
}

@Resolver(() => Subscription)
export class SubscriptionsResolver {
  @Query(() => Subscription, {
    nullable: true,
    description:
      'One subscription, by its id or by the id in your own system (exactly one of them); null if there is none.',
  })
  async subscription(
    @Arg('id', () => ID, { nullable: true, description: 'Its id.' }) id: string | null,
    @Arg('externalId', () => String, { nullable: true, description: 'The id in your own system.' })
    externalId: string | null,
    @Ctx() context: Context,
  ): Promise<Subscription | null> {
    requirePermission(context, 'subscriptions:read');
    if ((id == null) === (externalId == null)) throw badUserInput(['id'], 'Give the id or the external id.');
    if (externalId != null) {
      const row = await subscriptionByExternalId(context, externalId);
      return row && toSubscription(row);
    }
    const uuid = fromGlobalId('sub', id ?? '');
    return uuid ? showSubscription(context, uuid) : null;
  }

  @Query(() => SubscriptionConnection, { description: 'The subscriptions of the organization.' })
  async subscriptions(
    @Arg('filter', () => SubscriptionFilter, { nullable: true, description: 'Which of them.' })
    filter: SubscriptionFilter | null,
    @Arg('orderBy', () => SubscriptionOrder, {
      nullable: true,
      description: 'Sorted how; the newest first if left out.',
    })
    orderBy: SubscriptionOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Subscription>> {
    requirePermission(context, 'subscriptions:read');
    const found = await subscriptionsPage(context, readFilter(filter), orderBy?.direction ?? 'desc', page);
    for (const row of found.nodes) subscriptionLoader(context).prime(row.id, row);
    return found.map(toSubscription);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'Who has it.' })
  async account(@Root() subscription: Subscription, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, subscription.accountUuid);
  }

  @FieldResolver(() => [SubscriptionItem], {
    description:
      'What it consists of, component by component: first what is held, in the order in which it came; then what has ended (activeTo), the latest first. Another quantity is an item of its own.',
  })
  async items(@Root() subscription: Subscription, @Ctx() context: Context): Promise<SubscriptionItem[]> {
    return (await itemsLoader(context).load(subscription.uuid)).map(toSubscriptionItem);
  }

  @FieldResolver(() => Invoice, { nullable: true, description: 'The newest invoice that bills it.' })
  async latestInvoice(@Root() subscription: Subscription, @Ctx() context: Context): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    const [latest] = (await invoicesOfSubscription(context, subscription.uuid, { first: 1 })).nodes;
    return latest ? showInvoice(context, latest.id) : null;
  }

  @FieldResolver(() => InvoiceConnection, { description: 'The invoices that bill it, the newest first.' })
  async invoices(
    @Root() subscription: Subscription,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Promise<Invoice>>> {
    requirePermission(context, 'invoices:read');
    const found = await invoicesOfSubscription(context, subscription.uuid, page);
    return found.map(async (place) => (await showInvoice(context, place.id))!);
  }

  @FieldResolver(() => [SubscriptionChange], { description: 'Its latest 500 changes, the oldest of them first.' })
  async history(@Root() subscription: Subscription, @Ctx() context: Context): Promise<SubscriptionChange[]> {
    return (await historyLoader(context).load(subscription.uuid)).map(toSubscriptionChange);
  }
}

@Resolver(() => SubscriptionItem)
export class SubscriptionItemsResolver {
  @FieldResolver(() => Subscription, { nullable: true, description: 'The subscription it is part of.' })
  async subscription(@Root() item: SubscriptionItem, @Ctx() context: Context): Promise<Subscription | null> {
    return showSubscription(context, item.subscriptionUuid);
  }

  @FieldResolver(() => Plan, { nullable: true, description: 'The plan it comes from.' })
  async plan(@Root() item: SubscriptionItem, @Ctx() context: Context): Promise<Plan | null> {
    requirePermission(context, 'catalog:read');
    return showPlan(context, item.planUuid);
  }

  @FieldResolver(() => PlanVersion, { nullable: true, description: 'The version of the plan it comes from.' })
  async planVersion(@Root() item: SubscriptionItem, @Ctx() context: Context): Promise<PlanVersion | null> {
    requirePermission(context, 'catalog:read');
    return showPlanVersion(context, item.planVersionUuid);
  }

  @FieldResolver(() => PriceOverride, {
    nullable: true,
    description: 'What it costs instead of the price of the plan; null where that price holds.',
  })
  async priceOverride(@Root() item: SubscriptionItem, @Ctx() context: Context): Promise<PriceOverride | null> {
    if (!item.priceOverrideUuid) return null;
    const row = await overrideLoader(context).load(item.priceOverrideUuid);
    return row && Object.assign(new PriceOverride(), toPriceTerms(row));
  }

  @FieldResolver(() => Price, { nullable: true, description: 'What the plan asks for it.' })
  async price(@Root() item: SubscriptionItem, @Ctx() context: Context): Promise<Price | null> {
    requirePermission(context, 'catalog:read');
    return showPrice(context, item.priceUuid);
  }
}

@Resolver(() => Account)
export class AccountSubscriptionsResolver {
  @FieldResolver(() => SubscriptionConnection, { description: 'Its subscriptions, the newest first.' })
  async subscriptions(
    @Root() account: Account,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Subscription>> {
    requirePermission(context, 'subscriptions:read');
    return (await subscriptionsOfAccount(context, account.uuid, page)).map(toSubscription);
  }
}

@Resolver(() => Invoice)
export class InvoiceSubscriptionsResolver {
  @FieldResolver(() => [Subscription], { description: 'The subscriptions that its lines bill.' })
  async subscriptions(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Subscription[]> {
    requirePermission(context, 'subscriptions:read');
    const ids = await subscriptionsOfInvoiceLoader(context).load(invoice.uuid);
    const shown = await Promise.all(ids.map((id) => showSubscription(context, id)));
    return shown.filter((one) => one !== null);
  }
}

@Resolver(() => InvoiceLine)
export class InvoiceLineSubscriptionResolver {
  @FieldResolver(() => Subscription, { nullable: true, description: 'The subscription that it bills.' })
  async subscription(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<Subscription | null> {
    if (!line.subscriptionUuid) return null;
    requirePermission(context, 'subscriptions:read');
    return showSubscription(context, line.subscriptionUuid);
  }

  @FieldResolver(() => SubscriptionItem, { nullable: true, description: 'The item of the subscription that it bills.' })
  async subscriptionItem(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<SubscriptionItem | null> {
    if (!line.subscriptionItemUuid) return null;
    requirePermission(context, 'subscriptions:read');
    const row = await itemLoader(context).load(line.subscriptionItemUuid);
    return row && toSubscriptionItem(row);
  }

  @FieldResolver(() => Price, { nullable: true, description: 'The price that it was computed by.' })
  async price(@Root() line: InvoiceLine, @Ctx() context: Context): Promise<Price | null> {
    if (!line.priceUuid) return null;
    requirePermission(context, 'catalog:read');
    return showPrice(context, line.priceUuid);
  }
}

/** Subscriptions for `node(id)`. */
export async function subscriptionNodes(context: Context, ids: readonly string[]): Promise<Map<string, object>> {
  requirePermission(context, 'subscriptions:read');
  const shown = await Promise.all(ids.map((id) => showSubscription(context, id)));
  return new Map(shown.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}

/** Items for `node(id)`. */
export async function itemNodes(context: Context, ids: readonly string[]): Promise<Map<string, object>> {
  requirePermission(context, 'subscriptions:read');
  const rows = await Promise.all(ids.map((id) => itemLoader(context).load(id)));
  return new Map(rows.flatMap((row) => (row ? [[row.id, toSubscriptionItem(row)] as const] : [])));
}

function readFilter(filter: SubscriptionFilter | null): SubscriptionFilterValues {
  if (!filter) return {};
  if ((filter.status?.length ?? 0) > 6) throw badUserInput(['filter', 'status'], 'There are only six.');
  // An id of nothing finds nothing, as a foreign one does.
  return {
    statuses: filter.status,
    accountId: idToFind('acc', filter.accountId),
    planId: idToFind('plan', filter.planId),
    externalId: filter.externalId,
    currency: filter.currency,
    parked: filter.parked,
    periodEndFrom: filter.currentPeriodEnd?.from,
    periodEndBefore: filter.currentPeriodEnd?.before,
    createdFrom: filter.createdAt?.from,
    createdBefore: filter.createdAt?.before,
    metadata: filter.metadata,
  };
}
