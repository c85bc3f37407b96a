import { nextRetryAt, type RetrySchedule, retrySchedule } from '../../../src/rules/dunning.ts';
import { type Adapter, instant, type JsonObject, list, number, optionalInstant, optionalText } from '../adapter.ts';

function schedule(inputs: JsonObject): RetrySchedule {
  if (inputs.offsets_days !== undefined) {
    return { days: list(inputs, 'offsets_days').map(Number), measuredFrom: 'first_failure' };
  }
  const measuredFrom = optionalText(inputs, 'gap_measured_from') ?? 'previous_attempt';
  if (measuredFrom !== 'previous_attempt' && measuredFrom !== 'first_failure') {
    throw new TypeError('gap_measured_from is unknown');
  }
  return { days: list(inputs, 'gaps_days').map(Number), measuredFrom };
}

const retries: Adapter = {
  op: 'dunning.retry_schedule',
  policies: [],
  run(inputs) {
    const planned = retrySchedule(instant(inputs, 'first_failure_at'), schedule(inputs));
    return {
      retries_at: planned.retriesAt.map((at) => at.toISOString()),
      gives_up_after_attempts: planned.givesUpAfterAttempts,
    };
  },
};

const nextRetry: Adapter = {
  op: 'dunning.next_retry',
  policies: [],
  run(inputs) {
    const lastAt = optionalInstant(inputs, 'last_failure_at') ?? instant(inputs, 'first_failure_at');
    const firstAt = optionalInstant(inputs, 'first_failure_at') ?? lastAt;
    const retry = nextRetryAt({ count: number(inputs, 'failures_so_far'), firstAt, lastAt }, schedule(inputs));
    return { next_retry_at: retry?.toISOString() ?? null };
  },
};

export const dunningAdapters: readonly Adapter[] = [retries, nextRetry];
