import 'reflect-metadata';
import { Ctx, Field, FieldResolver, Int, ObjectType, Resolver, Root, registerEnumType } from 'type-graphql';
import { type Context, requirePermission } from '../../platform/context.ts';
import { DateTimeScalar } from '../../platform/scalars.ts';
import { customerAction, type DeclineClass } from '../../rules/dunning.ts';
import { Invoice } from '../invoicing/index.ts';
import { Payment, showPayment } from '../payments/index.ts';

const DunningRunStatusEnum = {
  RETRYING: 'retrying',
  AWAITING_METHOD: 'awaiting_method',
  EXHAUSTED: 'exhausted',
  RECOVERED: 'recovered',
  STOPPED: 'stopped',
} as const;
registerEnumType(DunningRunStatusEnum, {
  name: 'DunningRunStatus',
  description: 'What is done about an invoice that could not be collected.',
  valuesConfig: {
    RETRYING: { description: 'It is tried again at its time.' },
    AWAITING_METHOD: { description: 'Only another payment method can help.' },
    EXHAUSTED: { description: 'Given up; nothing more is tried by itself.' },
    RECOVERED: { description: 'The money came.' },
    STOPPED: { description: 'Nothing is asked for any more.' },
  },
});

const CustomerActionEnum = {
  NONE: 'none',
  AUTHENTICATE: 'authenticate',
  NEW_CARD: 'new_card',
  CORRECT_CARD: 'correct_card',
  CONTACT_ISSUER: 'contact_issuer',
} as const;
registerEnumType(CustomerActionEnum, {
  name: 'CustomerAction',
  description: 'What the customer is to do about a decline.',
  valuesConfig: {
    NONE: { description: 'Nothing.' },
    AUTHENTICATE: { description: 'Confirm the payment with their bank.' },
    NEW_CARD: { description: 'Give another payment method.' },
    CORRECT_CARD: { description: 'Correct the details of the card.' },
    CONTACT_ISSUER: { description: 'Ask the bank that issued the card.' },
  },
});

@ObjectType('DunningAttempt', { description: 'One retry of an invoice.' })
export class DunningAttempt {
  paymentUuid!: string | null;

  @Field(() => Int, { description: 'Its number, from 1.' })
  number!: number;

  @Field(() => DateTimeScalar, { description: 'When it was made.' })
  at!: Date;
}

@ObjectType('DunningRun', { description: 'What is done about an invoice that could not be collected.' })
export class DunningRun {
  @Field(() => DunningRunStatusEnum, { description: 'Where it is.' })
  status!: string;

  @Field(() => Int, { description: 'How often collecting has failed.' })
  failures!: number;

  @Field(() => DateTimeScalar, {
    description: 'When it failed first, or was found without a method; the retries count from then.',
  })
  firstFailedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it is tried next.' })
  nextRetryAt!: Date | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when another method is awaited.' })
  givesUpAt!: Date | null;

  @Field(() => CustomerActionEnum, { description: 'What the customer is to do.' })
  customerAction!: string;

  @Field(() => [DunningAttempt], { description: 'The retries made, the first one first.' })
  attempts!: DunningAttempt[];
}

interface RunRecord {
  invoice_id: string;
  status: string;
  failures: number;
  first_failed_at: Date;
  next_retry_at: Date | null;
  gives_up_at: Date | null;
  decline_class: string | null;
  attempts: { number: number; at: string; payment: string | null }[];
}

@Resolver(() => Invoice)
export class InvoiceDunningResolver {
  @FieldResolver(() => DunningRun, {
    nullable: true,
    description: 'What is done about it since it could not be collected; null if it never failed.',
  })
  async dunning(@Root() invoice: Invoice, @Ctx() context: Context): Promise<DunningRun | null> {
    requirePermission(context, 'payments:read');
    const record = await runLoader(context).load(invoice.uuid);
    return record && toRun(record);
  }
}

@Resolver(() => DunningAttempt)
export class DunningAttemptsResolver {
  @FieldResolver(() => Payment, { nullable: true, description: 'The payment that was attempted.' })
  async payment(@Root() attempt: DunningAttempt, @Ctx() context: Context): Promise<Payment | null> {
    return attempt.paymentUuid ? showPayment(context, attempt.paymentUuid) : null;
  }
}

function runLoader(context: Context) {
  return context.loader('invoice.dunning', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<RunRecord>(
      `select d.invoice_id, d.status, d.failures, d.first_failed_at, d.next_retry_at, d.gives_up_at, d.decline_class,
         coalesce((select jsonb_agg(jsonb_build_object('number', t.attempt_no, 'at', t.at, 'payment', t.payment_id) order by t.attempt_no)
           from dunning_attempts t where t.organization_id = d.organization_id and t.invoice_id = d.invoice_id), '[]') as attempts
       from dunning_runs d where d.organization_id = $1 and d.invoice_id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const found = new Map(rows.map((row) => [row.invoice_id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

function toRun(record: RunRecord): DunningRun {
  const declined = (record.decline_class ?? 'soft') as DeclineClass;
  const going = record.status === 'retrying' || record.status === 'awaiting_method' || record.status === 'exhausted';
  return Object.assign(new DunningRun(), {
    status: record.status,
    failures: record.failures,
    firstFailedAt: record.first_failed_at,
    nextRetryAt: record.next_retry_at,
    givesUpAt: record.gives_up_at,
    customerAction: going ? customerAction(declined) : 'none',
    attempts: record.attempts.map((attempt) =>
      Object.assign(new DunningAttempt(), {
        number: attempt.number,
        at: new Date(attempt.at),
        paymentUuid: attempt.payment,
      }),
    ),
  });
}
