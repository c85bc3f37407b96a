import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Mode } from '../platform/context.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const pattern = /^bk_(live|test)_([0-9A-Za-z]{8})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})$/;

/** What is kept of a key and what is only shown once. */
export interface NewApiKeyText {
  /** The whole key. */
  secret: string;
  keyId: string;
  hash: Buffer;
  last4: string;
}

/**
 * A new key: `bk_live_<id>_<43 characters of 256 random bits>_<check>`; `bk_test_` in sandboxes. The check lets a
 * mistyped key, or one found in a log, be told from a real one without asking the database.
 */
export function newApiKeyText(mode: Mode): NewApiKeyText {
  const keyId = randomText(8);
  const body = `bk_${mode === 'live' ? 'live' : 'test'}_${keyId}_${randomText(43)}`;
  const secret = `${body}_${checkOf(body)}`;
  return { secret, keyId, hash: hashApiKey(secret), last4: secret.slice(-4) };
}

/** Mode and id of a key whose check fits, or null. */
export function parseApiKey(text: string): { mode: Mode; keyId: string } | null {
  const match = pattern.exec(text);
  if (!match) return null;
  const [, mode, keyId = '', , check] = match;
  if (checkOf(text.slice(0, text.lastIndexOf('_'))) !== check) return null;
  return { mode: mode === 'live' ? 'live' : 'sandbox', keyId };
}

/** A fast hash suffices: the key has 256 random bits, so there is nothing to guess. */
export function hashApiKey(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Uniform characters: bytes beyond the last full round of the alphabet are dropped. */
function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet[byte % 62];
    }
  }
  return text;
}

function checkOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < 6; place += 1) {
    text = alphabet[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}
