import cliProgress from 'cli-progress';
import { Command } from 'commander';
import { loadConfig } from '../../config.ts';
import { openDatabase } from '../../platform/database-session.ts';
import { fromGlobalId, isUuid } from '../../platform/id.ts';
import { type Finding, verifyBooks } from '../../reporting/books/index.ts';

interface Options {
  strict?: boolean;
  json?: boolean;
  underLoad?: boolean;
  organization?: string;
}

/** `perennial verify`: the rules of the books, each with the rows it looked at and those that break it. */
export function command(): Command {
  return new Command()
    .option('--strict', 'end with 1 when a rule is broken')
    .option('--under-load', 'leave out the rules that hold only when nothing is under way')
    .option('--organization <id>', 'look only at the rows of one organization')
    .option('--json', 'print one JSON object instead of a list')
    .action(run);
}

async function run(options: Options): Promise<void> {
  const organization = options.organization === undefined ? undefined : organizationId(options.organization);
  const config = loadConfig('owner');
  const database = await openDatabase(config);
  try {
    if (database.ownerUrl === undefined) throw new Error('MIGRATION_DATABASE_URL is missing');
    const progress = options.json ? undefined : showProgress();
    let findings: Finding[];
    try {
      findings = await verifyBooks({
        url: database.ownerUrl,
        underLoad: options.underLoad ?? false,
        ...(organization === undefined ? {} : { organization }),
        ...(progress === undefined ? {} : { onChecked: progress.step }),
      });
    } finally {
      progress?.end();
    }
    process.stdout.write(options.json ? asJson(findings) : asList(findings));
    if (options.strict && findings.some(({ broken }) => broken > 0)) process.exitCode = 1;
  } finally {
    await database.close();
  }
}

function organizationId(text: string): string {
  const id = fromGlobalId('org', text) ?? (isUuid(text) ? text : null);
  if (id === null) throw new Error(`--organization ${text} is not the id of an organization`);
  return id;
}

function asJson(findings: readonly Finding[]): string {
  const invariants = findings.map(({ invariant: { id, holds, title }, looked, broken, examples }) => {
    return { id, holds, title, looked, broken, examples };
  });
  return `${JSON.stringify({ clean: findings.every(({ broken }) => broken === 0), invariants })}\n`;
}

const examplesInList = 10;

function asList(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ invariant, looked, broken, examples }) => {
    const verdict = broken === 0 ? 'ok    ' : 'BROKEN';
    const rows = `${broken} of ${looked} rows`.padStart(18);
    const shown = examples.slice(0, examplesInList).map((example) => `         ${example}`);
    if (broken > shown.length) shown.push(`         … and ${broken - shown.length} more`);
    return [`${invariant.id.padEnd(4)} ${verdict} ${rows}  ${invariant.title}`, ...shown];
  });
  const broken = findings.filter((finding) => finding.broken > 0).length;
  const verdict = broken === 0 ? 'all hold' : `${broken} broken`;
  return `${[...lines, `${findings.length} rules looked at, ${verdict}.`].join('\n')}\n`;
}

/** A bar on a terminal; elsewhere nothing, since the list says it all. */
function showProgress():
  | { step: (finding: Finding, done: number, total: number) => void; end: () => void }
  | undefined {
  if (!process.stderr.isTTY) return undefined;
  const bar = new cliProgress.SingleBar({
    format: 'Verifying {bar} {value}/{total} {rule}',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0, { rule: '' });
  return {
    step: ({ invariant }, done, total) => {
      bar.setTotal(total);
      bar.update(done, { rule: invariant.id });
    },
    end: () => bar.stop(),
  };
}
