import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { connectionFinder, StripeInbox } from '../collecting/payments/index.ts';
import type { App } from '../platform/app-types.ts';
import { acceptRawBody, sendProblem } from './http.ts';

/** Stripe's events are a few kilobytes, seldom more than some hundred. */
const largestBody = 2 * 1_048_576;

/**
 * The side-door of Stripe: `POST /webhooks/stripe` for the connection of the environment, `/webhooks/stripe/:connection` for
 * the others. 400 with nothing stored for what is not signed, too old, or of the other mode; 200 once the event lies
 * committed in the inbox. It is applied afterwards, by a job.
 */
export function registerStripeWebhooks(server: FastifyInstance, app: App): void {
  const inbox = new StripeInbox(app);
  const find = connectionFinder(app);
  const receive = async (request: FastifyRequest, reply: FastifyReply, name: string | null) => {
    const signature = request.headers['stripe-signature'];
    const body = request.body;
    const connection = await find(name);
    const stored =
      connection !== null &&
      typeof signature === 'string' &&
      Buffer.isBuffer(body) &&
      (await inbox.receive(connection, body, signature));
    if (!stored) return sendProblem(request, reply, 400, 'BAD_REQUEST', 'The event is not accepted.');
    return reply.code(200).header('content-type', 'application/json; charset=utf-8').send('{"received":true}');
  };
  server.register(async (scope) => {
    acceptRawBody(scope, largestBody);
    const options = { bodyLimit: largestBody };
    scope.post('/webhooks/stripe', options, (request, reply) => receive(request, reply, null));
    scope.post<{ Params: { connection: string } }>('/webhooks/stripe/:connection', options, (request, reply) =>
      receive(request, reply, request.params.connection.slice(0, 64)),
    );
  });
}
