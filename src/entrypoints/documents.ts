import type { FastifyInstance } from 'fastify';
import { fetchDocument } from '../collecting/documents/index.ts';
import type { App } from '../platform/app-types.ts';
import { sendProblem } from './http.ts';

/**
 * The door of documents: `GET /documents/inv_….pdf?organization=…&expires=…&signature=…`. The signature is the only
 * credential: 403 without it or after its time, whether or not the document exists.
 */
export function registerDocuments(server: FastifyInstance, app: App): void {
  server.get<{ Params: { name: string } }>('/documents/:name', async (request, reply) => {
    const found = await fetchDocument(app, request.params.name, request.query as Record<string, unknown>);
    if (found === 'refused') {
      return sendProblem(request, reply, 403, 'FORBIDDEN', 'The link is not valid, or its time is over.');
    }
    if (!found) return sendProblem(request, reply, 404, 'NOT_FOUND', 'There is nothing here.');
    const etag = `"${found.sha256}"`;
    reply.header('etag', etag).header('cache-control', 'private, no-cache');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply
      .header('content-type', 'application/pdf')
      .header('content-disposition', `attachment; filename="${found.filename}"`)
      .send(found.bytes);
  });
}
