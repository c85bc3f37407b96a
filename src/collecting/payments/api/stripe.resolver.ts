import 'reflect-metadata';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, readAnew, requirePermission, runMutation } from '../../../platform/context.ts';
import { badUserInput, invalidState, notFound } from '../../../platform/errors.ts';
import { toGlobalId } from '../../../platform/id.ts';
import { readId } from '../../../platform/id-input.ts';
import { type Page, PageArguments } from '../../../platform/pagination.ts';
import { retryStripeEvent } from '../events/apply-stripe-event.ts';
import { connectStripe, disconnectStripe } from '../providers/connect-stripe.ts';
import { connectionOf } from '../providers/gateways.ts';
import {
  ConnectStripeFields,
  ConnectStripePayload,
  DisconnectStripePayload,
  RetryStripeEventFields,
  RetryStripeEventPayload,
  StripeConnectionType,
  StripeEvent,
  StripeEventConnection,
  StripeEventFilter,
  toStripeEvent,
} from './stripe.graphql.ts';
import { refusalOf, stripeEventLoader, stripeEventsPage } from './stripe.queries.ts';

@Resolver()
export class StripeResolver {
  @Query(() => StripeConnectionType, {
    nullable: true,
    description: 'How the organization is connected to Stripe; null if it is not.',
  })
  async stripeConnection(@Ctx() context: Context): Promise<StripeConnectionType | null> {
    requirePermission(context, 'settings:read');
    return showConnection(context);
  }

  @Query(() => StripeEventConnection, { description: 'The events that Stripe has sent, the latest first.' })
  async stripeEvents(
    @Arg('filter', () => StripeEventFilter, { nullable: true, description: 'Which of them.' })
    filter: StripeEventFilter | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<StripeEvent>> {
    requirePermission(context, 'payments:read');
    if ((filter?.type?.length ?? 0) > 255) throw badUserInput(['filter', 'type'], 'At most 255 characters.');
    if ((filter?.objectId?.length ?? 0) > 255) throw badUserInput(['filter', 'objectId'], 'At most 255 characters.');
    return (await stripeEventsPage(context, filter ?? {}, page)).map(toStripeEvent);
  }

  @Mutation(() => ConnectStripePayload, {
    description: 'Connects the organization to its account at Stripe, or gives the connection new secrets.',
  })
  async connectStripe(
    @Arg('input', () => ConnectStripeFields, { description: 'The secrets.' }) input: ConnectStripeFields,
    @Ctx() context: Context,
  ): Promise<ConnectStripePayload> {
    requirePermission(context, 'settings:write');
    const { secretKey, webhookSecrets } = input;
    return runMutation(
      context,
      { operation: 'connectStripe', input: {} },
      async (work) => ({
        id: await connectStripe(work, { secretKey, webhookSecrets }, context.app.config.encryptionKey),
      }),
      async () => ({ stripeConnection: await showConnection(context) }),
    );
  }

  @Mutation(() => DisconnectStripePayload, {
    description:
      'Ends the connection to Stripe and forgets its secrets. Payments and refunds that are under way there stand still (failureCode provider_disconnected), its events wait, and all go on when it is connected again.',
  })
  async disconnectStripe(@Ctx() context: Context): Promise<DisconnectStripePayload> {
    requirePermission(context, 'settings:write');
    return runMutation(
      context,
      { operation: 'disconnectStripe', input: {} },
      async (work) => ({ id: await disconnectStripe(work) }),
      ({ id }) => ({ disconnectedId: toGlobalId('strc', id) }),
    );
  }

  @Mutation(() => RetryStripeEventPayload, { description: 'Tries to apply an event of Stripe once more.' })
  async retryStripeEvent(
    @Arg('input', () => RetryStripeEventFields, { description: 'Which one.' }) input: RetryStripeEventFields,
    @Ctx() context: Context,
  ): Promise<RetryStripeEventPayload> {
    requirePermission(context, 'payments:write');
    return runMutation(
      context,
      { operation: 'retryStripeEvent', input },
      async (work) => {
        const id = readId('spe', input.id, ['input', 'id']);
        const [there] = await work.rows(`select 1 from provider_events where organization_id = $1 and id = $2::uuid`, [
          work.organizationId,
          id,
        ]);
        if (!there) throw notFound(['input', 'id']);
        if (!(await retryStripeEvent(work, id))) throw invalidState('The event is dealt with.', ['input', 'id']);
        return { id };
      },
      async ({ id }) => {
        context.app.wake('apply-provider-events', undefined, { key: 'apply-provider-events' });
        await readAnew(context);
        return { stripeEvent: await showStripeEvent(context, id) };
      },
    );
  }
}

async function showConnection(context: Context): Promise<StripeConnectionType | null> {
  const connection = await connectionOf(context.app, context.organizationId);
  if (!connection) return null;
  const { id, secretKey, livemode } = connection;
  const refusal = await refusalOf(context);
  const path = id ? `/webhooks/stripe/${toGlobalId('strc', id)}` : '/webhooks/stripe';
  return {
    id: id && toGlobalId('strc', id),
    keyHint: `${secretKey.slice(0, 8)}…${secretKey.slice(-4)}`,
    livemode,
    webhookUrl: `${context.app.config.publicUrl}${path}`,
    accessRefusedSince: refusal?.since ?? null,
    accessRefusedReason: refusal?.reason ?? null,
    accessTriedAgainAt: refusal?.next_try_at ?? null,
  };
}

async function showStripeEvent(context: Context, uuid: string): Promise<StripeEvent | null> {
  const record = await stripeEventLoader(context).load(uuid);
  return record && toStripeEvent(record);
}

/** Events of Stripe for `node(id)`. */
export async function stripeEventNodes(context: Context, ids: readonly string[]): Promise<Map<string, StripeEvent>> {
  requirePermission(context, 'payments:read');
  const found = await Promise.all(ids.map((id) => showStripeEvent(context, id)));
  return new Map(found.flatMap((one) => (one ? [[one.uuid, one] as const] : [])));
}
