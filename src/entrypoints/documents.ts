import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Download, fetchDocument } from '../collecting/documents/index.ts';
import type { App } from '../platform/app-types.ts';
import { byteRange } from './byte-range.ts';
import { sendProblem } from './http.ts';

/**
 * The door of documents: `GET /documents/inv_….pdf?organization=…&issued=…&expires=…&signature=…`. The signature is the
 * only credential: 403 without it, after its time or once it was taken back, whether or not the document exists.
 */
export function registerDocuments(server: FastifyInstance, app: App): void {
  server.route<{ Params: { name: string } }>({
    method: ['GET', 'HEAD'],
    url: '/documents/:name',
    handler: async (request, reply) => {
      const found = await fetchDocument(app, request.params.name, request.query as Record<string, unknown>);
      if (found === 'refused') {
        return sendProblem(request, reply, 403, 'FORBIDDEN', 'The link is not valid, or its time is over.');
      }
      if (!found) return sendProblem(request, reply, 404, 'NOT_FOUND', 'There is nothing here.');
      return send(request, reply, found);
    },
  });
}

/** All of it, the part that is asked for, or nothing where the caller has it already. */
function send(request: FastifyRequest, reply: FastifyReply, { bytes, sha256, filename }: Download): FastifyReply {
  const etag = `"${sha256}"`;
  const { range, 'if-none-match': known, 'if-range': unless } = request.headers;
  reply.header('etag', etag).header('cache-control', 'private, no-cache').header('accept-ranges', 'bytes');
  if (known?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag)) return reply.code(304).send();
  const asked = request.method === 'GET' && (unless === undefined || unless === etag) ? range : undefined;
  const part = byteRange(asked, bytes.length);
  if (part === 'unsatisfiable') {
    reply.header('content-range', `bytes */${bytes.length}`);
    return sendProblem(request, reply, 416, 'BAD_REQUEST', 'The document has no such part.');
  }
  reply.header('content-type', 'application/pdf').header('content-disposition', `attachment; filename="${filename}"`);
  if (part === 'whole') return reply.header('content-length', bytes.length).send(bytes);
  reply.code(206).header('content-range', `bytes ${part.first}-${part.last}/${bytes.length}`);
  return reply.send(bytes.subarray(part.first, part.last + 1));
}
