import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ApiParts, answerApi, unknownPath } from './engine/api.ts';
import { ApiError, errorEnvelope } from './engine/errors.ts';
import { readBody, sendAnswer } from './engine/transport.ts';
import { authenticationPageHtml, pressButton } from './knobs/authentication-page.ts';
import { control } from './knobs/control.ts';
import type { StripeSimulator } from './simulator.ts';

/** Answers any request: the API, a knob, or the page where a customer authenticates. */
export async function answerHttp(
  simulator: StripeSimulator,
  parts: ApiParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A caller that went away is its own affair.
  response.on('error', () => {});
  const path = (request.url ?? '').split('?')[0]!;
  if (path.startsWith('/_simulator/authenticate/')) {
    await answerPage(simulator, request, response, path.slice('/_simulator/authenticate/'.length));
  } else if (path.startsWith('/_simulator/')) {
    await answerKnob(simulator, request, response, path.slice('/_simulator/'.length));
  } else if (path.startsWith('/v1/') || path.startsWith('/v2/')) {
    await answerApi(parts, request, response).catch(() => response.destroy());
  } else {
    unknownPath(response);
  }
}

async function answerKnob(
  simulator: StripeSimulator,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const query = new URL(request.url ?? '', 'http://simulator').searchParams;
  try {
    const body = await control(simulator, request.method ?? 'GET', path, query, await readBody(request));
    sendAnswer(response, { status: 200, body: body as object, headers: {} });
  } catch (error) {
    const fields =
      error instanceof ApiError ? error.fields : { type: 'invalid_request_error' as const, message: String(error) };
    const status = error instanceof ApiError ? error.status : 400;
    sendAnswer(response, { status, body: errorEnvelope(fields, 'req_knob'), headers: {} });
  }
}

async function answerPage(
  simulator: StripeSimulator,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(authenticationPageHtml(id));
    return;
  }
  try {
    const target = pressButton(simulator, id, await readBody(request));
    response.writeHead(target === null ? 200 : 303, target === null ? {} : { Location: target }).end();
  } catch (error) {
    response.writeHead(400, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${String(error)}\n`);
  }
}
