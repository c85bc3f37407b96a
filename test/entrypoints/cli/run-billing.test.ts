import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toGlobalId } from '../../../src/platform/id.ts';
import { query } from '../../support/database.ts';
import { billedLines, sellPlan, subscribe } from '../../support/selling.ts';
import { testWorld, type World } from '../../support/world.ts';

const CLI = fileURLToPath(new URL('../../../src/entrypoints/cli/perennial.js', import.meta.url));

let world: World;

beforeAll(async () => {
  world = await testWorld({ start: '2026-01-31T10:00:00Z' });
});

afterAll(() => world.close());

async function perennial(...words: string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, [CLI, 'run-billing', ...words], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: world.database.runtimeUrl,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      JWT_SECRET: randomBytes(48).toString('base64'),
    },
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors += data;
  });
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

describe('perennial run-billing', () => {
  it('counts, bills one organization up to an instant, then everybody', async () => {
    const one = await world.organization();
    const other = await world.organization();
    const [mine, theirs] = [await one.account({ timezone: 'UTC' }), await other.account({ timezone: 'UTC' })];
    await subscribe(one, mine.id, (await sellPlan(one)).planId);
    await subscribe(other, theirs.id, (await sellPlan(other)).planId);
    const lines = async (id: string) => (await billedLines(world.database.superuserUrl, id)).length;

    const dry = await perennial('--dry-run', '--json');
    expect(dry).toMatchObject({ code: 0, errors: '' });
    expect(JSON.parse(dry.output)).toEqual({ dryRun: true, subscriptions: 2, invoices: 0, parked: 0 });
    expect(await lines(mine.id)).toBe(1);

    const some = await perennial(
      '--organization',
      toGlobalId('org', one.id),
      '--until',
      '2026-03-31T10:00:00Z',
      '--json',
    );
    expect(JSON.parse(some.output)).toEqual({ dryRun: false, subscriptions: 2, invoices: 2, parked: 0 });
    expect([await lines(mine.id), await lines(theirs.id)]).toEqual([3, 1]);
    const [queued] = await query<{ count: string }>(world.database.superuserUrl, 'select count(*) from fact_queue');
    expect(queued!.count).toBe('0');

    const rest = await perennial();
    expect(rest).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Billed \d+ subscriptions on \d+ invoices\.\n$/),
    });
    expect(await lines(mine.id)).toBe(await lines(theirs.id));
  });

  it.each([
    [['--until', 'tomorrow'], '--until must be an instant of RFC 3339'],
    [['--until', '2026-02-30T00:00:00Z'], '--until must be'],
    [['--until', '2190-01-01T00:00:00Z'], 'must not lie ahead'],
    [['--organization', 'acme'], 'the id of an organization'],
  ])('refuses %j', async (words, message) => {
    expect(await perennial(...words)).toMatchObject({ code: 1, errors: expect.stringContaining(message) });
  });
});
