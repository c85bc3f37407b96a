import { z } from 'zod';
import { addPricedCharge, type ChargeDraft } from '../../collecting/invoicing/index.ts';
import { invalidInput, invalidState, notFound } from '../../platform/errors.ts';
import { metadataInput } from '../../platform/free-text.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { priceToMinor } from '../../rules/currency.ts';
import type { PricedBy } from './price-model.ts';
import { quotePrice } from './quote-price.ts';

const schema = z.object({
  accountId: z.uuid(),
  priceId: z.uuid(),
  quantity: z.string().nullish(),
  period: z
    .object({ start: z.date(), end: z.date() })
    .refine(({ start, end }) => start < end, 'The period must end after it starts.')
    .nullish(),
  dueAt: z.date().nullish(),
  metadata: metadataInput.nullish(),
});

export type CreatePriceChargeInput = z.input<typeof schema>;

interface SoldPrice extends PricedBy {
  id: string;
  name: string;
  billingMode: string;
  taxCategory: string | null;
  planName: string;
  status: string;
  archived: boolean;
}

/**
 * Charges something that the catalog sells once, such as an add-on: it waits for the account's next invoice in the price's
 * currency, and its line knows its price. NOT_FOUND; INVALID_STATE for a price that is not for sale; INVALID_INPUT for one of
 * periods and for a quantity that does not fit it; AMOUNT_TOO_LARGE.
 */
export async function createPriceCharge(work: Work, given: CreatePriceChargeInput): Promise<{ id: string }> {
  const input = readInput(schema, given);
  const price = await sellablePrice(work, input.priceId);
  const priced = quotePrice(price, { quantity: input.quantity });
  const { name, planName, currency } = price;
  const draft: Omit<ChargeDraft, 'accountId'> = {
    kind: 'one_off',
    priceId: price.id,
    taxCategory: price.taxCategory,
    description: planName === name ? planName : `${planName} – ${name}`,
    periodStart: input.period?.start ?? null,
    periodEnd: input.period?.end ?? null,
    quantity: priced.quantity,
    unitAmount: priceToMinor(priced.unitAmount, currency),
    amount: priced.amountMinor,
    derivation: priced.derivation,
  };
  const { accountId, dueAt, metadata } = input;
  return addPricedCharge(work, { accountId, currency, draft, dueAt, metadata });
}

async function sellablePrice(work: Work, priceId: string): Promise<SoldPrice> {
  const path = ['input', 'priceId'];
  const [price] = await work.rows<SoldPrice>(
    `select c.id, c.name, c.currency, c.model, c.parameters, c.billing_mode as "billingMode", c.tax_category as "taxCategory", p.name as "planName",
       v.status, p.archived_at is not null as archived
     from prices c
     join plan_versions v on v.organization_id = c.organization_id and v.id = c.plan_version_id
     join plans p on p.organization_id = v.organization_id and p.id = v.plan_id
     where c.organization_id = $1 and c.id = $2`,
    [work.organizationId, priceId],
  );
  if (!price) throw notFound(path);
  if (price.archived) throw invalidState('The plan is archived and not for sale.', path);
  if (price.status !== 'published') throw invalidState('The version of the plan is not published.', path);
  if (price.billingMode !== 'once') {
    throw invalidInput(
      path,
      'This price is billed for each period: subscribe to its plan, or take a price that is billed ONCE.',
    );
  }
  return price;
}
