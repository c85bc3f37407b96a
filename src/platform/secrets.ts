import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * Secrets at rest: AES-256-GCM under the operator's key. `bound` names the place where a secret lies (organization and
 * row) and is authenticated with it, so that a sealed secret cannot be moved to another row.
 */
const version = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** Seals a text; every call gives other bytes. `key` has 32 bytes. */
export function seal(key: Buffer, text: string, bound: readonly string[]): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(boundBytes(bound));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]);
}

/** Opens what `seal` made. Throws for another key, another place, or bytes that were changed; never says which. */
export function unseal(key: Buffer, sealed: Buffer, bound: readonly string[]): string {
  if (sealed.length < 1 + nonceBytes + tagBytes || sealed[0] !== version) throw new Error('not a sealed secret');
  const nonce = sealed.subarray(1, 1 + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundBytes(bound));
  decipher.setAuthTag(sealed.subarray(1 + nonceBytes, 1 + nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(1 + nonceBytes + tagBytes)), decipher.final()]).toString(
      'utf8',
    );
  } catch {
    throw new Error('the secret cannot be opened');
  }
}

/** JSON keeps the parts apart: ['a', 'bc'] is not ['ab', 'c']. */
function boundBytes(bound: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(bound), 'utf8');
}
