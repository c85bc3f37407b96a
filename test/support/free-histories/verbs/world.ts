import { Disagreement } from '../ground.ts';
import { type Verb } from '../verb.ts';
import { wares } from '../wares.ts';

const hour = 3_600_000;

/** The clock goes on, through whatever falls due. */
export const advance: Verb = {
  verb: 'advance',
  weight: 14,
  draw: (random) => ({
    hours: random.one([1, 13, 24, 24 * 6, 24 * 17, 24 * 31, 24 * 31]),
    minutes: random.between(0, 59),
  }),
  play: async (ground, step) => {
    await ground.walk((await ground.now()) + Number(step.hours) * hour + Number(step.minutes) * 60_000);
    return 'done';
  },
};

/** A plan gets another version, dearer or cheaper, and everybody who has an older one is moved to it. */
export const migrate: Verb = {
  verb: 'migrate',
  weight: 2,
  draw: (random) => ({
    offer: random.between(0, wares.length - 1),
    percent: random.one([80, 100, 130]),
    later: random.chance(0.4),
    dryRun: random.chance(0.2),
  }),
  play: async (ground, step) => {
    const { name, kind: _kind, ...version } = wares[Number(step.offer)]!;
    const planId = ground.planIds.get(name)!;
    const dearer = (key: string, text: unknown) =>
      ['amount', 'unitAmount', 'packageAmount'].includes(key) && typeof text === 'string'
        ? key === 'amount'
          ? String(Math.floor((Number(text) * Number(step.percent)) / 100))
          : ((Number(text) * Number(step.percent)) / 100).toFixed(4)
        : text;
    const prices = JSON.parse(JSON.stringify(version.prices, dearer));
    const made = await ground.must<{ planVersion: { version: number } }>(
      'createPlanVersion',
      { planId, ...version, prices, publish: true },
      'planVersion { version }',
    );
    const to = made.planVersion.version;
    const moved = await ground.try('migrateSubscriptions', {
      ...{ planId, fromVersion: 1 + (to % 2 === 0 ? to - 2 : 0), toVersion: to },
      ...{ when: step.later ? 'PERIOD_END' : 'NOW', dryRun: step.dryRun },
    });
    if (moved === 'refused') throw new Disagreement('nobody can be moved to a new version');
    return 'done';
  },
};

/** How the organization wants things done. */
export const settle: Verb = {
  verb: 'settings',
  weight: 2,
  draw: (random) => ({
    grace: random.one([0, 0, 2]),
    grouping: random.one(['ACCOUNT', 'ACCOUNT', 'SUBSCRIPTION']),
    end: random.one(['NONE', 'CANCEL', 'MARK_UNCOLLECTIBLE']),
    netDays: random.one([0, 0, 10]),
  }),
  play: (ground, step) =>
    ground.try('updateOrganization', {
      invoiceGraceDays: step.grace,
      invoiceGrouping: step.grouping,
      dunningFinalAction: step.end,
      netDays: step.netDays,
    }),
};

export const policy: Verb = {
  verb: 'policy',
  weight: 1,
  draw: (random) => ({
    direction: random.one(['UPGRADE', 'DOWNGRADE']),
    timing: random.one(['NOW', 'PERIOD_END']),
    settle: random.one(['INVOICE_NOW', 'NEXT_INVOICE', 'NONE']),
    credit: random.one(['TIME', 'NONE']),
  }),
  play: (ground, { direction, timing, settle: how, credit }) =>
    ground.try('setChangePolicy', { direction, timing, settle: how, creditBasis: credit }),
};

/** Another place: other taxes from now on. */
export const move: Verb = {
  verb: 'move',
  weight: 1,
  draw: (random) => ({ account: random.between(0, 3), country: random.one(['AT', 'US']) }),
  play: (ground, step) =>
    ground.try('updateAccount', {
      id: ground.accountIds[Number(step.account)],
      billingAddress: { country: step.country },
    }),
};
