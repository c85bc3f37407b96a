import { expect, test } from '@jest/globals';
import { createMetrics } from '../../src/platform/metrics.ts';

test('declared metrics are told in the text format, and asked for when they are read', async () => {
  const metrics = createMetrics({ defaults: false });
  metrics.counter('payments_total', 'Payments by outcome', ['status']).inc({ status: 'succeeded' }, 2);
  metrics.histogram('job_seconds', 'Time a job took', [], [0.1, 1]).observe(0.5);
  let age = 1;
  metrics.gauge('outbox_age_seconds', 'Age of the oldest fact not yet published', [], (gauge) => gauge.set(age));
  expect((await metrics.text()).body).toContain('outbox_age_seconds 1');
  age = 7;
  const { body, contentType } = await metrics.text();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('payments_total{status="succeeded"} 2');
  expect(body).toContain('job_seconds_bucket{le="0.1"} 0');
  expect(body).toContain('job_seconds_bucket{le="1"} 1');
  expect(body).toContain('outbox_age_seconds 7');
});

test('a metric may be declared by several, and registries do not mix', async () => {
  const metrics = createMetrics({ defaults: false });
  const first = metrics.counter('runs_total', 'Runs');
  expect(metrics.counter('runs_total', 'Runs')).toBe(first);
  first.inc();
  expect((await createMetrics({ defaults: false }).text()).body).not.toContain('runs_total');
});

test('by default the process tells about itself', async () => {
  expect((await createMetrics().text()).body).toContain('nodejs_eventloop_lag_seconds');
});
