import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the sources; tests run from `dist`. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');

export interface Source {
  /** Path from the root, with slashes. */
  path: string;
  text: string;
  /** The text without comments, strings kept. */
  code: string;
  imports: { target: string }[];
}

export function filesBelow(folder: string, ending = '.ts'): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split('\\').join('/'))
    .sort();
}

const importPattern = /^\s*(?:import|export)\s+(?:type\s+)?(?:[^'";]*?\s+from\s+)?['"]([^'"]+)['"]/gm;
const dynamicPattern = /\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

export function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const code = withoutComments(text);
  const resolve = (target: string) =>
    target.startsWith('.') ? posix.normalize(posix.join(posix.dirname(path), target)) : target;
  const imports = [...code.matchAll(importPattern), ...code.matchAll(dynamicPattern)].map(([, target]) => ({
    target: resolve(target!),
  }));
  return { path, text, code, imports };
}

/** Comments blanked, line numbers kept. Strings and templates are stepped over, so `//` in one is no comment. */
export function withoutComments(text: string): string {
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replace(pattern, (match) =>
    match.startsWith('/*') || match.startsWith('//') ? match.replace(/[^\n]/g, ' ') : match,
  );
}

export const sources: readonly Source[] = filesBelow('src')
  .filter((path) => !path.includes('/console/'))
  .map(readSource);

/** Lines of each function that is declared with a name, by counting braces from its first line. */
export function functionLengths(source: Source): { name: string; line: number; lines: number }[] {
  const found: { name: string; line: number; lines: number }[] = [];
  const lines = source.code.split('\n');
  const head =
    /^(\s*)(?:export\s+)?(?:(?:async\s+)?function\*?\s+(\w+)|(?:(?:public|private|override|static|async)\s+)*(\w+)\s*\([^;]*\)[^;=]*\{\s*$)/;
  for (const [index, line] of lines.entries()) {
    const match = head.exec(line);
    const name = match?.[2] ?? match?.[3];
    if (!match || !name || ['if', 'for', 'while', 'switch', 'catch', 'return'].includes(name)) continue;
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${match[1]}}`));
    if (end > index) found.push({ name, line: index + 1, lines: end - index + 1 });
  }
  return found;
}
