import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../../platform/context.ts';
import { readAnew, requirePermission, runMutation } from '../../../platform/context.ts';
import { readId, readOptionalId } from '../../../platform/id-input.ts';
import { readInput } from '../../../platform/input.ts';
import { drivePayment, driveWish } from '../collection/attempt-payment.ts';
import { cancelPayment, capturePayment, confirmPayment, refuseLostWish } from '../collection/change-payment.ts';
import { createPayment } from '../collection/create-payment.ts';
import { recordManualPayment } from '../collection/record-manual-payment.ts';
import { reversePayment } from '../collection/reverse-payment.ts';
import { browserProvider } from '../methods/attach-method.ts';
import { createRefundInput } from '../payments.inputs.ts';
import { attemptRefund } from '../refunds/attempt-refund.ts';
import { createRefund } from '../refunds/create-refund.ts';
import type { Payment, Refund } from './payments.graphql.ts';
import {
  CancelPaymentFields,
  CancelPaymentPayload,
  CapturePaymentFields,
  CapturePaymentPayload,
  ConfirmPaymentFields,
  ConfirmPaymentPayload,
  CreatePaymentFields,
  CreatePaymentPayload,
  CreateRefundFields,
  CreateRefundPayload,
  RecordManualPaymentFields,
  RecordManualPaymentPayload,
} from './payments.requests.ts';
import { showPayment, showRefund } from './payments.resolver.ts';
import { ReversePaymentFields, ReversePaymentPayload } from './reverse-payment.requests.ts';

const invoicePath = (index: number) => ['input', 'invoiceIds', `${index}`];
const readPaymentId = (id: string) => readId('pay', id, ['input', 'paymentId']);

/** After the commit the provider is asked at once, so that the answer tells what it said; a repetition asks nothing twice. */
async function driven(context: Context, id: string, own = false): Promise<Payment | null> {
  await drivePayment(context.app, { organizationId: context.organizationId, paymentId: id, own });
  await readAnew(context);
  return showPayment(context, id);
}

/**
 * The same for a capture or a cancellation: if a worker was quicker, the answer waits for what it was told. INVALID_STATE
 * where another wish came in between and won: who asked for the one that lost is not told that it was done.
 */
async function carriedOut(context: Context, id: string, wish: 'captured' | 'canceled'): Promise<Payment | null> {
  await driveWish(context.app, { organizationId: context.organizationId, paymentId: id });
  await readAnew(context);
  const payment = await showPayment(context, id);
  if (payment) refuseLostWish(payment, wish);
  return payment;
}

async function refunded(context: Context, id: string): Promise<Refund | null> {
  await attemptRefund(context.app, { organizationId: context.organizationId, refundId: id });
  await readAnew(context);
  return showRefund(context, id);
}

