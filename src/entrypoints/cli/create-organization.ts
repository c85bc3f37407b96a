import { randomBytes } from 'node:crypto';
import { Command } from 'commander';
import { openOrganization } from '../../accounts/index.ts';
import type { Mode } from '../../platform/context.ts';
import { DomainError } from '../../platform/errors.ts';
import { toGlobalId } from '../../platform/id.ts';
import { withApp } from './command-app.ts';

interface Options {
  name: string;
  mode: string;
  currency: string;
  timezone?: string;
  adminEmail?: string;
  adminName?: string;
  json?: boolean;
}

/** `perennial create-organization`: an organization, its first key and, if wanted, its first administrator; secrets are shown once. */
export function command(): Command {
  return new Command()
    .requiredOption('--name <name>', 'what it is called')
    .option('--mode <mode>', 'live or sandbox', 'sandbox')
    .option('--currency <code>', 'the currency of accounts that are given none', 'EUR')
    .option('--timezone <zone>', 'the time zone of accounts that are given none, such as Europe/Vienna')
    .option('--admin-email <address>', 'make a first administrator, whose password is shown once')
    .option('--admin-name <name>', 'what the administrator is called; the address if left out')
    .option('--json', 'print one JSON object')
    .action(run);
}

async function run(options: Options): Promise<void> {
  if (options.mode !== 'live' && options.mode !== 'sandbox') throw new Error('--mode must be live or sandbox');
  const mode: Mode = options.mode;
  const password = randomBytes(18).toString('base64url');
  const { adminEmail: email, name, currency: defaultCurrency, timezone } = options;
  const input = {
    name,
    mode,
    defaultCurrency,
    ...(timezone ? { timezone } : {}),
    ...(email ? { admin: { email, name: options.adminName ?? email, password } } : {}),
  };
  const made = await withApp((app) => openOrganization(app, input, { type: 'cli', id: 'create-organization' })).catch(
    (error: unknown) => {
      throw error instanceof DomainError ? new Error(faultsOf(error)) : error;
    },
  );
  const organizationId = toGlobalId('org', made.organizationId);
  const answer = { organizationId, mode, apiKey: made.secret, ...(email ? { adminEmail: email, password } : {}) };
  process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : asText(answer));
}

/** Inputs come from options here, so a path is named as one. */
function faultsOf(error: DomainError): string {
  const names: Record<string, string> = { defaultCurrency: '--currency', email: '--admin-email' };
  const issues = error.details.issues ?? [{ message: error.message, path: error.details.path ?? [] }];
  return issues
    .map(({ message, path = [] }) => {
      const field = path.at(-1);
      return field ? `${names[field] ?? `--${field}`}: ${message}` : message;
    })
    .join('\n');
}

function asText(answer: {
  organizationId: string;
  mode: string;
  apiKey: string;
  adminEmail?: string;
  password?: string;
}) {
  const lines = [
    `Organization  ${answer.organizationId} (${answer.mode})`,
    `API key       ${answer.apiKey}`,
    ...(answer.password ? [`Administrator ${answer.adminEmail}`, `Password      ${answer.password}`] : []),
    answer.password ? 'Keep both now: neither is shown again.' : 'Keep the key now: it is not shown again.',
  ];
  return `${lines.join('\n')}\n`;
}
