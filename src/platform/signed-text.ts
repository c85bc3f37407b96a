import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { BoundedMap } from './bounded-map.ts';

/**
 * Facts that travel through other hands and come back: readable, and signed under a key of their own purpose, so that
 * what was signed for one thing is worth nothing for another. `secret` is the operator's.
 */
export function signText(secret: string, purpose: string, facts: Readonly<Record<string, unknown>>): string {
  const body = Buffer.from(JSON.stringify(facts), 'utf8').toString('base64url');
  return `${body}.${signature(secret, purpose, body)}`;
}

/** The facts of a text that `signText` made for this purpose under this secret; null for anything else. */
export function readSignedText(secret: string, purpose: string, text: string): Record<string, unknown> | null {
  const [body = '', signed = '', ...more] = text.split('.');
  // Compared as text: what decodes to the same bytes is not the same text.
  const given = Buffer.from(signed, 'utf8');
  const expected = Buffer.from(signature(secret, purpose, body), 'utf8');
  if (more.length > 0 || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Record<string, unknown>;
}

function signature(secret: string, purpose: string, body: string): string {
  return createHmac('sha256', keyOf(secret, purpose)).update(body).digest('base64url');
}

/** Deriving a key costs more than signing with it; a process has few secrets and purposes. */
const keys = new BoundedMap<string, KeyObject>(16);

function keyOf(secret: string, purpose: string): KeyObject {
  const name = `${purpose} ${secret}`;
  const known = keys.get(name);
  if (known) return known;
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)));
  keys.set(name, key);
  return key;
}
