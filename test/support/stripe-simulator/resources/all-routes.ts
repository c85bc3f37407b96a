import type { Route } from '../engine/route.ts';
import { accountRoutes } from './account.ts';
import { balanceRoutes } from './balance.ts';
import { chargeRoutes } from './charges.ts';
import { customerRoutes } from './customers.ts';
import { disputeRoutes } from './disputes.ts';
import { type DeliveryKnowledge, eventRoutes } from './events.ts';
import { paymentIntentRoutes } from './payment-intents.ts';
import { paymentMethodRoutes } from './payment-methods.ts';
import { refundRoutes } from './refunds.ts';
import { setupIntentRoutes } from './setup-intents.ts';
import { taxRoutes } from './tax.ts';
import { webhookEndpointRoutes } from './webhook-endpoints.ts';

/** Every operation that the simulator offers. */
export function allRoutes(deliveries: DeliveryKnowledge): Route[] {
  return [
    ...accountRoutes,
    ...balanceRoutes,
    ...chargeRoutes,
    ...customerRoutes,
    ...disputeRoutes,
    ...eventRoutes(deliveries),
    ...paymentIntentRoutes,
    ...paymentMethodRoutes,
    ...refundRoutes,
    ...setupIntentRoutes,
    ...taxRoutes,
    ...webhookEndpointRoutes,
  ];
}
