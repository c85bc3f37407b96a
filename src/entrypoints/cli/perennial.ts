import { readFileSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';

// Compiled code is kept between starts, where only whoever installed this may write; without it a start takes twice as long.
module.enableCompileCache?.(fileURLToPath(new URL('../../../../node_modules/.cache/perennial', import.meta.url)));

/** A command's file: says its options, and does its work when parsed. */
type CommandFile = { readonly command: () => Command };

/** Every command, what it does, and its file; a file is loaded when its command is asked for, so that help is quick. */
const COMMANDS: readonly (readonly [name: string, summary: string, load: () => Promise<CommandFile>])[] = [
  ['migrate', 'bring the database to the newest schema', () => import('./migrate.ts')],
  [
    'create-organization',
    'make an organization and print its first key, once',
    () => import('./create-organization.ts'),
  ],
  ['demo', 'start everything with a year of history and money that moves', () => import('./demo.ts')],
  ['serve', 'run the API, the worker, or both', () => import('./serve.ts')],
  ['schema', 'print, write or check the GraphQL schema', () => import('./schema.ts')],
  ['run-billing', 'bill what is due', () => import('./run-billing.ts')],
  ['doctor', 'look for what is wrong with the installation', () => import('./doctor.ts')],
  ['verify', 'look whether the books add up', () => import('./verify.ts')],
];

/** The `perennial` command with all its subcommands. */
export function program(): Command {
  const perennial = new Command('perennial')
    .description('Self-hosted subscription billing')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .showHelpAfterError();
  for (const [name, summary, load] of COMMANDS) {
    perennial
      .command(name)
      .description(summary)
      // The real command reads its own options, --help among them.
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .passThroughOptions()
      .action(async (_options: unknown, placeholder: Command) => {
        const { command } = await load();
        await command().name(`perennial ${name}`).description(summary).parseAsync(placeholder.args, { from: 'user' });
      });
  }
  return perennial;
}

/** Runs a command line. An expected failure ends with one line, not with a stack. */
export async function main(words: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...words], { from: 'user' });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function version(): string {
  const manifest = new URL('../../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

// Run as a program, possibly through npm's link; imported by a test, it only offers its functions.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await main(process.argv.slice(2));
}
