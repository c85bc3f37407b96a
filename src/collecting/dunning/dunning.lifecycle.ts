import { type LifecycleTable, next } from '../../rules/lifecycle.ts';

export const dunningStatuses = ['retrying', 'awaiting_method', 'exhausted', 'recovered', 'stopped'] as const;
export type DunningRunStatus = (typeof dunningStatuses)[number];

/**
 * `fail_soft`: time may help · `fail_hard`: another payment method is needed · `retry`: tried once more · `give_up`: nothing
 * more is tried by itself · `recover`: the money is there · `stop`: nothing is asked for any more.
 */
const dunningEvents = ['fail_soft', 'fail_hard', 'retry', 'give_up', 'recover', 'stop'] as const;
export type DunningEvent = (typeof dunningEvents)[number];

export const dunningLifecycle: LifecycleTable<DunningRunStatus, DunningEvent> = {
  retrying: {
    fail_soft: 'retrying',
    fail_hard: 'awaiting_method',
    retry: 'retrying',
    give_up: 'exhausted',
    recover: 'recovered',
    stop: 'stopped',
  },
  awaiting_method: {
    fail_soft: 'retrying',
    fail_hard: 'awaiting_method',
    retry: 'retrying',
    give_up: 'exhausted',
    recover: 'recovered',
    stop: 'stopped',
  },
  // A new method is tried at once here too; another failure changes nothing.
  exhausted: { retry: 'exhausted', recover: 'recovered', stop: 'stopped' },
  recovered: { fail_soft: 'retrying', fail_hard: 'awaiting_method' },
  stopped: { fail_soft: 'retrying', fail_hard: 'awaiting_method' },
};

/** The status an event leads to, or undefined where it changes nothing. */
export function dunningMove(from: string, event: DunningEvent): DunningRunStatus | undefined {
  return next(dunningLifecycle, from as DunningRunStatus, event);
}
