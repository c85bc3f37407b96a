import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { authenticate } from '../../src/accounts/index.ts';
import { fromGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import { testWorld, type World } from '../support/world.ts';

const perennial = new URL('../../src/entrypoints/cli/perennial.js', import.meta.url).pathname;
let world: World;

beforeAll(async () => {
  world = await testWorld();
});

afterAll(() => world.close());

async function run(...words: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  const env = { PATH: process.env.PATH, DATABASE_URL: world.database.runtimeUrl };
  try {
    return {
      ...(await promisify(execFile)(process.execPath, [perennial, 'create-organization', ...words], { env })),
      code: 0,
    };
  } catch (error) {
    return error as { stdout: string; stderr: string; code: number };
  }
}

describe('perennial create-organization', () => {
  it('makes an organization and shows a key that may do everything', async () => {
    const words = [
      '--name',
      'Bloom',
      '--mode',
      'live',
      '--currency',
      'USD',
      '--timezone',
      'America/New_York',
      '--json',
    ];
    const { stdout, code, stderr } = await run(...words, '--admin-email', 'root@example.com');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const made = JSON.parse(stdout);
    expect(made).toEqual({
      organizationId: expect.stringMatching(/^org_/),
      mode: 'live',
      apiKey: expect.stringMatching(/^bk_live_/),
      adminEmail: 'root@example.com',
      password: expect.any(String),
    });
    const identity = await authenticate(world.app, `Bearer ${made.apiKey}`);
    expect(identity!.organizationId).toBe(fromGlobalId('org', made.organizationId));
    const input = { email: 'root@example.com', password: made.password };
    const session = await world.graphql(
      'mutation ($input: LogInInput!) { logIn(input: $input) { userErrors { code } } }',
      { input },
      { as: null },
    );
    expect(session.data).toEqual({ logIn: { userErrors: [] } });
    const viewer = await world.graphql(
      '{ organization { name mode defaultCurrency timezone } members { totalCount } }',
      {},
      { as: identity },
    );
    expect(viewer.data).toEqual({
      organization: { name: 'Bloom', mode: 'LIVE', defaultCurrency: 'USD', timezone: 'America/New_York' },
      members: { totalCount: 1 },
    });
  });

  it('names the option that is wrong and makes nothing', async () => {
    const bad = await run('--name', ' ', '--currency', 'EURO', '--timezone', 'Vienna');
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    for (const option of ['--name: ', '--currency: ', '--timezone: ']) expect(bad.stderr).toContain(option);
    const address = await run('--name', 'X', '--admin-email', 'nobody');
    expect(address).toMatchObject({ code: 1, stderr: expect.stringContaining('--admin-email: ') });
    const rows = await query(world.database.superuserUrl, `select 1 from organizations where name = 'X'`);
    expect(rows).toEqual([]);
  });
});
