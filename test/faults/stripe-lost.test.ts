import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { marks } from '../../src/collecting/payments/providers/stripe-objects.ts';
import { query } from '../support/database.ts';
import type { FaultProcess } from '../support/fault-runner.ts';
import { openStage, type Stage } from '../support/fault-stage.ts';
import { stepsOfRun, webhookSteps } from '../support/fault-steps.ts';
import type { FaultKind } from '../support/stripe-simulator/index.ts';

let stage: Stage;
let product: FaultProcess;

beforeAll(async () => {
  stage = await openStage();
  product = await stage.process();
}, 180_000);

afterAll(async () => {
  await stage?.close();
}, 60_000);

const charging = { method: 'POST', path: '/v1/payment_intents' } as const;

describe('Stripe', () => {
  it.each<FaultKind>([
    'reset_before_effect',
    'reset_after_effect',
    'server_error_after_effect',
    'server_error_before_effect',
    'cut_body',
    'invalid_json',
    'lock_timeout',
    'rate_limit',
    'answer_after_webhooks',
  ])(
    '%s: charged once, and known in the end',
    async (kind) => {
      stage.simulator.webhooks.reset();
      const fault = stage.simulator.fail({ kind, ...charging });
      const accounts = await stage.due(1);
      await stage.quiet();
      expect(fault.struck).toBe(1);
      await stage.check(accounts);
    },
    180_000,
  );

  it('asked again for the same attempt is asked with the same key', () => {
    const keys = new Map<string, Set<string | null>>();
    for (const request of stage.simulator.requests) {
      const { [marks.attempt]: attempt } = (request.parameters.metadata ?? {}) as Record<string, string>;
      if (request.path !== charging.path || request.method !== charging.method || !attempt) continue;
      keys.set(attempt, (keys.get(attempt) ?? new Set()).add(request.idempotencyKey));
    }
    expect(keys.size).toBeGreaterThan(5);
    for (const used of keys.values()) expect(used.size).toBe(1);
  });

  it('tells everything ten times at once, in any order, and again: nothing happens twice', async () => {
    stage.simulator.webhooks.duplicate(10);
    stage.simulator.webhooks.parallel();
    const accounts = await stage.due(2);
    await stage.quiet();
    await stage.simulator.settled();
    stage.simulator.webhooks.reset();
    for (const event of stage.simulator.events.slice(-20)) await stage.simulator.webhooks.resend(event.id, 3);
    await stage.quiet();
    await stage.check(accounts);
  }, 180_000);

  it('that never tells anything is asked', async () => {
    stage.simulator.webhooks.drop(1);
    const fault = stage.simulator.fail({ kind: 'reset_after_effect', ...charging });
    const accounts = await stage.due(1);
    await stage.quiet();
    stage.simulator.webhooks.reset();
    expect(fault.struck).toBe(1);
    await stage.check(accounts);
  }, 180_000);
});

describe('a process that is killed as Stripe tells it something', () => {
  it.each(stepsOfRun(webhookSteps))(
    'at $name: told again, it is applied once',
    async (step) => {
      const victim = product;
      step.arm(stage, () => victim.signal('SIGKILL'));
      const accounts = await stage.due(1);
      await victim.gone;
      product = await stage.process();
      await stage.simulator.settled();
      await stage.quiet();
      await stage.check(accounts);
      const [events] = await query<{ stored: number; twice: number }>(
        stage.database.superuserUrl,
        `select count(*)::int as stored, count(*) filter (where effects > 1)::int as twice from provider_events`,
      );
      expect(events!.stored).toBeGreaterThan(0);
      expect(events!.twice).toBe(0);
    },
    180_000,
  );
});
