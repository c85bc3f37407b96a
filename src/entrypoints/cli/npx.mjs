#!/usr/bin/env node
// What `npx perennial …` starts. It is kept as it is, and not among what the compiler writes, so that it is there and may be run before
// the first build and after every other one.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../../../dist/src/entrypoints/cli/perennial.js', import.meta.url);
if (!existsSync(compiled)) {
  process.stderr.write('Perennial is being built, once …\n');
  // What the build says goes where it does not mix with what the command prints.
  const built = spawnSync('npm run --silent build', {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    shell: true,
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) process.exit(1);
}
const { main } = await import(compiled);
await main(process.argv.slice(2));
