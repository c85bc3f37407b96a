import type { HeaderMap } from '@apollo/server';
import { databaseAway } from './error-mapping.ts';

interface Answer {
  http: { status?: number | undefined; headers: HeaderMap };
  result: { data?: unknown; errors?: readonly { message: string; path?: unknown; extensions?: object }[] };
}

/**
 * An answer of which nothing was found since the database does not answer: 503 with that one error, for balancers and
 * clients that know to come again. Where a field was answered the answer stays what it is: a mutation before it is done.
 */
export function answerAway({ http, result }: Answer): void {
  const away = result.errors?.find(({ message }) => message === databaseAway.message);
  if (!away || isAnswered(result.data)) return;
  const { message, extensions } = away;
  http.status = databaseAway.status;
  http.headers.set('retry-after', String(databaseAway.retryAfter));
  result.errors = [{ message, ...(extensions ? { extensions } : {}) }];
  delete result.data;
}

function isAnswered(data: unknown): boolean {
  return Object.values(data ?? {}).some((value) => value !== null);
}
