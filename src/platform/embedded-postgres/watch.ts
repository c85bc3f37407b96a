import { setTimeout as pause } from 'node:timers/promises';

/** What a watch tells of its server. After `lost` comes `back`, or `gone` and nothing more. */
export type WatchEvents = {
  lost(): void;
  back(): void;
  /** It can not be brought back; the message is a sentence for whoever runs the process. */
  gone(error: Error): void;
};

/** A server as its watch sees it. */
export type Watched = {
  isAlive(): boolean;
  /** Starts it again where it was, or adopts the one that another process has started there meanwhile. */
  startAgain(): Promise<void>;
};

/** Thrown where trying again is of no use: the data folder is not the one that was opened. */
export class DatabaseRemoved extends Error {}

const lookEveryMs = 500;
const firstPauseMs = 250;
const longestPauseMs = 5_000;
const minute = 60_000;

/**
 * Starts a server again whenever its process is gone, until the returned function is called. For so many milliseconds one
 * that does not come back is tried again; one that ran for less has not recovered.
 */
export function watchServer(server: Watched, tell: WatchEvents, patienceMs = minute): () => void {
  const ended = new AbortController();
  follow(server, tell, patienceMs, ended.signal).catch((error: unknown) => {
    if (!ended.signal.aborted) tell.gone(error as Error);
  });
  return () => ended.abort();
}

async function follow(server: Watched, tell: WatchEvents, patienceMs: number, signal: AbortSignal): Promise<void> {
  let rest = 0;
  for (let backAt = Number.NEGATIVE_INFINITY; ; ) {
    // Who has nothing else to do may end: the watch keeps no process alive.
    await pause(lookEveryMs, undefined, { signal, ref: false });
    if (server.isAlive()) continue;
    tell.lost();
    // One that falls again and again is not started in a tight circle.
    rest = performance.now() - backAt > patienceMs ? 0 : Math.max(longer(rest), firstPauseMs);
    await pause(rest, undefined, { signal });
    await bringBack(server, patienceMs, signal);
    signal.throwIfAborted();
    backAt = performance.now();
    tell.back();
  }
}

async function bringBack(server: Watched, patienceMs: number, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let rest = firstPauseMs; ; rest = longer(rest)) {
    try {
      return await server.startAgain();
    } catch (error) {
      if (error instanceof DatabaseRemoved) throw error;
      if (performance.now() + rest > deadline) {
        throw new Error(
          `The embedded database has stopped and could not be started again for ${patienceMs / 1_000} seconds: ${(error as Error).message}`,
        );
      }
    }
    await pause(rest, undefined, { signal });
  }
}

function longer(rest: number): number {
  return Math.min(rest * 2, longestPauseMs);
}
