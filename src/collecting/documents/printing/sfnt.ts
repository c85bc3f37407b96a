import { inflateSync } from 'node:zlib';

const woffSignature = 0x774f4646;
const headerBytes = 44;
const entryBytes = 20;

/**
 * The plain font inside a WOFF file, which is the same tables compressed one by one (W3C, WOFF 1.0); any other font file
 * as it is. The font library could read WOFF itself, but inflates it in JavaScript each time it is opened.
 */
export function plainFont(file: Buffer): Buffer {
  if (file.readUInt32BE(0) !== woffSignature) return file;
  const tables = file.readUInt16BE(12);
  const header = Buffer.alloc(12 + tables * 16);
  header.writeUInt32BE(file.readUInt32BE(4), 0);
  header.writeUInt16BE(tables, 4);
  const largestPower = 2 ** Math.floor(Math.log2(tables));
  header.writeUInt16BE(largestPower * 16, 6);
  header.writeUInt16BE(Math.log2(largestPower), 8);
  header.writeUInt16BE((tables - largestPower) * 16, 10);
  const parts: Buffer[] = [header];
  let end = header.length;
  for (let index = 0; index < tables; index += 1) {
    const entry = headerBytes + index * entryBytes;
    const [offset, packed, length] = [4, 8, 12].map((at) => file.readUInt32BE(entry + at)) as [number, number, number];
    const stored = file.subarray(offset, offset + packed);
    const table = packed < length ? inflateSync(stored) : stored;
    const record = 12 + index * 16;
    file.copy(header, record, entry, entry + 4);
    file.copy(header, record + 4, entry + 16, entry + 20);
    header.writeUInt32BE(end, record + 8);
    header.writeUInt32BE(length, record + 12);
    const padding = Buffer.alloc((4 - (length % 4)) % 4);
    parts.push(table, padding);
    end += length + padding.length;
  }
  return Buffer.concat(parts);
}
