import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Posts a text and gives the status. @throws when there is no answer in time */
export function post(
  url: string,
  body: string,
  headers: Record<string, string>,
  timeoutMilliseconds: number,
): Promise<number> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  const length = { 'Content-Length': String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { method: 'POST', agent: false, headers: { ...headers, ...length } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    outgoing.setTimeout(timeoutMilliseconds, () =>
      outgoing.destroy(new Error(`no answer within ${timeoutMilliseconds} ms`)),
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
