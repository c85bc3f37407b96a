import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the demo must remember, since the product shows secrets once. */
export interface Keepsake {
  organizationId: string;
  apiKey: string;
  email: string;
  password: string;
  /** The test clocks by region; empty until the history is made. */
  clocks: Record<string, string>;
  historyMade: boolean;
  /** Where the year ends, once it was begun: what was interrupted goes on with the same year. */
  yearEndsAt?: string;
  /** Accounts that have come since, so that the next one has another name. */
  newcomers: number;
}

const file = (dataDirectory: string) => join(dataDirectory, 'demo.json');

/** What an earlier start has kept, or null. */
export function readKeepsake(dataDirectory: string): Keepsake | null {
  try {
    return JSON.parse(readFileSync(file(dataDirectory), 'utf8')) as Keepsake;
  } catch {
    return null;
  }
}

/** Only the one who started the demo may read it: it holds a key and a password. */
export function writeKeepsake(dataDirectory: string, keepsake: Keepsake): void {
  mkdirSync(dataDirectory, { recursive: true });
  writeFileSync(file(dataDirectory), `${JSON.stringify(keepsake, null, 2)}\n`, { mode: 0o600 });
}
