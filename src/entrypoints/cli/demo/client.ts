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

/** A mutation whose payload shows one object's id. */
export async function run(
  client: Client,
  name: string,
  input: Record<string, unknown>,
  shows: string,
): Promise<string> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${shows} { id } userErrors { code message } } }`;
  const data = await client.ask<Record<string, Record<string, { id: string }>>>(query, { input });
  return data[name]![shows]!.id;
}

/** The account of an external id. */
export async function accountOf(client: Client, externalId: string): Promise<string> {
  const data = await client.ask<{ account: { id: string } }>(
    'query ($externalId: String!) { account(externalId: $externalId) { id } }',
    {
      externalId,
    },
  );
  return data.account.id;
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
