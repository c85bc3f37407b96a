import { describe, expect, it } from '@jest/globals';
import { DomainError } from '../../../src/platform/errors.ts';
import { planBilling } from '../../../src/selling/subscriptions/billing/plan-billing.ts';
import type { Billable } from '../../../src/selling/subscriptions/items/billable.ts';
import type { BillableItem } from '../../../src/selling/subscriptions/items/billable-item.ts';
import { PriceBook } from '../../../src/selling/subscriptions/items/price-book.ts';

const at = (text: string) => new Date(`${text}Z`);

function item(more: Partial<BillableItem> & { model?: string; parameters?: unknown } = {}): BillableItem {
  const { model = 'flat', parameters = { amount: '1000' }, ...rest } = more;
  return {
    id: rest.component ?? 'base',
    subscriptionId: 's',
    planId: 'plan',
    planVersionId: 'version',
    priceId: `price of ${rest.component ?? 'base'}`,
    priceOverrideId: null,
    component: 'base',
    billingMode: 'advance',
    quantity: '1',
    activeFrom: at('2026-01-01T00:00:00'),
    activeTo: null,
    position: 0,
    price: { id: `price of ${rest.component ?? 'base'}`, model, parameters, currency: 'EUR', description: 'Pro' },
    ...rest,
  };
}

function subscription(more: Partial<Billable> = {}): Billable {
  return {
    organizationId: 'o',
    id: 's',
    accountId: 'a',
    status: 'active',
    currency: 'EUR',
    timezone: 'UTC',
    anchorAt: at('2026-01-01T00:00:00'),
    wholePeriodStart: null,
    intervalUnit: 'month',
    intervalCount: 1,
    collection: 'manual',
    paymentMethodId: null,
    netDays: null,
    legalEntityId: null,
    purchaseOrderNumber: null,
    startedAt: at('2026-01-01T00:00:00'),
    currentPeriodStart: at('2026-01-01T00:00:00'),
    currentPeriodEnd: at('2026-02-01T00:00:00'),
    trialStart: null,
    trialEnd: null,
    endsAt: null,
    endedAt: null,
    nextBillingAt: at('2026-02-01T00:00:00'),
    lapsesAt: null,
    parkedAt: null,
    cancelReason: null,
    items: [item()],
    pending: [],
    pause: null,
    billed: [],
    unsettled: [],
    ...more,
  };
}

const plan = (of: Billable, until: string, options = {}) => planBilling(of, at(until), new PriceBook(), options);

