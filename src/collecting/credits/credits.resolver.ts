import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Account } from '../../accounts/index.ts';
import { Money, money } from '../../platform/api-types.ts';
import { type Context, requirePermission } from '../../platform/context.ts';

interface BalanceRecord {
  account_id: string;
  currency: string;
  balance: bigint;
}

@Resolver(() => Account)
export class AccountCreditsResolver {
  @FieldResolver(() => [Money], {
    description: 'Credit that its next invoices spend, in each currency in which there is some.',
  })
  async creditBalances(@Root() account: Account, @Ctx() context: Context): Promise<Money[]> {
    requirePermission(context, 'invoices:read');
    const loader = context.loader('account.credits', async (ids: readonly string[]) => {
      const rows = await context.reader.rows<BalanceRecord>(
        `select account_id, currency, balance from credit_balances
         where organization_id = $1 and account_id = any($2::uuid[]) and balance <> 0 order by account_id, currency`,
        [context.organizationId, [...ids]],
      );
      const groups = new Map<string, BalanceRecord[]>(ids.map((id) => [id, []]));
      for (const row of rows) groups.get(row.account_id)?.push(row);
      return ids.map((id) => groups.get(id) ?? []);
    });
    return (await loader.load(account.uuid)).map(({ balance, currency }) => money(balance, currency));
  }
}
