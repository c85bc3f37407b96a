import { createHash } from 'node:crypto';
import { badUserInput } from '../../platform/errors.ts';

const markBytes = 8;
const sequenceBytes = 8;
const pattern = /^[\w-]{22}$/;

/** The place behind a fact in its organization's order, as clients keep it. Opaque, and of no use to another organization. */
export function toCursor(organizationId: string, sequence: bigint): string {
  const bytes = Buffer.alloc(sequenceBytes + markBytes);
  bytes.writeBigInt64BE(sequence);
  markOf(organizationId, sequence).copy(bytes, sequenceBytes);
  return bytes.toString('base64url');
}

/** The sequence behind a cursor. BAD_USER_INPUT at `after` for garbled ones and those of another organization alike. */
export function fromCursor(organizationId: string, cursor: string): bigint {
  const bytes = pattern.test(cursor) ? Buffer.from(cursor, 'base64url') : null;
  const sequence = bytes?.readBigInt64BE() ?? -1n;
  if (!bytes || sequence < 0n || toCursor(organizationId, sequence) !== cursor) {
    throw badUserInput(['after'], 'This is no cursor of these events.');
  }
  return sequence;
}

/** Not a secret: it tells a cursor of another organization, or a mistyped one, from one of this. */
function markOf(organizationId: string, sequence: bigint): Buffer {
  return createHash('sha256').update(`live ${organizationId} ${sequence}`).digest().subarray(0, markBytes);
}
