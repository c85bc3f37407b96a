import 'reflect-metadata';
import { Arg, Ctx, Field, ObjectType, Query, Resolver, registerEnumType } from 'type-graphql';
import { Money, money } from '../../platform/api-types.ts';
import { type Context, requirePermission } from '../../platform/context.ts';
import { DateTimeScalar } from '../../platform/scalars.ts';
import { readLedgerBalances } from './ledger.queries.ts';

const LedgerAccountEnum = {
  RECEIVABLE: 'receivable',
  CASH: 'cash',
  REVENUE: 'revenue',
  DEFERRED_REVENUE: 'deferred_revenue',
  TAX_PAYABLE: 'tax_payable',
  CREDITS: 'credits',
  BAD_DEBT: 'bad_debt',
  REFUNDS: 'refunds',
  DISPUTED: 'disputed',
  PROMOTIONS: 'promotions',
  BREAKAGE: 'breakage',
  OVERDRAWN: 'overdrawn',
} as const;
registerEnumType(LedgerAccountEnum, {
  name: 'LedgerAccount',
  description: 'An account of the ledger.',
  valuesConfig: {
    RECEIVABLE: { description: 'What customers owe.' },
    CASH: { description: 'Money received, gross of provider fees.' },
    REVENUE: { description: 'What was earned.' },
    DEFERRED_REVENUE: { description: 'What was invoiced for service still to come.' },
    TAX_PAYABLE: { description: 'Tax that is owed to the authorities.' },
    CREDITS: { description: 'Credit that customers may still spend.' },
    BAD_DEBT: { description: 'What was given up.' },
    REFUNDS: { description: 'Money given back.' },
    DISPUTED: { description: 'Money that a provider holds back until a dispute is decided.' },
    PROMOTIONS: { description: 'Credit given for nothing: it makes revenue smaller.' },
    OVERDRAWN: {
      description: 'What banks took back beyond what was there of payments, because it had been given back already.',
    },
    BREAKAGE: { description: 'Credit that was paid for and never spent: earned when it ended.' },
  },
});

@ObjectType('LedgerBalance', { description: 'What an account of the ledger holds in one currency.' })
export class LedgerBalanceObject {
  @Field(() => LedgerAccountEnum, { description: 'The account.' })
  account!: string;

  @Field(() => Money, {
    description: 'Debit is positive, credit negative; all accounts of a currency add up to nothing.',
  })
  balance!: Money;
}

@Resolver()
export class LedgerResolver {
  @Query(() => [LedgerBalanceObject], {
    description: 'The trial balance: every account and currency that was ever posted to, by currency and account.',
  })
  async ledgerBalances(
    @Arg('before', () => DateTimeScalar, { nullable: true, description: 'Only what was posted before this instant.' })
    before: Date | null,
    @Ctx() context: Context,
  ): Promise<LedgerBalanceObject[]> {
    requirePermission(context, 'ledger:read');
    const balances = await readLedgerBalances(context.reader, before);
    return balances.map(({ account, currency, balance }) => ({ account, balance: money(balance, currency) }));
  }
}
