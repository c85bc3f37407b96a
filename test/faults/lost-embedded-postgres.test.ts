import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { livePostmaster } from '../../src/platform/embedded-postgres/postmaster.ts';
import { testRunFolder } from '../support/test-run.ts';
import { until } from '../support/until.ts';

const CLI = fileURLToPath(new URL('../../src/entrypoints/cli/perennial.js', import.meta.url));
const accounts = '{ accounts(first: 5) { nodes { name } } }';
const createAccount = `mutation {
  createAccount(input: { name: "Ada" }) { account { name } userErrors { message } }
}`;
const children: ChildProcess[] = [];

interface Process {
  child: ChildProcess;
  text: { out: string; err: string };
}

interface Answer {
  status: number;
  retryAfter: string | null;
  body: { data?: unknown; errors?: { message: string }[]; extensions?: Record<string, unknown> };
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('the embedded PostgreSQL of a process', () => {
  it('is killed: requests are answered 503 until it is back, and nobody has to do anything', async () => {
    const { data, key } = await firstOrganization();
    const { child, text, url } = await serve(data);
    expect(await ask(url, key, accounts)).toMatchObject({ status: 200, body: { data: { accounts: { nodes: [] } } } });

    const before = postmaster(data)!;
    process.kill(before.pid, 'SIGKILL');
    const answers = [await ask(url, key, createAccount)];
    await until(async () => {
      answers.push(await ask(url, key, createAccount));
      return answers.at(-1)!.status === 200;
    }, 'it is back');
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThan(0);
    for (const { status, retryAfter, body } of answers.slice(0, -1)) {
      expect({ status, retryAfter, messages: body.errors?.map(({ message }) => message) }).toEqual({
        status: 503,
        retryAfter: '2',
        messages: ['The database does not answer. Try again in a moment.'],
      });
    }
    const created = { account: { name: 'Ada' }, userErrors: [] };
    expect(answers.at(-1)!.body.data).toEqual({ createAccount: created });
    // Asked as often as that, made once.
    expect((await ask(url, key, accounts)).body.data).toEqual({ accounts: { nodes: [{ name: 'Ada' }] } });
    await until(async () => (await fetch(`${url}/health/ready`)).status === 200, 'the process is ready');
    const after = postmaster(data)!;
    expect(after.port).toBe(before.port);
    expect(after.pid).not.toBe(before.pid);
    expect(text.out.match(/the embedded database has stopped/g)).toHaveLength(1);
    expect(text.out.match(/the embedded database is back/g)).toHaveLength(1);
    const outageSeconds = 60;
    expect(text.out.match(/the database does not answer/g)!.length).toBeLessThanOrEqual(outageSeconds / 5);

    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(postmaster(data)).toBeUndefined();
  }, 180_000);

  it('is killed and its data is gone: the process ends and says why', async () => {
    const { data } = await firstOrganization();
    const { child, text } = await serve(data);
    const { pid } = postmaster(data)!;
    renameSync(`${data}/postgresql/instance`, `${data}/postgresql/instance-put-aside`);
    process.kill(pid, 'SIGKILL');
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(text.err).toMatch(
      /^The embedded database in .* was removed while it was used; start again to have a new one\.$/m,
    );
  }, 180_000);
});

async function firstOrganization(): Promise<{ data: string; key: string }> {
  const data = `${testRunFolder()}/data-${randomBytes(4).toString('hex')}`;
  const { child, text } = perennial(data, ['create-organization', '--name', 'Acme', '--json']);
  await once(child, 'close');
  if (text.out === '') throw new Error(text.err);
  return { data, key: (JSON.parse(text.out) as { apiKey: string }).apiKey };
}

async function serve(data: string): Promise<Process & { url: string }> {
  const started = perennial(data, ['serve']);
  const url = () => /"url":"([^"]+)".*"started"/.exec(started.text.out)?.[1];
  await until(() => url() !== undefined || started.child.exitCode !== null, 'it has started');
  return { ...started, url: url()! };
}

function perennial(data: string, words: string[]): Process {
  const env = { PATH: process.env.PATH ?? '', PERENNIAL_DATA: data };
  const child = spawn(process.execPath, ['--no-warnings', CLI, ...words], { cwd: '/', env, stdio: 'pipe' });
  children.push(child);
  const text = { out: '', err: '' };
  child.stdout.on('data', (part) => (text.out += String(part)));
  child.stderr.on('data', (part) => (text.err += String(part)));
  return { child, text };
}

function postmaster(data: string) {
  return livePostmaster(`${data}/postgresql/instance/cluster`);
}

async function ask(url: string, key: string, query: string): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}`, 'idempotency-key': 'ada' },
    body: JSON.stringify({ query }),
  });
  const retryAfter = response.headers.get('retry-after');
  return { status: response.status, retryAfter, body: (await response.json()) as Answer['body'] };
}