describe('planning what falls due', () => {
  it('plans nothing before the boundary and does not change what it is given', () => {
    const given = Object.freeze(subscription());
    expect(plan(given, '2026-01-31T23:59:59')).toMatchObject({ steps: [], moves: [], reachedAt: null });
    plan(given, '2027-01-01T00:00:00');
    expect(given.nextBillingAt).toEqual(at('2026-02-01T00:00:00'));
  });

  it('is the same in one go as boundary by boundary', () => {
    const items = [item(), item({ component: 'late', billingMode: 'arrears', parameters: { amount: '7' } })];
    const whole = plan(subscription({ items }), '2026-12-15T00:00:00');
    let standing = subscription({ items });
    const steps: unknown[] = [];
    for (let day = at('2026-01-15T00:00:00'); day <= at('2026-12-15T00:00:00'); ) {
      const part = planBilling(standing, day, new PriceBook());
      steps.push(...part.steps);
      standing = { ...standing, ...part.after };
      day = new Date(day.getTime() + 86_400_000);
    }
    expect(steps).toEqual(whole.steps);
    expect(standing.nextBillingAt).toEqual(whole.after.nextBillingAt);
    expect(whole.steps).toHaveLength(11);
  });

  it('bills arrears of the period before and advance of the one that begins, at one instant', () => {
    const items = [item({ component: 'late', billingMode: 'arrears' }), item()];
    const [step] = plan(subscription({ items }), '2026-02-01T00:00:00').steps;
    expect(step!.charges.map(({ component, periodStart, periodEnd }) => [component, periodStart, periodEnd])).toEqual([
      ['late', at('2026-01-01T00:00:00'), at('2026-02-01T00:00:00')],
      ['base', at('2026-02-01T00:00:00'), at('2026-03-01T00:00:00')],
    ]);
  });

  it('stops at a first bill that decides, unless the subscription is being made', () => {
    const fresh = subscription({
      status: 'incomplete',
      collection: 'automatic',
      currentPeriodStart: null,
      currentPeriodEnd: null,
      nextBillingAt: at('2026-01-01T00:00:00'),
    });
    expect(plan(fresh, '2026-04-15T00:00:00')).toMatchObject({
      steps: [{ decides: true }],
      after: { status: 'incomplete' },
    });
    expect(plan(fresh, '2026-04-15T00:00:00', { creating: true }).steps).toHaveLength(4);
  });

  it('ends where the end is scheduled, with a last period cut and prorated', () => {
    const ending = subscription({
      endsAt: at('2026-02-15T00:00:00'),
      items: [item({ parameters: { amount: '2800' } })],
    });
    const planned = plan(ending, '2026-12-01T00:00:00');
    // The end has nothing of its own to bill: it is there for what waits for a next invoice.
    expect(planned.steps.map(({ reason, charges }) => [reason, charges.length])).toEqual([
      ['subscription_cycle', 1],
      ['subscription_ended', 0],
    ]);
    expect(planned.steps[0]!.charges[0]).toMatchObject({ periodEnd: at('2026-02-15T00:00:00'), amount: 1400n });
    expect(planned.after).toMatchObject({
      status: 'canceled',
      endedAt: at('2026-02-15T00:00:00'),
      nextBillingAt: null,
    });
    expect(planned.moves.map((move) => move.event)).toEqual(['canceled']);
  });

  it('bills an item only while it is held', () => {
    const items = [
      item({ activeTo: at('2026-02-15T00:00:00'), parameters: { amount: '2800' } }),
      item({ component: 'new', activeFrom: at('2026-03-16T00:00:00'), parameters: { amount: '3100' } }),
    ];
    const planned = plan(subscription({ items }), '2026-03-01T00:00:00');
    expect(planned.steps.flatMap((step) => step.charges.map((charge) => [charge.component, charge.amount]))).toEqual([
      ['base', 1400n],
      ['new', 1600n],
    ]);
  });

  it('says how an amount came about', () => {
    const items = [
      item({
        model: 'per_seat',
        parameters: { unitAmount: '12.5' },
        quantity: '3',
        activeFrom: at('2026-02-15T00:00:00'),
      }),
    ];
    const [step] = plan(subscription({ items }), '2026-02-01T00:00:00').steps;
    expect(step!.charges[0]).toMatchObject({
      amount: 19n,
      unitAmount: '12.5',
      derivation: {
        steps: [
          { step: 'per_unit', unitAmount: '0.125', quantity: '3', amount: '0.375' },
          { step: 'prorate', mode: 'by_second', share: '0.5', amount: '0.1875' },
          { step: 'round', amount: '0.19' },
        ],
      },
    });
  });

  it.each([
    ['a model of a later release', { model: 'tiered', parameters: {} }],
    ['parameters that are none', { parameters: null }],
  ])('refuses %s', (_, price) => {
    expect(() => plan(subscription({ items: [item(price)] }), '2026-02-01T00:00:00')).toThrow(RangeError);
  });

  it('refuses an amount beyond the books', () => {
    const price = { model: 'per_unit', parameters: { unitAmount: '999999999999999' }, quantity: '999999999999' };
    expect(() => plan(subscription({ items: [item(price)] }), '2026-02-01T00:00:00')).toThrow(DomainError);
  });
});