@Resolver()
export class PaymentMutationsResolver {
  @Mutation(() => CreatePaymentPayload, {
    description:
      'Begins a payment and takes it to the provider. A decline is no error: the payment is FAILED and says why; REQUIRES_ACTION comes with a clientSecret. Of two for the same invoice the first one goes on, and the other is refused with PAYMENT_IN_FLIGHT: as long as the first is being decided, waits for the customer (REQUIRES_ACTION: confirm or cancel it) or holds money (REQUIRES_CAPTURE: capture or cancel it).',
  })
  async createPayment(
    @Arg('input', () => CreatePaymentFields, { description: 'What is to be paid, by whom and how.' })
    input: CreatePaymentFields,
    @Ctx() context: Context,
  ): Promise<CreatePaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    const provider = await browserProvider(context.app, context.organizationId, context.mode);
    return runMutation(
      context,
      { operation: 'createPayment', input: compared, idempotencyKey, about: ['input', 'amount'] },
      async (work) => {
        const wish = {
          ...compared,
          accountId: readId('acc', input.accountId, ['input', 'accountId']),
          invoiceIds: input.invoiceIds?.map((id, index) => readId('inv', id, invoicePath(index))),
          paymentMethodId: readOptionalId('pm', input.paymentMethodId, ['input', 'paymentMethodId']),
        };
        return { id: (await createPayment(work, wish, provider, { takesOn: true })).id };
      },
      async ({ id }) => ({ payment: await driven(context, id, true) }),
    );
  }

  @Mutation(() => ConfirmPaymentPayload, {
    description: 'Goes on with a payment on session: after the customer has acted, or with another method.',
  })
  async confirmPayment(
    @Arg('input', () => ConfirmPaymentFields, { description: 'Which payment, and how.' }) input: ConfirmPaymentFields,
    @Ctx() context: Context,
  ): Promise<ConfirmPaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'confirmPayment', input: compared, idempotencyKey, about: ['input', 'paymentId'] },
      async (work) => {
        const paymentId = readPaymentId(input.paymentId);
        const paymentMethodId = readOptionalId('pm', input.paymentMethodId, ['input', 'paymentMethodId']);
        await confirmPayment(work, { paymentId, paymentMethodId });
        return { id: paymentId };
      },
      async ({ id }) => ({ payment: await driven(context, id) }),
    );
  }

  @Mutation(() => CapturePaymentPayload, {
    description:
      'Takes held money, all or a part, and waits for what the provider says. If it does not say so in time, the payment is still REQUIRES_CAPTURE with its captureAmount, and the capture is tried until it is decided. INVALID_STATE once the payment is being canceled.',
  })
  async capturePayment(
    @Arg('input', () => CapturePaymentFields, { description: 'Which payment, and how much.' })
    input: CapturePaymentFields,
    @Ctx() context: Context,
  ): Promise<CapturePaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'capturePayment', input: compared, idempotencyKey, about: ['input', 'paymentId'] },
      async (work) => {
        const paymentId = readPaymentId(input.paymentId);
        await capturePayment(work, { paymentId, amount: input.amount });
        return { id: paymentId };
      },
      async ({ id }) => ({ payment: await carriedOut(context, id, 'captured') }),
    );
  }

  @Mutation(() => CancelPaymentPayload, {
    description:
      'Ends a payment that has no money yet, and its retries with it; held money is let go. Waits for what the provider says; if it does not say so in time, the payment keeps its status with a cancelReason, and the cancellation is tried until it is decided. PAYMENT_IN_FLIGHT while it is being decided or captured, INVALID_STATE if the money was taken first.',
  })
  async cancelPayment(
    @Arg('input', () => CancelPaymentFields, { description: 'Which payment.' }) input: CancelPaymentFields,
    @Ctx() context: Context,
  ): Promise<CancelPaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'cancelPayment', input: compared, idempotencyKey, about: ['input', 'paymentId'] },
      async (work) => {
        const paymentId = readPaymentId(input.paymentId);
        await cancelPayment(work, { paymentId });
        return { id: paymentId };
      },
      async ({ id }) => ({ payment: await carriedOut(context, id, 'canceled') }),
    );
  }

  @Mutation(() => RecordManualPaymentPayload, { description: 'Records money that came by hand.' })
  async recordManualPayment(
    @Arg('input', () => RecordManualPaymentFields, { description: 'What came, and for what.' })
    input: RecordManualPaymentFields,
    @Ctx() context: Context,
  ): Promise<RecordManualPaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'recordManualPayment', input: compared, idempotencyKey, about: ['input', 'amount'] },
      async (work) => {
        const wish = {
          ...compared,
          accountId: readId('acc', input.accountId, ['input', 'accountId']),
          invoiceIds: input.invoiceIds?.map((id, index) => readId('inv', id, invoicePath(index))),
        };
        return { id: (await recordManualPayment(work, wish)).id };
      },
      async ({ id }) => ({ payment: await showPayment(context, id) }),
    );
  }

  @Mutation(() => ReversePaymentPayload, {
    description:
      'Records that money which had come in is gone again: a check bounced, a debit was returned, or it was recorded by mistake. Its invoices are owed again and collected anew, refunds of it that have not left end, and what it had left over is taken out of the credit; invoices that had spent of it are owed again as well. Credit that credit notes of these invoices had given, as far as it is left, goes to them first. Not for payments of Stripe, which tells by itself.',
  })
  async reversePayment(
    @Arg('input', () => ReversePaymentFields, { description: 'Which payment, and why.' }) input: ReversePaymentFields,
    @Ctx() context: Context,
  ): Promise<ReversePaymentPayload> {
    requirePermission(context, 'payments:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'reversePayment', input: compared, idempotencyKey, about: ['input', 'paymentId'] },
      async (work) => ({
        id: (await reversePayment(work, { ...compared, paymentId: readPaymentId(input.paymentId) })).id,
      }),
      async ({ id }) => ({ payment: await showPayment(context, id) }),
    );
  }

  @Mutation(() => CreateRefundPayload, { description: 'Gives money of a payment back, all that is left or a part.' })
  async createRefund(
    @Arg('input', () => CreateRefundFields, { description: 'What is to be given back.' }) input: CreateRefundFields,
    @Ctx() context: Context,
  ): Promise<CreateRefundPayload> {
    requirePermission(context, 'refunds:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'createRefund', input: compared, idempotencyKey, about: ['input', 'amount'] },
      async (work) => {
        const wish = readInput(createRefundInput, { ...compared, paymentId: readPaymentId(input.paymentId) });
        const { amount, ...more } = wish;
        const refund = await createRefund(work, {
          ...more,
          amount: amount?.amountMinor ?? null,
          currency: amount?.currency ?? null,
        });
        return { id: refund.id };
      },
      async ({ id }) => ({ refund: await refunded(context, id) }),
    );
  }
}
