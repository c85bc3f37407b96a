import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import type { App } from '../platform/app-types.ts';
import type { Metrics } from '../platform/metrics.ts';
import { pendingMigrations } from '../platform/migrate.ts';
import type { WakeQueue } from '../platform/queue.ts';

export interface Health {
  /** From now on the process is not ready: a balancer sends it nothing new. */
  drain(): void;
}

/** Live, ready, version and metrics. Ready means: the database answers, it is at the newest migration, the queue answers. */
export function healthRoutes(
  http: FastifyInstance,
  parts: { app: App; queue: WakeQueue; metrics: Metrics; version: string },
): Health {
  const { app, queue, metrics, version } = parts;
  let draining = false;
  declareAges(app, queue, metrics);

  http.get('/health/live', async () => ({ status: 'ok' }));
  http.get('/health/ready', async (_request, reply) => {
    const checks = await readiness(app, queue);
    const ready = !draining && checks.every((check) => check.ok);
    return reply.code(ready ? 200 : 503).send({ status: draining ? 'draining' : ready ? 'ok' : 'unready', checks });
  });
  http.get('/version', async () => ({ name: 'perennial', version }));
  http.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await metrics.text();
    return reply.header('content-type', contentType).send(body);
  });
  return {
    drain: () => {
      draining = true;
    },
  };
}

const patienceMs = 2_000;

async function readiness(app: App, queue: WakeQueue): Promise<{ name: string; ok: boolean; detail?: string }[]> {
  const check = async (name: string, look: () => Promise<string | undefined>) => {
    try {
      const late = new Promise<never>((_, no) => setTimeout(no, patienceMs, new Error('no answer')).unref());
      const detail = await Promise.race([look(), late]);
      return detail === undefined ? { name, ok: true } : { name, ok: false, detail };
    } catch {
      return { name, ok: false, detail: 'does not answer' };
    }
  };
  return Promise.all([
    check('database', async () => {
      await app.database.pool.query('select 1');
      return undefined;
    }),
    check('migrations', async () => {
      const pending = await pendingMigrations(app.database.pool);
      return pending.length === 0 ? undefined : `${pending.length} pending`;
    }),
    check('queue', async () => {
      await queue.waiting();
      return undefined;
    }),
  ]);
}

/** Ages and backlogs: all zero when nothing is going on. */
function declareAges(app: App, queue: WakeQueue, metrics: Metrics): void {
  const age = (name: string, help: string, sweep: string) =>
    metrics.gauge(name, help, [], async (gauge) => {
      const [row] = await app.sweep<{ at: Date | null }>(`select ${sweep} as at`).catch(() => []);
      gauge.set(row?.at ? Math.max(0, (app.clock.now().getTime() - row.at.getTime()) / 1_000) : 0);
    });
  age('perennial_outbox_age_seconds', 'Age of the oldest fact that is not published.', 'oldest_queued_fact()');
  age(
    'perennial_inbox_age_seconds',
    'Age of the oldest provider event not applied.',
    'oldest_unapplied_provider_event()',
  );
  const count = (name: string, help: string, sweep: string) =>
    metrics.gauge(name, help, [], async (gauge) => {
      const [row] = await app.sweep<{ count: bigint }>(`select ${sweep} as count`).catch(() => []);
      gauge.set(Number(row?.count ?? 0n));
    });
  count('perennial_payments_unknown', 'Payments whose outcome is being looked up.', 'payments_in_doubt()');
  count(
    'perennial_payments_stalled',
    'Payments and refunds that wait until their provider is connected again.',
    'stalled_payments()',
  );
  count(
    'perennial_idempotency_in_progress',
    'Requests with an idempotency key that run now.',
    'idempotency_in_progress()',
  );
  metrics.gauge('perennial_queue_waiting', 'Wakes waiting in the queue.', [], async (gauge) => {
    gauge.set(await queue.waiting().catch(() => 0));
  });
  metrics.gauge('perennial_queue_lag_seconds', 'Age of the oldest wake that waits in the queue.', [], async (gauge) => {
    gauge.set((await queue.lagMs().catch(() => 0)) / 1_000);
  });
  metrics.gauge('perennial_live_watchers', 'Readers that follow the facts of an organization.', [], (gauge) =>
    gauge.set(app.facts.watchers),
  );
  metrics.gauge('perennial_database_connections_waiting', 'Requests waiting for a connection.', [], (gauge) =>
    gauge.set(app.database.pool.waitingCount),
  );
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  metrics.gauge(
    'perennial_event_loop_delay_p99_seconds',
    'Delay of the event loop since the last look.',
    [],
    (gauge) => {
      gauge.set(delay.percentile(99) / 1e9);
      delay.reset();
    },
  );
}
