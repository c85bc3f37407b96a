import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { openDatabase } from '../../platform/database-session.ts';
import { type MigrationStep, migrate, pendingMigrations } from '../../platform/migrate.ts';

/** `perennial migrate`: the schema, the queue's tables, the roles and their rights. */
export function command(): Command {
  return new Command()
    .option('--json', 'print one JSON object instead of progress')
    .option('--dry-run', 'say what is pending and change nothing')
    .action(run);
}

async function run(options: { json?: boolean; dryRun?: boolean }): Promise<void> {
  const config = loadConfig('owner');
  const database = await openDatabase(config);
  try {
    const { ownerUrl, runtimeUrl, embedded } = database;
    if (embedded?.relocated && !options.json) process.stderr.write(`The database lies in ${embedded.directory}\n`);
    if (ownerUrl === undefined) throw new Error('MIGRATION_DATABASE_URL is missing');
    if (options.dryRun) {
      const pending = await pendingMigrations(ownerUrl);
      print(
        options.json,
        { pending },
        pending.length === 0 ? 'Nothing is pending.' : `Pending:\n  ${pending.join('\n  ')}`,
      );
      return;
    }
    const progress = options.json ? undefined : showProgress();
    try {
      const applied = await migrate({ ownerUrl, runtimeUrl, ...(progress ? { onStep: progress.step } : {}) });
      progress?.end();
      const count = applied.length === 1 ? '1 migration' : `${applied.length} migrations`;
      print(options.json, { applied }, applied.length === 0 ? 'The schema is up to date.' : `Applied ${count}.`);
    } finally {
      progress?.end();
    }
  } finally {
    await database.close();
  }
}

function print(json: boolean | undefined, result: object, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : `${text}\n`);
}

/** A bar on a terminal; elsewhere a line a step, so that a log shows how far it came. */
function showProgress(): { step: (step: MigrationStep) => void; end: () => void } {
  if (!process.stderr.isTTY) {
    return {
      step: ({ name, done, total }) => process.stderr.write(`[${done}/${total}] ${name}\n`),
      end: () => undefined,
    };
  }
  const bar = new cliProgress.SingleBar({ format: 'Migrating {bar} {value}/{total} {name}', hideCursor: true });
  bar.start(1, 0, { name: '' });
  return {
    step: ({ name, done, total }) => {
      bar.setTotal(total);
      bar.update(done, { name });
    },
    end: () => bar.stop(),
  };
}
