import { z } from 'zod';
import { planItem, quantityInput } from '../creation/create-subscription.input.ts';

/** Parts of one change. */
const mostParts = 20;

const replacePlan = planItem.extend({ planId: z.uuid().nullish() });
const setQuantity = z.object({
  planId: z.uuid().nullish(),
  component: z.string().min(1).max(63).nullish(),
  quantity: quantityInput,
});

const part = z
  .object({
    replacePlan: replacePlan.nullish(),
    setQuantity: setQuantity.nullish(),
    addPlan: planItem.nullish(),
    removePlan: z.object({ planId: z.uuid() }).nullish(),
  })
  .refine(
    (given) => Object.values(given).filter((value) => value != null).length === 1,
    'Exactly one of replacePlan, setQuantity, addPlan and removePlan.',
  );

export type ChangePart = z.output<typeof part>;

export const changeSubscriptionSchema = z
  .object({
    id: z.uuid(),
    changes: z.array(part).min(1).max(mostParts),
    when: z.enum(['now', 'period_end', 'date']).nullish(),
    date: z.date().nullish(),
    settle: z.enum(['invoice_now', 'next_invoice', 'none']).nullish(),
    creditBasis: z.enum(['time', 'none']).nullish(),
    prorationMode: z.enum(['by_second', 'by_day']).nullish(),
  })
  .refine(({ when, date }) => (when === 'date') === (date != null), {
    path: ['date'],
    message: 'A date goes with DATE, and only with it.',
  });

export type ChangeSubscriptionInput = z.input<typeof changeSubscriptionSchema>;
export type CheckedChangeInput = z.output<typeof changeSubscriptionSchema>;
