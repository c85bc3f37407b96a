import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';

const installed = spawnSync('pdftotext', ['-v']).status === 0;
if (!installed) process.stderr.write('poppler-utils is not installed: the tests that need it are left out\n');

/** `describe` for tests that read PDFs back; they are left out where the machine has no poppler. */
export function describeWithPoppler(name: string, tests: () => void): void {
  // Asked for at each call: this module outlives the file, and each file has a framework of its own.
  (installed ? describe : describe.skip)(name, tests);
}

/** Runs one of poppler's tools on a PDF; the file is named last, or where `{}` stands. */
function poppler(
  tool: string,
  pdf: Buffer,
  options: string[],
  read: (folder: string, output: string) => string,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-pdf-'));
  try {
    const file = join(folder, 'document.pdf');
    writeFileSync(file, pdf);
    const named = options.includes('{}') ? options : [...options, '{}'];
    const output = execFileSync(
      tool,
      named.map((option) => (option === '{}' ? file : option)),
      { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return read(folder, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of a PDF as another program reads it, marks of direction left out. */
export const textOf = (pdf: Buffer, ...options: string[]): string =>
  poppler('pdftotext', pdf, [...options, '{}', '-'], (_folder, output) =>
    output.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ''),
  );

/** The lines of `pdffonts` or `pdfinfo`. */
export const factsOf = (tool: 'pdffonts' | 'pdfinfo', pdf: Buffer, ...options: string[]): string =>
  poppler(tool, pdf, [...options, '{}'], (_folder, output) => output);

/** A file that lies inside a PDF. */
export const attachmentOf = (pdf: Buffer, name: string): string =>
  poppler('pdfdetach', pdf, ['-savefile', name, '-o', 'saved', '{}'], (folder) =>
    readFileSync(join(folder, 'saved'), 'utf8'),
  );

/** The pages of a PDF as pictures (PPM, one behind the other), so many dots an inch. */
export function picturesOf(pdf: Buffer, dotsPerInch: number): Buffer {
  return execFileSync('pdftoppm', ['-r', String(dotsPerInch), '-'], {
    input: pdf,
    maxBuffer: 256 * 1_048_576,
    stdio: 'pipe',
  });
}
