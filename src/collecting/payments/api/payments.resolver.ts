import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Account, showAccount } from '../../../accounts/index.ts';
import { type Context, requirePermission } from '../../../platform/context.ts';
import { fromGlobalId } from '../../../platform/id.ts';
import { idToFind } from '../../../platform/id-input.ts';
import { type Page, PageArguments } from '../../../platform/pagination.ts';
import { Invoice, showInvoice } from '../../invoicing/index.ts';
import { PaymentMethod, toPaymentMethod } from './methods.graphql.ts';
import {
  Payment,
  PaymentApplication,
  PaymentAttempt,
  PaymentConnection,
  Refund,
  RefundConnection,
  toApplication,
  toAttempt,
  toPayment,
  toRefund,
} from './payments.graphql.ts';
import {
  accountMethodsLoader,
  applicationsLoader,
  attemptsLoader,
  invoicePaymentsLoader,
  methodLoader,
  paymentLoader,
  paymentsPage,
  refundLoader,
  refundsLoader,
  refundsPage,
} from './payments.queries.ts';
import { PaymentFilter, PaymentOrder, RefundFilter, RefundOrder } from './payments.requests.ts';

@Resolver(() => Payment)
export class PaymentsResolver {
  @Query(() => Payment, { nullable: true, description: 'One payment by its id; null if there is none.' })
  async payment(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Payment | null> {
    requirePermission(context, 'payments:read');
    const uuid = fromGlobalId('pay', id);
    return uuid ? showPayment(context, uuid) : null;
  }

  @Query(() => PaymentConnection, { description: 'The payments of the organization.' })
  async payments(
    @Arg('filter', () => PaymentFilter, { nullable: true, description: 'Which of them.' }) filter: PaymentFilter | null,
    @Arg('orderBy', () => PaymentOrder, { nullable: true, description: 'Sorted how; the newest first if left out.' })
    orderBy: PaymentOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Payment>> {
    requirePermission(context, 'payments:read');
    const values = {
      accountId: idToFind('acc', filter?.accountId),
      invoiceId: idToFind('inv', filter?.invoiceId),
      statuses: filter?.status,
      provider: filter?.provider,
      currency: filter?.currency,
      createdFrom: filter?.createdAt?.from,
      createdBefore: filter?.createdAt?.before,
    };
    const found = await paymentsPage(context, values, orderBy?.direction ?? 'desc', page);
    return found.map(toPayment);
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account that pays.' })
  async account(@Root() payment: Payment, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, payment.accountUuid);
  }

  @FieldResolver(() => PaymentMethod, { nullable: true, description: 'What is or was charged.' })
  async paymentMethod(@Root() payment: Payment, @Ctx() context: Context): Promise<PaymentMethod | null> {
    return showMethod(context, payment.paymentMethodUuid);
  }

  @FieldResolver(() => [PaymentAttempt], {
    description: 'Its history: every try at the provider, the first one first.',
  })
  async attempts(@Root() payment: Payment, @Ctx() context: Context): Promise<PaymentAttempt[]> {
    return (await attemptsLoader(context).load(payment.uuid)).map(toAttempt);
  }

  @FieldResolver(() => [PaymentApplication], { description: 'Which money covers which invoice.' })
  async applications(@Root() payment: Payment, @Ctx() context: Context): Promise<PaymentApplication[]> {
    return (await applicationsLoader(context).load(payment.uuid)).map(toApplication);
  }

  @FieldResolver(() => [Refund], { description: 'What of it is given back.' })
  async refunds(@Root() payment: Payment, @Ctx() context: Context): Promise<Refund[]> {
    requirePermission(context, 'refunds:read');
    return (await refundsLoader(context).load(payment.uuid)).map(toRefund);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The secret with which the browser lets the customer act, while the payment REQUIRES_ACTION; only for those who may write payments.',
  })
  async clientSecret(@Root() payment: Payment, @Ctx() context: Context): Promise<string | null> {
    if (payment.status !== 'requires_action' || !context.permissions.has('payments:write')) return null;
    return (await attemptsLoader(context).load(payment.uuid)).at(-1)?.client_secret ?? null;
  }
}

@Resolver(() => PaymentAttempt)
export class PaymentAttemptsResolver {
  @FieldResolver(() => PaymentMethod, { nullable: true, description: 'What was charged.' })
  async paymentMethod(@Root() attempt: PaymentAttempt, @Ctx() context: Context): Promise<PaymentMethod | null> {
    return showMethod(context, attempt.paymentMethodUuid);
  }
}

@Resolver(() => PaymentApplication)
export class PaymentApplicationsResolver {
  @FieldResolver(() => Invoice, { nullable: true, description: 'The invoice.' })
  async invoice(@Root() application: PaymentApplication, @Ctx() context: Context): Promise<Invoice | null> {
    requirePermission(context, 'invoices:read');
    return showInvoice(context, application.invoiceUuid);
  }

