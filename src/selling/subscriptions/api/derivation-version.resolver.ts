import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Derivation } from '../../../collecting/invoicing/index.ts';
import { type Context, requirePermission } from '../../../platform/context.ts';
import { PlanVersion, showPlanVersion, versionOfPrice } from '../../catalog/index.ts';
import { itemLoader } from './subscriptions.queries.ts';

@Resolver(() => Derivation)
export class DerivationVersionResolver {
  @FieldResolver(() => PlanVersion, {
    nullable: true,
    description: 'The version of the plan that says what was priced; null where no plan does.',
  })
  async planVersion(@Root() derivation: Derivation, @Ctx() context: Context): Promise<PlanVersion | null> {
    const { priceUuid, subscriptionItemUuid } = derivation;
    if (!priceUuid && !subscriptionItemUuid) return null;
    requirePermission(context, 'catalog:read');
    if (priceUuid) return versionOfPrice(context, priceUuid);
    const item = await itemLoader(context).load(subscriptionItemUuid!);
    return item && showPlanVersion(context, item.planVersionId);
  }
}
