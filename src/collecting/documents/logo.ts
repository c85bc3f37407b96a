import { crc32, inflateSync } from 'node:zlib';

/** In bytes. */
export const largestLogo = 200_000;
const mostDots = 2000;
const pngSignature = '89504e470d0a1a0a';

const notAnImage = 'The logo must be a PNG or JPEG in base64.';
const damaged = 'The logo is damaged.';

/** Why an image cannot be printed, in words for people; null if it can. Nothing of it is kept beyond its bytes. */
export function faultOfLogo(bytes: Buffer): string | null {
  if (bytes.length > largestLogo) return 'The logo may have at most 200 kB.';
  if (bytes.subarray(0, 8).toString('hex') === pngSignature) return faultOfPng(bytes);
  if (bytes.subarray(0, 3).toString('hex') === 'ffd8ff') return faultOfJpeg(bytes);
  return notAnImage;
}

function faultOfSize(width: number, height: number): string | null {
  if (width < 1 || height < 1) return damaged;
  return width > mostDots || height > mostDots ? 'The logo may have at most 2,000 by 2,000 dots.' : null;
}

/** Bits of a dot by color type (PNG, table 11.1), of one channel each. */
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Every chunk with its checksum, and the picture itself unpacked: what is stored must not fail when it is printed. */
function faultOfPng(bytes: Buffer): string | null {
  const packed: Buffer[] = [];
  let header: Buffer | null = null;
  let palette = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) return damaged;
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== bytes.readUInt32BE(at + 8 + length)) return damaged;
    if (type === 'IHDR') header = data;
    if (type === 'PLTE') palette = length > 0 && length % 3 === 0;
    if (type === 'IDAT') packed.push(data);
    if (type === 'IEND') return header ? faultOfPicture(header, packed, palette) : damaged;
    at = end;
  }
  return damaged;
}

function faultOfPicture(header: Buffer, packed: readonly Buffer[], palette: boolean): string | null {
  if (header.length !== 13) return damaged;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const fault = faultOfSize(width, height);
  if (fault) return fault;
  const [depth = 0, color = 9, , , interlaced] = header.subarray(8);
  const perDot = channels[color];
  if (!perDot || ![1, 2, 4, 8, 16].includes(depth) || (color === 3 && !palette)) return damaged;
  if (interlaced) return 'The logo must not be interlaced.';
  const expected = height * (1 + Math.ceil((width * perDot * depth) / 8));
  try {
    return inflateSync(Buffer.concat(packed), { maxOutputLength: expected + 1 }).length === expected ? null : damaged;
  } catch {
    return damaged;
  }
}

/** Frames that say how large the picture is; C4, C8 and CC are something else. */
const frames = [0xc0, 0xc1, 0xc2];

function faultOfJpeg(bytes: Buffer): string | null {
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return damaged;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (frames.includes(marker)) {
      const components = bytes[at + 9];
      // The page is in sRGB; inks of a printing press would need a profile of their own.
      if (components !== 1 && components !== 3) return 'The logo must be in RGB or gray.';
      return faultOfSize(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
    }
    if (marker === 0xd9 || marker === 0xda) return damaged;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return damaged;
}
