import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalidRequest } from './errors.ts';
import { API_VERSION, KNOWN_VERSIONS } from './state.ts';

function keyOf(authorization: string): string {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme.toLowerCase() === 'bearer') {
    return value;
  }
  return scheme.toLowerCase() === 'basic' ? (Buffer.from(value, 'base64').toString('utf8').split(':')[0] ?? '') : '';
}

/** Checks the secret key. @throws ApiError 401 */
export function checkKey(headers: IncomingHttpHeaders, apiKey: string): void {
  const unauthorized = (message: string, code?: string): ApiError =>
    new ApiError(
      401,
      { type: 'invalid_request_error', message, ...(code === undefined ? {} : { code }) },
      { headers: { 'WWW-Authenticate': 'Basic realm="Stripe"' } },
    );
  const given = keyOf(headers.authorization ?? '');
  if (given === '') {
    throw unauthorized(
      "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: " +
        "Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details.",
    );
  }
  if (given.startsWith('pk_')) {
    throw unauthorized(
      'This API call cannot be made with a publishable API key. Please use a secret API key.',
      'secret_key_required',
    );
  }
  if (given !== apiKey) {
    throw unauthorized(`Invalid API Key provided: ${given.slice(0, 8)}${'*'.repeat(8)}${given.slice(-4)}`);
  }
}

/** The version to answer at. @throws ApiError 400 for one whose shapes the simulator does not render (no code, no param: observed) */
export function checkVersion(headers: IncomingHttpHeaders): string {
  const given = headers['stripe-version'];
  if (given === undefined) {
    return API_VERSION;
  }
  if (typeof given !== 'string' || !KNOWN_VERSIONS.includes(given)) {
    throw invalidRequest(`Invalid Stripe API version: ${String(given)}`);
  }
  return given;
}

/** Bodies are forms. @throws ApiError 400 */
export function checkContentType(headers: IncomingHttpHeaders, body: string): void {
  const type = headers['content-type'] ?? '';
  if (body !== '' && !type.startsWith('application/x-www-form-urlencoded')) {
    throw invalidRequest(`Invalid request (check that your POST content type is application/x-www-form-urlencoded).`);
  }
}
