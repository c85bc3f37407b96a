import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Charge, PeriodInput, showCharge } from '../../collecting/invoicing/index.ts';
import { type Context, requirePermission, runMutation } from '../../platform/context.ts';
import { readId } from '../../platform/id-input.ts';
import { MutationPayload } from '../../platform/payload.ts';
import { DateTimeScalar, DecimalScalar, type Metadata, MetadataScalar } from '../../platform/scalars.ts';
import { createPriceCharge } from './create-price-charge.ts';

@InputType('CreatePriceChargeInput', { description: 'Something of the catalog that is sold once.' })
export class CreatePriceChargeFields {
  @Field(() => ID, { description: 'The account that owes it.' })
  accountId!: string;

  @Field(() => ID, { description: 'Its price: one that is billed ONCE, of a published version of a plan on sale.' })
  priceId!: string;

  @Field(() => DecimalScalar, { nullable: true, description: 'How many; 1 if left out.' })
  quantity?: string | null;

  @Field(() => PeriodInput, { nullable: true, description: 'The time in which it was or will be supplied.' })
  period?: PeriodInput | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when on it may be invoiced; now if left out.' })
  dueAt?: Date | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Pairs of text of your own, at most 50.' })
  metadata?: Metadata | null;

  @Field(() => String, { nullable: true, description: 'A key of your own that makes a repetition harmless.' })
  idempotencyKey?: string | null;
}

@ObjectType('CreatePriceChargePayload', { description: 'The new charge, or why none was made.' })
export class CreatePriceChargePayload extends MutationPayload {
  @Field(() => Charge, { nullable: true, description: 'The charge as it is now.' })
  charge?: Charge | null;
}

@Resolver()
export class PriceChargesResolver {
  @Mutation(() => CreatePriceChargePayload, {
    description:
      'Puts something that the catalog sells once, such as an add-on, on the next invoice of an account; createCharge does so with an amount of your own.',
  })
  async createPriceCharge(
    @Arg('input', () => CreatePriceChargeFields, { description: 'What is sold, and to whom.' })
    input: CreatePriceChargeFields,
    @Ctx() context: Context,
  ): Promise<CreatePriceChargePayload> {
    requirePermission(context, 'invoices:write');
    const { idempotencyKey, ...compared } = input;
    return runMutation(
      context,
      { operation: 'createPriceCharge', input: compared, idempotencyKey },
      async (work) => {
        const accountId = readId('acc', input.accountId, ['input', 'accountId']);
        const priceId = readId('price', input.priceId, ['input', 'priceId']);
        return { id: (await createPriceCharge(work, { ...compared, accountId, priceId })).id };
      },
      async ({ id }) => ({ charge: await showCharge(context, id) }),
    );
  }
}
