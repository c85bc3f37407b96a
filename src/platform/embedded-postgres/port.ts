import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const FIRST_CHOICE = 54329;
const CHOICES = 40;

/**
 * A free loopback port: the wanted one, the one remembered from the last start, or the next free one after it.
 * `wanted` 0 lets the system choose. `taken` are ports the server was just refused.
 */
export async function choosePort(folder: string, wanted: number | undefined, taken: Set<number>): Promise<number> {
  if (wanted !== 0) {
    const first = wanted ?? rememberedPort(folder) ?? FIRST_CHOICE;
    for (let port = first; port < Math.min(first + CHOICES, 65_536); port += 1) {
      if (!taken.has(port) && (await bind(port)) !== undefined) return port;
    }
  }
  const port = await bind(0);
  if (port === undefined) throw new Error('No free port on 127.0.0.1');
  return port;
}

/** Keeps the port for the next start, so that noted connection strings stay right. */
export function rememberPort(folder: string, port: number): void {
  writeFileSync(`${folder}/port`, String(port), { mode: 0o600 });
}

function rememberedPort(folder: string): number | undefined {
  try {
    const port = Number(readFileSync(`${folder}/port`, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function bind(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
