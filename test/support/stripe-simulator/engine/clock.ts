/** The simulator's time: the machine's (or the test's) clock plus what `advance` added. */
export interface SimulatorClock {
  /** Seconds since the Unix epoch, the unit of every Stripe timestamp. */
  seconds(): number;
  /** Milliseconds since the Unix epoch. */
  milliseconds(): number;
  /** Does something `delaySeconds` later in simulated time; it runs when the time is next looked at. */
  schedule(delaySeconds: number, action: () => void): void;
  /** Moves the time forward and runs what became due, in the order of its due times. */
  advance(seconds: number): void;
  /** Runs what is due by now. */
  runDue(): void;
  /** How many scheduled actions wait. */
  waiting(): number;
}

/** @param base the underlying clock in milliseconds; `Date.now` unless the test has its own. */
export function createClock(base: () => number): SimulatorClock {
  let offset = 0;
  let order = 0;
  let frozenAt: number | undefined;
  let scheduled: { at: number; order: number; action: () => void }[] = [];
  const milliseconds = (): number => frozenAt ?? base() + offset;

  const runDue = (): void => {
    const limit = base() + offset;
    for (;;) {
      const due = scheduled.filter((item) => item.at <= limit).sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!due) {
        return;
      }
      scheduled = scheduled.filter((item) => item !== due);
      // The action sees the time it was due at, so that a late look gives the same timestamps as a punctual one.
      frozenAt = due.at;
      try {
        due.action();
      } finally {
        frozenAt = undefined;
      }
    }
  };

  return {
    milliseconds,
    seconds: () => Math.floor(milliseconds() / 1000),
    schedule: (delaySeconds, action) => {
      order += 1;
      scheduled.push({ at: milliseconds() + delaySeconds * 1000, order, action });
    },
    advance: (seconds) => {
      offset += seconds * 1000;
      runDue();
    },
    runDue,
    waiting: () => scheduled.length,
  };
}
