import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { DomainError, type RequestErrorCode, requestErrorCodes } from '../platform/errors.ts';
import { newId } from '../platform/id.ts';
import { isDatabaseAway } from '../platform/passing-faults.ts';
import { faultLog } from './fault-log.ts';
import { databaseAway, statusOf } from './graphql/error-mapping.ts';

export interface HttpOptions {
  logger: FastifyBaseLogger;
  /** Largest body in bytes, for routes that say nothing else. */
  bodyLimit?: number;
  /** Addresses of proxies whose `X-Forwarded-For` is believed; none by default. */
  trustProxy?: string[] | false;
  /** Sends Strict-Transport-Security; only where the public address is https. */
  https?: boolean;
}

const megabyte = 1_048_576;

/** What browsers may do with an answer that is no page: nothing. */
const strictestPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/**
 * The HTTP server behind all doors. Every answer carries a request id and strict headers, every error is JSON (in
 * the shape of GraphQL on `/graphql`, RFC 9457 elsewhere), and no error repeats what was sent.
 */
export function createHttpApp(options: HttpOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? megabyte,
    trustProxy: options.trustProxy ?? false,
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request),
    exposeHeadRoutes: false,
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseConnection,
    frameworkErrors: (error, request, reply) => sendError(request as FastifyRequest, reply as FastifyReply, error),
  });
  closeUnusedConnections(app);
  app.removeAllContentTypeParsers();
  acceptJson(app);
  // Hooks that wait for nothing call back: an async one costs each request several turns of the event loop.
  app.addHook('onRequest', (request, reply, done) => {
    setHeaders(request, reply, options.https === true);
    done(refusalOf(request));
  });
  app.addHook('onResponse', (request, reply, done) => {
    // Without the query string: on GET it holds the document and its variables.
    const { method, routeOptions } = request;
    const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method, route: routeOptions.url ?? null, status: reply.statusCode, milliseconds }, 'request');
    done();
  });
  app.setErrorHandler((error, request, reply) => sendError(request, reply, error));
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404, 'NOT_FOUND', 'There is nothing here.'));
  return app;
}

const lookForUnusedMs = 50;

/**
 * When the server closes it would wait a minute for connections on which nothing is asked: those that browsers and HTTP
 * clients open in advance, and those whose last answer goes out after the closing began.
 */
function closeUnusedConnections(app: FastifyInstance): void {
  const open = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const look = () => {
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    app.server.closeIdleConnections();
  };
  app.addHook('preClose', async () => {
    look();
    const timer = setInterval(look, lookForUnusedMs);
    app.server.once('close', () => clearInterval(timer));
    timer.unref();
  });
}

/** The caller's id of the request if it is harmless to log, else a new one. */
function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : `req_${newId()}`;
}

function setHeaders(request: FastifyRequest, reply: FastifyReply, https: boolean): void {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
  reply.header('x-frame-options', 'DENY');
  reply.header('referrer-policy', 'no-referrer');
  reply.header('cross-origin-resource-policy', 'same-origin');
  reply.header('content-security-policy', strictestPolicy);
  reply.header('cache-control', 'no-store');
  if (https) reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
}

/** A refusal by HTTP alone, before any door has seen the request. */
class HttpRefusal extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

function refusalOf(request: FastifyRequest): HttpRefusal | undefined {
  const encoding = request.headers['content-encoding'];
  if (encoding && encoding !== 'identity') return new HttpRefusal(415, 'Compressed bodies are not accepted.');
  if (!/^[A-Za-z0-9._:[\]-]*$/.test(request.headers.host ?? '')) return new HttpRefusal(400, 'The Host is malformed.');
  return undefined;
}

/** JSON in UTF-8 and nothing else: other charsets, broken text and keys that reach for prototypes are refused. */
function acceptJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(request.headers['content-type'] ?? '')?.[1];
    if (charset && !/^utf-?8$/i.test(charset)) return done(new HttpRefusal(415, 'The charset must be UTF-8.'));
    const text = decodeUtf8(body as Buffer);
    if (text === null) return done(new HttpRefusal(400, 'The body is not valid UTF-8.'));
    return parse(request, text, (error, value) => {
      if (error) done(new HttpRefusal(400, isJson(text) ? reachesForPrototypes : 'The body is not valid JSON.'));
      else done(null, value);
    });
  });
}

const reachesForPrototypes = 'The key "__proto__" is not allowed anywhere in the body.';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Makes the routes of a scope receive their body as it came, as a Buffer, whatever its type: for signatures that
 * are made over the bytes. Call it in a plugin of its own: `app.register(async (scope) => { acceptRawBody(scope); … })`.
 */
export function acceptRawBody(scope: FastifyInstance, bodyLimit?: number): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer', ...(bodyLimit ? { bodyLimit } : {}) }, (_request, body, done) =>
    done(null, body),
  );
}

const tell = faultLog();

/** Answers with an error in the shape of the door: GraphQL's on `/graphql`, problem+json elsewhere. */
function sendError(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const { status, code, message } = classify(error);
  if (status >= 500) tell(request.log, error, 'http fault');
  if (status === databaseAway.status) reply.header('retry-after', String(databaseAway.retryAfter));
  if (error instanceof DomainError && error.details.retryAfter !== undefined) {
    reply.header('retry-after', String(error.details.retryAfter));
  }
  return sendProblem(request, reply, status, code, message);
}

function classify(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof HttpRefusal) return { status: error.statusCode, code: 'BAD_REQUEST', message: error.message };
  if (error instanceof DomainError) {
    const request = (requestErrorCodes as readonly string[]).includes(error.code);
    const status = request ? statusOf(error.code as RequestErrorCode) : error.code === 'NOT_FOUND' ? 404 : 422;
    return { status, code: error.code, message: error.message };
  }
  const { statusCode: status = 500 } = (error ?? {}) as { statusCode?: number };
  if (status === 413) return { status, code: 'PAYLOAD_TOO_LARGE', message: 'The body is too large.' };
  if (status === 415) return { status, code: 'BAD_REQUEST', message: 'The body must be application/json.' };
  if (status >= 400 && status < 500) return { status, code: 'BAD_REQUEST', message: 'The request is malformed.' };
  const code = 'INTERNAL_SERVER_ERROR';
  if (isDatabaseAway(error)) return { ...databaseAway, code };
  return { status: 500, code, message: 'Internal server error.' };
}

/** Answers with an error of the door's own; the message must not repeat what was sent. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  code: string,
  message: string,
): FastifyReply {
  const requestId = request.id;
  reply.code(status);
  if (request.url.split('?', 1)[0] === '/graphql') {
    reply.header('content-type', 'application/json; charset=utf-8');
    return reply.send(JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] }));
  }
  reply.header('content-type', 'application/problem+json; charset=utf-8');
  return reply.send(JSON.stringify({ type: 'about:blank', title: message, status, code, requestId }));
}

/** What came is not HTTP, or too slow or too long in its headers: there is no request to answer, only a socket. */
function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return;
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const body = JSON.stringify({
    errors: [{ message: 'The request is malformed.', extensions: { code: 'BAD_REQUEST' } }],
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/**
 * Listens on the host (loopback unless told otherwise) at the port or, if `tries` allows and it is taken, at the
 * next free one. Returns the port.
 */
export async function listen(
  app: FastifyInstance,
  options: { host?: string; port: number; tries?: number },
): Promise<number> {
  const { host = '127.0.0.1', port, tries = 1 } = options;
  for (let at = port; ; at += 1) {
    try {
      await app.listen({ host, port: at });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : at;
    } catch (error) {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!taken || at + 1 >= port + tries) throw error;
    }
  }
}
