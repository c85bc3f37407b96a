import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { z } from 'zod';
import { lockAccount } from '../../../accounts/index.ts';
import {
  type Context,
  readAnew,
  readIdempotencyKey,
  requirePermission,
  requireSandbox,
  runMutation,
  scopeOf,
} from '../../../platform/context.ts';
import { DomainError } from '../../../platform/errors.ts';
import { newId } from '../../../platform/id.ts';
import { readId } from '../../../platform/id-input.ts';
import { hashOf } from '../../../platform/idempotency.ts';
import { readInput } from '../../../platform/input.ts';
import { payload } from '../../../platform/payload.ts';
import { addPaymentMethod } from '../methods/add-payment-method.ts';
import { attachAtProvider, browserProvider, setUpMethod } from '../methods/attach-method.ts';
import { detachPaymentMethod, setDefaultPaymentMethod } from '../methods/change-methods.ts';
import { attachMethodInput, providerReference } from '../payments.inputs.ts';
import type { Provider } from '../providers/gateway.ts';
import { gatewayOf } from '../providers/gateways.ts';
import {
  AttachPaymentMethodFields,
  AttachPaymentMethodPayload,
  CreatePaymentMethodSetupFields,
  CreatePaymentMethodSetupPayload,
  DetachPaymentMethodFields,
  DetachPaymentMethodPayload,
  type PaymentMethodReference,
  SetDefaultPaymentMethodFields,
  SetDefaultPaymentMethodPayload,
} from './payments.requests.ts';
import { showMethod } from './payments.resolver.ts';

const accountPath = ['input', 'accountId'];
const idPath = ['input', 'id'];

@Resolver()
export class MethodMutationsResolver {
  @Mutation(() => AttachPaymentMethodPayload, {
    description:
      'Keeps a payment method for an account: a PaymentMethod of Stripe, or a test method in a sandbox. Card numbers are never sent here.',
  })
  async attachPaymentMethod(
    @Arg('input', () => AttachPaymentMethodFields, { description: 'Which method, for whom.' })
    input: AttachPaymentMethodFields,
    @Ctx() context: Context,
  ): Promise<AttachPaymentMethodPayload> {
    requirePermission(context, 'payments:write');
    // The provider is asked first: what it knows of the method is what is kept, in one transaction.
    const asked = await payload(() => {
      readIdempotencyKey(context, input.idempotencyKey);
      return askProvider(context, input);
    });
    const { accountId, provider, described, makeDefault, metadata } = asked;
    if (!accountId || !provider || !described) return { userErrors: asked.userErrors };
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'attachPaymentMethod', input: compared, idempotencyKey },
      async (work) => {
        const account = await lockAccount(work, accountId, accountPath);
        const method = await addPaymentMethod(work, account, {
          provider,
          described,
          makeDefault: makeDefault ?? false,
          metadata: metadata ?? {},
        });
        return { id: method.id };
      },
      async ({ id }) => ({ paymentMethod: await showMethod(context, id) }),
    );
  }

  @Mutation(() => CreatePaymentMethodSetupPayload, {
    description: 'Begins to collect a payment method in the browser. It is kept once the customer has completed it.',
  })
  async createPaymentMethodSetup(
    @Arg('input', () => CreatePaymentMethodSetupFields, { description: 'For whom.' })
    input: CreatePaymentMethodSetupFields,
    @Ctx() context: Context,
  ): Promise<CreatePaymentMethodSetupPayload> {
    requirePermission(context, 'payments:write');
    return payload(async () => {
      const accountId = readId('acc', input.accountId, accountPath);
      const own = readIdempotencyKey(context, input.idempotencyKey);
      await readAnew(context);
      const { app, organizationId, mode } = context;
      const provider = await browserProvider(app, organizationId, mode);
      if (!provider) throw new DomainError('PAYMENT_REFUSED', 'Stripe is not connected.', { path: accountPath });
      const key = own ? hashOf([organizationId, accountId, own]) : newId();
      const clientSecret = await setUpMethod(app, scopeOf(context), { accountId, provider, key }).catch(
        (error: unknown) => refuseAt(accountPath, error),
      );
      return { clientSecret, provider };
    }) as Promise<CreatePaymentMethodSetupPayload>;
  }

  @Mutation(() => SetDefaultPaymentMethodPayload, {
    description: 'Makes a payment method the default. What awaited another method is tried with it at once.',
  })
  async setDefaultPaymentMethod(
    @Arg('input', () => SetDefaultPaymentMethodFields, { description: 'Which one.' })
    input: SetDefaultPaymentMethodFields,
    @Ctx() context: Context,
  ): Promise<SetDefaultPaymentMethodPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'setDefaultPaymentMethod', input: compared, idempotencyKey },
      async (work) => {
        const id = readId('pm', input.id, idPath);
        await setDefaultPaymentMethod(work, { id });
        return { id };
      },
      async ({ id }) => ({ paymentMethod: await showMethod(context, id) }),
    );
  }

  @Mutation(() => DetachPaymentMethodPayload, { description: 'Takes a payment method out of use, for good.' })
  async detachPaymentMethod(
    @Arg('input', () => DetachPaymentMethodFields, { description: 'Which one.' }) input: DetachPaymentMethodFields,
    @Ctx() context: Context,
  ): Promise<DetachPaymentMethodPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'detachPaymentMethod', input: compared, idempotencyKey },
      async (work) => {
        const { id, provider, providerRef } = await detachPaymentMethod(work, { id: readId('pm', input.id, idPath) });
        return { id, provider, providerRef };
      },
      async ({ id, provider, providerRef }) => {
        await letGo(context, provider, providerRef);
        return { paymentMethod: await showMethod(context, id) };
      },
    );
  }
}

/** Here it is out of use already; that the provider forgets it too may fail, and harms nobody. */
async function letGo(context: Context, provider: string, reference: string): Promise<void> {
  try {
    const gateway = await gatewayOf(context.app, context.organizationId, provider as Provider);
    await gateway?.detachMethod(reference);
  } catch (error) {
    context.app.log.warn({ err: error }, 'a payment method was not detached at its provider');
  }
}

async function askProvider(context: Context, input: AttachPaymentMethodFields) {
  const accountId = readId('acc', input.accountId, accountPath);
  const { makeDefault, metadata } = readInput(attachMethodInput, { ...input, accountId });
  const { provider, reference } = readReference(context, input.method);
  await readAnew(context);
  const wish = { accountId, provider, reference };
  const described = await attachAtProvider(context.app, scopeOf(context), wish).catch((error: unknown) =>
    refuseAt(['input', 'method', provider === 'stripe' ? 'stripePaymentMethodId' : 'sandboxToken'], error),
  );
  return { accountId, provider, described, makeDefault, metadata };
}

/** What the provider refuses is what the caller has named. */
function refuseAt(path: string[], error: unknown): never {
  if (!(error instanceof DomainError) || error.code !== 'PAYMENT_REFUSED') throw error;
  throw new DomainError(error.code, error.message, { path });
}

function readReference(context: Context, method: PaymentMethodReference) {
  const sandbox = method.sandboxToken != null;
  if (sandbox) requireSandbox(context, ['input', 'method', 'sandboxToken']);
  const name = sandbox ? 'sandboxToken' : 'stripePaymentMethodId';
  const shape = z.object({ method: z.object({ [name]: providerReference }) });
  const read = readInput(shape, { method: { [name]: method[name] } });
  return { provider: sandbox ? ('sandbox' as const) : ('stripe' as const), reference: read.method[name] ?? '' };
}
