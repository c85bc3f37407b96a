import pg from 'pg';
import type { Logger } from 'pino';
import { connectRedis } from './redis.ts';

/**
 * Tells other processes that something happened, by a word. Nothing is told that the tables do not know: who misses
 * the bell finds out at his next look.
 */
export interface Bell {
  ring(word: string): void;
  /** Called with the words of all processes, this one included; the empty word means "look, you may have missed some". */
  hear(heard: (word: string) => void): void;
  close(): Promise<void>;
}

const channel = 'perennial_bell';
/** PostgreSQL carries at most 8,000 bytes; words are an organization's id and a sequence, so they are sent together. */
const mostWords = 120;
const gatherMs = 2;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;
const connectPatienceMs = 10_000;

/** Words of a few milliseconds travel together, each once. */
function gathering(send: (words: string[]) => Promise<void>, log: Logger) {
  let words = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  const flush = async () => {
    timer = null;
    const all = [...words];
    words = new Set();
    for (let from = 0; from < all.length; from += mostWords) {
      await send(all.slice(from, from + mostWords)).catch((error: unknown) =>
        log.warn({ err: error }, 'the bell did not ring'),
      );
    }
  };
  return {
    ring: (word: string) => {
      words.add(word);
      timer ??= setTimeout(flush, gatherMs);
    },
    stop: async () => {
      if (!timer) return;
      clearTimeout(timer);
      await flush();
    },
  };
}

function audience() {
  const hearers: ((word: string) => void)[] = [];
  return {
    hear: (heard: (word: string) => void): void => {
      hearers.push(heard);
    },
    tell: (words: string): void => {
      for (const word of words.split(' ')) for (const heard of hearers) heard(word);
    },
  };
}

function listener(databaseUrl: string): pg.Client {
  return new pg.Client({
    connectionString: databaseUrl,
    application_name: 'perennial bell',
    keepAlive: true,
    connectionTimeoutMillis: connectPatienceMs,
  });
}

/** LISTEN and NOTIFY on a connection of its own, outside every business transaction. */
export function postgresBell(databaseUrl: string, pool: () => pg.Pool, log: Logger): Bell {
  let client: pg.Client | null = null;
  let closed = false;
  let pauseMs = shortestPauseMs;
  let retry: NodeJS.Timeout | null = null;
  const { tell, hear } = audience();
  const again = () => {
    if (closed || retry) return;
    retry = setTimeout(() => {
      retry = null;
      void connect();
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
  const connect = async () => {
    const fresh = listener(databaseUrl);
    client = fresh;
    // A connection says its end more than once, and late: only the one in use is followed by another.
    const lost = () => {
      if (client !== fresh) return;
      client = null;
      again();
    };
    fresh.on('error', lost);
    fresh.on('end', lost);
    fresh.on('notification', (message) => tell(message.payload ?? ''));
    try {
      await fresh.connect();
      await fresh.query(`listen ${channel}`);
      pauseMs = shortestPauseMs;
      tell('');
    } catch (error) {
      if (!closed) log.warn({ err: error }, 'the bell can not be heard');
      lost();
      await fresh.end().catch(() => undefined);
    }
    if (closed) await fresh.end().catch(() => undefined);
  };
  const out = gathering(async (words) => {
    await pool().query('select pg_notify($1, $2)', [channel, words.join(' ')]);
  }, log);
  void connect();
  return {
    ring: out.ring,
    hear,
    close: async () => {
      closed = true;
      await out.stop();
      if (retry) clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}

export function redisBell(redisUrl: string, log: Logger): Bell {
  const sender = connectRedis(redisUrl, 2);
  const receiver = connectRedis(redisUrl, null);
  for (const connection of [sender, receiver]) connection.on('error', () => undefined);
  const { tell, hear } = audience();
  receiver.on('message', (_channel, words) => tell(words));
  receiver.on('ready', () => tell(''));
  receiver.subscribe(channel).catch((error: unknown) => {
    if (receiver.status !== 'end') log.warn({ err: error }, 'the bell can not be heard');
  });
  const out = gathering(async (words) => {
    await sender.publish(channel, words.join(' '));
  }, log);
  return {
    ring: out.ring,
    hear,
    close: async () => {
      await out.stop();
      sender.disconnect();
      receiver.disconnect();
    },
  };
}
