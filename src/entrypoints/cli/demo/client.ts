import { createHash } from 'node:crypto';

/** What the demo is to the API: a client like any other, with a key. */
export interface Client {
  /** Sends one operation; throws on errors and on `userErrors`. */
  ask<T>(query: string, variables?: Record<string, unknown>): Promise<T>;
}

interface Answer {
  data?: Record<string, { userErrors?: { code: string; message: string }[] } | null> | null;
  errors?: { message: string; extensions?: { code?: string; retryAfter?: number } }[];
}

export interface ClientOptions {
  /** Every mutation carries a key made of what it asks for: whoever begins anew after an interruption does nothing twice. */
  once?: boolean;
}

/** `refused` mutations are errors here: a demo that is refused has a fault. */
export function connect(url: string, key: string, options: ClientOptions = {}): Client {
  return {
    ask: async <T>(query: string, variables: Record<string, unknown> = {}) => {
      const body = JSON.stringify({ query, variables });
      const own = options.once && query.startsWith('mutation');
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${key}`,
          ...(own ? { 'idempotency-key': createHash('sha256').update(body).digest('hex') } : {}),
        },
        body,
      });
      const answer = (await response.json()) as Answer;
      const [error] = answer.errors ?? [];
      if (error) throw new Error(`the API refused: ${error.message} (${error.extensions?.code ?? 'no code'})`);
      for (const payload of Object.values(answer.data ?? {})) {
        const [refusal] = payload?.userErrors ?? [];
        if (refusal) throw new Error(`the API refused: ${refusal.message} (${refusal.code})`);
      }
      return answer.data as T;
    },
  };
}

/** Runs tasks, so many at a time, in their order. */
export async function inTurn<T>(tasks: readonly T[], atOnce: number, run: (task: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const task = tasks[next]!;
      next += 1;
      await run(task);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, worker));
}
