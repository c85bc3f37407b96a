import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';

/** What the operator keeps to themselves. */
export type Secret = string | Buffer;

/**
 * Facts that travel through other hands and come back: readable, and signed under a key of their own purpose, so that
 * what was signed for one thing is worth nothing for another. `secret` is the operator's.
 */
export function signText(secret: Secret, purpose: string, facts: Readonly<Record<string, unknown>>): string {
  const body = Buffer.from(JSON.stringify(facts), 'utf8').toString('base64url');
  return `${body}.${signatureOf(secret, purpose, body)}`;
}

/** The facts of a text that `signText` made for this purpose under this secret; null for anything else. */
export function readSignedText(secret: Secret, purpose: string, text: string): Record<string, unknown> | null {
  const [body = '', signed = '', ...more] = text.split('.');
  if (more.length > 0 || !isSignatureOf(secret, purpose, body, signed)) return null;
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** The signature of a text, where what it signs travels beside it. HMAC-SHA256 under the key of the purpose, in base64url. */
export function signatureOf(secret: Secret, purpose: string, body: string): string {
  return createHmac('sha256', keyOf(secret, purpose)).update(body).digest('base64url');
}

/** Deriving a key costs more than signing with it; a process has few secrets and purposes. */
const keys = new BoundedMap<string, KeyObject>(16);

function keyOf(secret: Secret, purpose: string): KeyObject {
  const name =
    typeof secret === 'string' ? `${purpose} text ${secret}` : `${purpose} bytes ${secret.toString('base64')}`;
  const known = keys.get(name);
  if (known) return known;
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  keys.set(name, key);
  return key;
}

/** Whether a signature is that of the text. Compared as text: what decodes to the same bytes is not the same text. */
export function isSignatureOf(secret: Secret, purpose: string, body: string, signature: string): boolean {
  const given = Buffer.from(signature, 'utf8');
  const right = Buffer.from(signatureOf(secret, purpose, body), 'utf8');
  return given.length === right.length && timingSafeEqual(given, right);
}
