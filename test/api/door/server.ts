import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createGraphqlDoor, type GraphqlDoor, type GraphqlDoorOptions } from '../../../src/entrypoints/graphql.ts';
import { createHttpApp, listen } from '../../../src/entrypoints/http.ts';
import { unauthenticated } from '../../../src/platform/errors.ts';
import { type LibraryContext, librarySchema } from './schema.ts';

/** A door on the loopback over the test's library, and what it logged. */
export interface TestServer {
  url: string;
  origin: string;
  app: FastifyInstance;
  door: GraphqlDoor;
  logged: string[];
  lookUps: { count: number };
  ask(query: string, options?: AskOptions): Promise<Answer>;
  /** Sends a body as it is. */
  send(body: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface AskOptions {
  variables?: unknown;
  operationName?: string;
  token?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of any query
  body: any;
}

/** Starts a door; the token `good` is a caller's, any other is wrong, none is anonymous. */
export async function startServer(
  options: Partial<GraphqlDoorOptions<LibraryContext>> = {},
  prepare: (app: FastifyInstance) => Promise<void> = async () => {},
): Promise<TestServer> {
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const app = createHttpApp({ logger });
  const lookUps = { count: 0 };
  const door = createGraphqlDoor<LibraryContext>({
    schema: librarySchema(),
    async authenticate(request) {
      const header = request.headers.authorization;
      if (!header) return null;
      lookUps.count += 1;
      const token = header.replace(/^Bearer /, '');
      if (!token.startsWith('good')) throw unauthenticated();
      return { context: { reader: token }, rateKey: token };
    },
    anonymous: () => ({ reader: 'nobody' }),
    publicFields: ['reader'],
    compileAfter: 0,
    ...options,
  });
  await door.register(app);
  await prepare(app);
  const port = await listen(app, { port: 0 });
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}/graphql`;
  const post = async (body: string, token: string | null, headers: Record<string, string>): Promise<Answer> =>
    read(
      await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body,
      }),
    );
  const ask = (query: string, { token = 'good', headers = {}, ...rest }: AskOptions = {}): Promise<Answer> =>
    post(JSON.stringify({ query, ...rest }), token, headers);
  const send = (body: string): Promise<Answer> => post(body, 'good', {});
  const close = async () => {
    await door.stop();
    await app.close();
  };
  return { url, origin, app, door, logged, lookUps, ask, send, close };
}

/** Reads an answer whose body must be JSON whatever its status. */
export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}
