import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { migrationNames } from '../../src/platform/migrate.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { testRunFolder } from '../support/test-run.ts';

const CLI = fileURLToPath(new URL('../../src/entrypoints/cli/perennial.js', import.meta.url));

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(async () => {
  await database.drop();
});

test('it says its version, its commands and what is wrong with a word', async () => {
  expect(await perennial(['--version'])).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  expect(await perennial(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('migrate') });
  expect(await perennial(['migrate', '--help'])).toMatchObject({ code: 0, output: expect.stringContaining('--json') });
  expect(await perennial(['bilk'])).toMatchObject({
    code: 1,
    errors: expect.stringContaining("unknown command 'bilk'"),
  });
  expect(await perennial(['migrate', '--jso'])).toMatchObject({ code: 1, errors: expect.stringContaining('--jso') });
});

test('npx finds it whatever was built or thrown away: the file is kept, and may be run', async () => {
  const root = new URL('../../../', import.meta.url);
  const { bin } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { bin: { perennial: string } };
  expect(bin.perennial).not.toContain('dist');
  const file = fileURLToPath(new URL(bin.perennial, root));
  expect(statSync(file).mode & 0o111).toBe(0o111);
  const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the doctor finds an unmigrated database, migrate heals it', async () => {
  const environment = { DATABASE_URL: database.runtimeUrl, MIGRATION_DATABASE_URL: database.ownerUrl, ...secrets() };
  const sick = await perennial(['doctor', '--json'], environment);
  expect(sick.code).toBe(1);
  expect(wrongChecks(sick.output)).toEqual(['migrations']);

  const dry = await perennial(['migrate', '--dry-run', '--json'], environment);
  expect(JSON.parse(dry.output)).toEqual({ pending: migrationNames() });
  const first = await perennial(['migrate'], environment);
  expect(first).toMatchObject({ code: 0, output: `Applied ${migrationNames().length} migrations.\n` });
  expect(first.errors).toContain(migrationNames().at(-1));
  const second = await perennial(['migrate', '--json'], environment);
  expect(JSON.parse(second.output)).toEqual({ applied: [] });

  const well = await perennial(['doctor', '--json'], environment);
  expect(wrongChecks(well.output)).toEqual([]);
  const { findings } = JSON.parse(well.output) as { findings: { check: string; detail: string }[] };
  const zones = findings.find(({ check }) => check === 'time zones')!.detail;
  // Countries that have not moved their clocks for decades are known alike, whoever is older.
  expect(zones).toMatch(
    /^(as the database knows them|the database knows other rules for [\w/, -]+: update its time zone data)$/,
  );
  expect(zones).not.toMatch(/Europe\/|Asia\/Tokyo|America\/New_York|UTC/);
  expect(well.code).toBe(0);
});

test('the doctor names what is wrong with configuration and role, and no secret', async () => {
  const { code, output } = await perennial(['doctor', '--json'], {
    DATABASE_URL: database.superuserUrl,
    ENCRYPTION_KEY: 'hush-hush',
    STRIPE_SECRET_KEY: 'hush-hush',
  });
  expect(code).toBe(1);
  expect(output).not.toContain('hush');
  const wrong = (JSON.parse(output) as { findings: { ok: boolean; detail: string }[] }).findings.filter(
    ({ ok }) => !ok,
  );
  const named = ['ENCRYPTION_KEY', 'JWT_SECRET', 'PUBLIC_URL', 'SMTP_URL', 'STRIPE_SECRET_KEY'];
  expect(wrong.slice(0, 5).map(({ detail }) => detail.split(' ')[0])).toEqual(named);
});

test('a wrong configuration is refused with all its faults and without a stack', async () => {
  const { code, errors } = await perennial(['migrate'], { DATABASE_URL: 'hush', PORT: 'hush' });
  expect(code).toBe(1);
  expect(errors).toMatch(/^The configuration has 3 faults:\n {2}DATABASE_URL .*\n {2}MIGRATION_.*\n {2}PORT .*\n$/);
  expect(errors).not.toContain('hush');
});

test('without any configuration it works on a database of its own and leaves nothing running', async () => {
  const data = `${testRunFolder()}/data-${randomBytes(4).toString('hex')}`;
  expect(await perennial(['migrate', '--json'], { PERENNIAL_DATA: data })).toMatchObject({ code: 0 });
  const well = await perennial(['doctor', '--json'], { PERENNIAL_DATA: data });
  expect(wrongChecks(well.output)).toEqual([]);
  expect(readdirSync(data).sort()).toEqual(['postgresql', 'secrets.json']);
  expect(statSync(`${data}/secrets.json`).mode & 0o777).toBe(0o600);
  expect(readdirSync(`${data}/postgresql/instance`)).toContain('cluster');
  expect(readdirSync(`${data}/postgresql/instance/cluster`)).not.toContain('postmaster.pid');
});

function wrongChecks(output: string): string[] {
  const { findings } = JSON.parse(output) as { findings: { check: string; ok: boolean }[] };
  return findings.filter(({ ok }) => !ok).map(({ check }) => check);
}

function secrets(): Record<string, string> {
  return {
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    JWT_SECRET: randomBytes(32).toString('hex'),
    PUBLIC_URL: 'https://billing.example.com',
    SMTP_URL: 'smtp://mail.example.com',
  };
}

async function perennial(
  words: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number; output: string; errors: string }> {
  const env = { PATH: process.env.PATH ?? '', ...environment };
  const child = spawn(process.execPath, ['--no-warnings', CLI, ...words], { cwd: '/', env, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.on('data', (part: Buffer) => (output += String(part)));
  child.stderr.on('data', (part: Buffer) => (errors += String(part)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}
