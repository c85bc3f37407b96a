import { createHmac } from 'node:crypto';

/**
 * The Stripe-Signature header: one v1 per active secret, and a v0 that nobody may accept.
 *
 * @param timestamp Unix seconds of the real clock, since receivers compare it with theirs.
 */
export function signatureHeader(payload: string, secrets: readonly string[], timestamp: number): string {
  const sign = (key: string): string =>
    createHmac('sha256', key).update(`${timestamp}.${payload}`, 'utf8').digest('hex');
  const signatures = secrets.map((secret) => `v1=${sign(secret)}`);
  return [`t=${timestamp}`, ...signatures, `v0=${sign('not-a-secret')}`].join(',');
}
