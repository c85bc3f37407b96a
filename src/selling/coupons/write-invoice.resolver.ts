import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { CreateInvoicePayload, showInvoice } from '../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { decisivePart, issuedOutcome, readNewInvoice } from './preview-written.ts';
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
    const { idempotencyKey, previewToken: token, ...values } = input;
    return runMutation(
      context,
      {
        operation: 'createInvoice',
        input: values,
        idempotencyKey,
        about: ['input', 'lines'],
        preview: { token, input: decisivePart(values), outcome: issuedOutcome },
      },
      async (work, at) => ({ id: (await writeInvoice(work, readNewInvoice(values), { at })).id }),
      async ({ id }) => ({ invoice: await showInvoice(context, id) }),
    );
  }
}
