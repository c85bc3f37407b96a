import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import { localDate } from '../../rules/calendar.ts';
import { PlanVersionEntity, type PlanVersionRow, PriceEntity } from './catalog.entities.ts';
import { commitmentProblems, type PlanVersionInput, unbillable } from './catalog.input.ts';
import { storedModel } from './price-model.ts';

/** Writes a version with its prices; `path` leads to the version within the input. INVALID_INPUT for dead currencies. */
export function insertPlanVersion(
  work: Work,
  version: { planId: string; number: number; publish: boolean; input: PlanVersionInput; path: string[] },
): PlanVersionRow {
  const { input, path } = version;
  refuse(unbillable(input.prices, localDate('UTC', work.recordedAt)), [...path, 'prices']);
  refuse(commitmentProblems(input), [...path, 'minimumCommitment']);
  const stamps = { createdAt: work.recordedAt, updatedAt: work.recordedAt };
  const row: PlanVersionRow = {
    organizationId: work.organizationId,
    id: newId(),
    planId: version.planId,
    version: version.number,
    // Prices of a published version are refused by the database, so they come before it is published.
    status: 'draft',
    intervalUnit: input.intervalUnit,
    intervalCount: input.intervalCount,
    trialDays: input.trialDays,
    minimumCommitments: Object.fromEntries(
      input.minimumCommitment.map(({ currency, amountMinor }) => [currency, amountMinor.toString()]),
    ),
    publishedAt: null,
    metadata: input.metadata,
    ...stamps,
  };
  work.insert(PlanVersionEntity, [row]);
  const positions = new Map<string, number>();
  for (const price of input.prices) if (!positions.has(price.component)) positions.set(price.component, positions.size);
  work.insert(
    PriceEntity,
    input.prices.map((price) => ({
      organizationId: work.organizationId,
      id: newId(),
      planVersionId: row.id,
      component: price.component,
      name: price.name,
      currency: price.currency,
      ...storedModel(price),
      billingMode: price.billingMode,
      taxCategory: price.taxCategory ?? null,
      position: positions.get(price.component)!,
      createdAt: work.recordedAt,
    })),
  );
  return row;
}

/** INVALID_INPUT with every currency in a list that does not fit. */
function refuse(found: readonly { index: number; message: string }[], list: string[]): void {
  const [first] = found;
  if (!first) return;
  const issues = found.map(({ index, message }) => ({ message, path: [...list, String(index), 'currency'] }));
  throw new DomainError('INVALID_INPUT', first.message, { path: issues[0]!.path, issues });
}