  @FieldResolver(() => Payment, { nullable: true, description: 'The payment.' })
  async payment(@Root() application: PaymentApplication, @Ctx() context: Context): Promise<Payment | null> {
    return showPayment(context, application.paymentUuid);
  }
}

@Resolver(() => Refund)
export class RefundsResolver {
  @Query(() => Refund, { nullable: true, description: 'One refund by its id; null if there is none.' })
  async refund(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Refund | null> {
    requirePermission(context, 'refunds:read');
    const uuid = fromGlobalId('re', id);
    return uuid ? showRefund(context, uuid) : null;
  }

  @Query(() => RefundConnection, { description: 'The refunds of the organization.' })
  async refunds(
    @Arg('filter', () => RefundFilter, { nullable: true, description: 'Which of them.' }) filter: RefundFilter | null,
    @Arg('orderBy', () => RefundOrder, { nullable: true, description: 'Sorted how; the newest first if left out.' })
    orderBy: RefundOrder | null,
    @Args() page: PageArguments,
    @Ctx() context: Context,
  ): Promise<Page<Refund>> {
    requirePermission(context, 'refunds:read');
    const paymentId = idToFind('pay', filter?.paymentId);
    const values = { paymentId, statuses: filter?.status ?? null };
    const found = await refundsPage(context, values, orderBy?.direction ?? 'desc', page);
    return found.map(toRefund);
  }

  @FieldResolver(() => Payment, { nullable: true, description: 'The payment whose money is given back.' })
  async payment(@Root() refund: Refund, @Ctx() context: Context): Promise<Payment | null> {
    requirePermission(context, 'payments:read');
    return showPayment(context, refund.paymentUuid);
  }
}

@Resolver(() => PaymentMethod)
export class PaymentMethodsResolver {
  @Query(() => PaymentMethod, { nullable: true, description: 'One payment method by its id; null if there is none.' })
  async paymentMethod(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<PaymentMethod | null> {
    requirePermission(context, 'payments:read');
    return showMethod(context, fromGlobalId('pm', id));
  }

  @FieldResolver(() => Account, { nullable: true, description: 'The account it belongs to.' })
  async account(@Root() method: PaymentMethod, @Ctx() context: Context): Promise<Account | null> {
    requirePermission(context, 'accounts:read');
    return showAccount(context, method.accountUuid);
  }
}

@Resolver(() => Account)
export class AccountPaymentMethodsResolver {
  @FieldResolver(() => [PaymentMethod], { description: 'Its payment methods in use, the default first.' })
  async paymentMethods(@Root() account: Account, @Ctx() context: Context): Promise<PaymentMethod[]> {
    requirePermission(context, 'payments:read');
    return (await accountMethodsLoader(context).load(account.uuid)).map(toPaymentMethod);
  }

  @FieldResolver(() => PaymentMethod, { nullable: true, description: 'What is charged when no method is named.' })
  async defaultPaymentMethod(@Root() account: Account, @Ctx() context: Context): Promise<PaymentMethod | null> {
    requirePermission(context, 'payments:read');
    const [first] = await accountMethodsLoader(context).load(account.uuid);
    return first?.is_default ? toPaymentMethod(first) : null;
  }
}

@Resolver(() => Invoice)
export class InvoicePaymentsResolver {
  @FieldResolver(() => [Payment], { description: 'The payments that were or are to cover it, the latest first.' })
  async payments(@Root() invoice: Invoice, @Ctx() context: Context): Promise<Payment[]> {
    requirePermission(context, 'payments:read');
    return (await invoicePaymentsLoader(context).load(invoice.uuid)).map(toPayment);
  }
}

/** The API's view of a payment by uuid, for whoever shows one beside its own objects. */
export async function showPayment(context: Context, uuid: string): Promise<Payment | null> {
  const record = await paymentLoader(context).load(uuid);
  return record && toPayment(record);
}

/** The same for a refund. */
export async function showRefund(context: Context, uuid: string): Promise<Refund | null> {
  const record = await refundLoader(context).load(uuid);
  return record && toRefund(record);
}

/** The same for a payment method. */
export async function showMethod(context: Context, uuid: string | null): Promise<PaymentMethod | null> {
  const record = uuid ? await methodLoader(context).load(uuid) : null;
  return record && toPaymentMethod(record);
}

type Show<T> = (context: Context, uuid: string) => Promise<T | null>;

/** Objects for `node(id)`. */
function nodesBy<T extends object>(permission: string, show: Show<T>) {
  return async (context: Context, ids: readonly string[]): Promise<Map<string, T>> => {
    requirePermission(context, permission);
    const found = await Promise.all(ids.map(async (id) => [id, await show(context, id)] as const));
    return new Map(found.flatMap(([id, one]) => (one ? [[id, one] as const] : [])));
  };
}

export const paymentNodes = nodesBy('payments:read', showPayment);
export const refundNodes = nodesBy('refunds:read', showRefund);
export const methodNodes = nodesBy('payments:read', showMethod);
