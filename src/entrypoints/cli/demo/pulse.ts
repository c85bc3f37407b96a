import { cast, dice } from './cast.ts';
import type { Client } from './client.ts';
import { advance, arrival, comeIn } from './history.ts';
import type { Keepsake } from './keepsake.ts';

const everyMs = 4_000;
/** How far the clocks go at each beat: renewals, trials that end, retries of cards that were declined. */
const strideMs = 6 * 3_600_000;
const newcomerEveryBeats = 2;
const mostNewcomers = 2_000;

/**
 * Money that moves while somebody watches: the demo's clocks go on, and new customers sign up. Answers how to stop it.
 */
export function startPulse(
  client: Client,
  keepsake: Keepsake,
  keep: (keepsake: Keepsake) => void,
  failed: (error: unknown) => void,
) {
  const clocks = Object.values(keepsake.clocks);
  const roll = dice(keepsake.newcomers + 7);
  let stopped = false;
  let timer: NodeJS.Timeout | null = null;
  let beating: Promise<void> = Promise.resolve();

  const beat = async (count: number) => {
    const clock = clocks[count % clocks.length]!;
    const now = await arrival(client, clock);
    await advance(client, clock, new Date(now.getTime() + strideMs));
    if (count % newcomerEveryBeats !== 0 || keepsake.newcomers >= mostNewcomers) return;
    keepsake.newcomers += 1;
    keep(keepsake);
    const player = cast(520)[roll(520)]!;
    const externalId = `demo-new-${String(keepsake.newcomers).padStart(5, '0')}`;
    await comeIn(client, { ...player, externalId, plan: ['team', 'studio'][roll(2)]! }, null);
  };
  const next = (count: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      beating = beat(count)
        .catch((error: unknown) => {
          if (!stopped) failed(error);
        })
        .finally(() => next(count + 1));
    }, everyMs);
  };
  next(0);
  return {
    stop: async () => {
      stopped = true;
      if (timer) clearTimeout(timer);
      await beating;
    },
  };
}
