import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

interface Cost {
  /** Base-2 logarithm of scrypt's N. */
  logN: number;
  r: number;
  p: number;
}

/** The OWASP password storage cheat sheet's scrypt setting with 32 MiB: N = 2^15, r = 8, p = 3. */
const currentCost: Cost = { logN: 15, r: 8, p: 3 };
const keyLength = 32;

/** `scrypt$15$8$3$<salt>$<key>`: each hash says its own cost, so that the cost can be raised. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, currentCost);
  const { logN, r, p } = currentCost;
  return ['scrypt', logN, r, p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** Whether the password belongs to the hash; false for a text that is no hash. Takes the same time either way. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = parseHash(hash);
  if (!parts) {
    await verifyNothing(password);
    return false;
  }
  return timingSafeEqual(await derive(password, parts.salt, parts.cost), parts.key);
}

/** The work of a verification where there is nothing to verify against, so that time tells nothing. */
export async function verifyNothing(password: string): Promise<void> {
  await derive(password, Buffer.alloc(16), currentCost);
}

/** True if the hash was made at another cost than today's: to be made anew at the next login. */
export function isOutdated(hash: string): boolean {
  const cost = parseHash(hash)?.cost;
  return !cost || cost.logN !== currentCost.logN || cost.r !== currentCost.r || cost.p !== currentCost.p;
}

function parseHash(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | null {
  const match = /^scrypt\$([0-9]{1,2})\$([0-9]{1,2})\$([0-9]{1,2})\$([\w-]+)\$([\w-]{43})$/.exec(hash);
  if (!match) return null;
  const [, logN, r, p, salt = '', key = ''] = match;
  return {
    cost: { logN: Number(logN), r: Number(r), p: Number(p) },
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

/** The same characters typed on another system are the same password: NFKC, as NIST SP 800-63B advises. */
function derive(password: string, salt: Buffer, { logN, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, keyLength, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
