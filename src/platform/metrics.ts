import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds from a millisecond to a minute: what requests, jobs and statements take. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The numbers one process tells about itself. */
export type Metrics = {
  readonly registry: Registry;
  /** Counts up; names end in `_total`. Declaring a name again returns the same metric. */
  counter(name: string, help: string, labels?: readonly string[]): Counter;
  /** Goes up and down. With `collect`, it is asked each time the metrics are read. */
  gauge(
    name: string,
    help: string,
    labels?: readonly string[],
    collect?: (gauge: Gauge) => void | Promise<void>,
  ): Gauge;
  /** Spread of durations in seconds; names end in `_seconds`. */
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram;
  /** All metrics in the text format of Prometheus, and its content type. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
};

/** Metrics of one process. `defaults` adds those of Node: memory, event loop lag, garbage collection. */
export function createMetrics(options: { defaults?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.defaults ?? true) collectDefaultMetrics({ register: registry });
  const known = <T>(name: string, make: () => T): T => (registry.getSingleMetric(name) as T | undefined) ?? make();
  return {
    registry,
    counter: (name, help, labels = []) =>
      known(name, () => new Counter({ name, help, labelNames: [...labels], registers: [registry] })),
    gauge: (name, help, labels = [], collect) =>
      known(name, () => {
        const settings = { name, help, labelNames: [...labels], registers: [registry] };
        if (collect === undefined) return new Gauge(settings);
        return new Gauge({
          ...settings,
          collect(this: Gauge) {
            return collect(this);
          },
        });
      }),
    histogram: (name, help, labels = [], buckets = SECONDS) =>
      known(
        name,
        () => new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [registry] }),
      ),
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
