import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { CreateInvoicePayload, showInvoice } from '../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { readId, readOptionalId } from '../../platform/id-input.ts';
import { WriteInvoiceFields } from './write-invoice.requests.ts';
import { writeInvoice } from './write-invoice.ts';

@Resolver()
export class WriteInvoiceResolver {
  @Mutation(() => CreateInvoicePayload, { description: 'Makes an invoice by hand: a draft, or final at once.' })
  async createInvoice(
    @Arg('input', () => WriteInvoiceFields, { description: 'What it asks for.' }) input: WriteInvoiceFields,
    @Ctx() context: Context,
  ): Promise<CreateInvoicePayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'createInvoice', input: compared, idempotencyKey, about: ['input', 'lines'] },
      async (work) => {
        const made = await writeInvoice(work, {
          ...compared,
          accountId: readId('acc', input.accountId, ['input', 'accountId']),
          legalEntityId: readOptionalId('le', input.legalEntityId, ['input', 'legalEntityId']),
          discounts: input.discounts?.map(({ coupon, ...discount }, index) => {
            const path = ['input', 'discounts', String(index), 'coupon', 'couponId'];
            return {
              ...discount,
              coupon: coupon && { ...coupon, couponId: readOptionalId('cpn', coupon.couponId, path) },
            };
          }),
        });
        return { id: made.id };
      },
      async ({ id }) => ({ invoice: await showInvoice(context, id) }),
    );
  }
}
