import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import { toGlobalId } from '../../../src/platform/id.ts';
import { examineBooks, verifyBooks } from '../../../src/reporting/books/index.ts';
import { brokenRules, checkBooks } from '../../support/checks.ts';
import { query } from '../../support/database.ts';
import { issueFor, oneOff, plainSubscription, recurring } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let other: TestOrganization;
let client: pg.Client;

const january = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'] as const;
const february = ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'] as const;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
  other = await world.organization();
  await organization.transact((work) =>
    createTaxRate(work, { name: 'VAT', country: 'AT', percent: '20', inclusive: false }),
  );
  const { id } = await organization.account({ billingAddress: { country: 'AT' } });
  const subscription = await plainSubscription(world.database.superuserUrl, organization.id, id);
  for (const period of [january, february]) {
    await issueFor(world.app, organization, [id], () => ({ charges: [recurring(id, subscription, period)] }));
  }
  await issueFor(world.app, organization, [id], () => ({ charges: [oneOff(id, -5000n, { kind: 'adjustment' })] }));
  await issueFor(world.app, organization, [id], () => ({ charges: [oneOff(id, 1200n), oneOff(id, 300n)] }));
  const neighbor = await other.account();
  await issueFor(world.app, other, [neighbor.id], () => ({ charges: [oneOff(neighbor.id, 700n)] }));
  await world.settle();
  client = new pg.Client({ connectionString: world.database.superuserUrl });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await world.close();
});

/** The rules broken by a change that no trigger and no constraint could stop; it is taken back. */
async function brokenBy(change: string, now: string = '2026-03-01T12:00:00Z'): Promise<string[]> {
  await client.query('begin');
  try {
    await client.query('set local session_replication_role = replica');
    const { rowCount } = await client.query(change);
    expect(rowCount).toBeGreaterThan(0);
    await client.query('set local role conformance_reader');
    const findings = await examineBooks(client, { now: new Date(now) });
    return findings.filter(({ broken }) => broken > 0).map(({ invariant }) => invariant.id);
  } finally {
    await client.query('rollback');
  }
}

describe('what the engine wrote', () => {
  it('adds up', async () => {
    await checkBooks(world);
    const findings = await verifyBooks({ url: world.database.ownerUrl, now: world.clock.now() });
    const looked = Object.fromEntries(findings.map((finding) => [finding.invariant.id, finding.looked]));
    expect(looked).toMatchObject({ I22: 5, I23: 5, I31: 0 });
    expect(looked.I01).toBeGreaterThan(10);
    expect(looked.I35).toBeGreaterThan(10);
  });

  const tampered: Record<string, [change: string, rules: string[]]> = {
    'an amount in the ledger': [
      `update ledger_entries set amount = amount + 1 where id = (select min(id) from ledger_entries where account = 'revenue')`,
      ['I01', 'I02'],
    ],
    'a posting is gone': [
      `delete from ledger_entries where transaction_id = (select max(transaction_id::text)::uuid from ledger_entries where account = 'receivable')`,
      ['I38'],
    ],
    'the total of an invoice': [
      `update invoices set subtotal = subtotal - 100, total = total - 100 where number = 'INV-000001'`,
      ['I05', 'I23', 'I38'],
    ],
    'a frozen address': [`update invoices set buyer = '{"name": "Eve"}' where number = 'INV-000001'`, ['I23']],
    'the amount of a line': [`update invoice_lines set amount = amount - 1 where amount = 1200`, ['I05', 'I23']],
    'the description of a line': [`update invoice_lines set description = 'Nothing' where amount = 1200`, ['I23']],
    'a line is gone': [`delete from invoice_lines where amount = 300`, ['I05', 'I23']],
    'a rate of tax': [`update invoice_taxes set percent = 19`, ['I06', 'I23']],
    'a number in the series': [`update invoices set number_seq = 9 where number = 'INV-000002'`, ['I22', 'I23']],
    'an invoice is gone': [`delete from invoices where number = 'INV-000002'`, ['I22', 'I26', 'I38']],
    'paid without money': [
      `update invoices set status = 'paid', amount_paid = total - credits_applied, paid_at = now() where number = 'INV-000001'`,
      ['I08', 'I38'],
    ],
    'a billed period is gone': [`delete from billed_periods where period_start = '2026-01-01T00:00:00Z'`, ['I18b']],
    'a billed period is longer': [
      `update billed_periods set period_end = period_end + interval '1 day' where period_start = '2026-02-01T00:00:00Z'`,
      ['I18b'],
    ],
    'a period billed twice': [
      `update invoice_lines set period_start = '2026-01-31T00:00:00Z' where period_start = '2026-02-01T00:00:00Z'`,
      ['I18', 'I18b', 'I23'],
    ],
    'a credit spent': [
      `update credit_entries set amount = amount - 1 where source_type = 'invoice_application'`,
      ['I17', 'I47'],
    ],
    'a credit given': [
      `update credit_entries set amount = amount + 1 where source_type = 'carried_over'`,
      ['I17', 'I47'],
    ],
    'credit that is kept for nothing': [
      `update credit_grants set frozen_at = granted_at where source_type = 'carried_over'`,
      ['P01'],
    ],
    'what a fact says': [
      `update facts set data = data || '{"amountDue": "1"}' where type = 'invoice.finalized'`,
      ['I35'],
    ],
    'who did it': [`update facts set actor = 'member:eve' where type = 'invoice.finalized'`, ['I35']],
    'when it was': [`update facts set recorded_at = recorded_at - interval '1 day'`, ['I35']],
    'a published fact is gone': [`delete from published_facts where sequence = 2`, ['I35']],
    'the order of facts': [`update published_facts set queue_id = -queue_id`, ['I33']],
    'a line moved to another organization': [
      `update invoice_lines set organization_id = '{other}' where amount = 300`,
      ['I26'],
    ],
  };

  for (const [what, [change, rules]] of Object.entries(tampered)) {
    it(`does not add up any more: ${what}`, async () => {
      expect(await brokenBy(change.replace('{other}', other.id))).toEqual(expect.arrayContaining(rules));
    });
  }

  it('is judged by the clock it was kept by', async () => {
    const march = `update subscriptions set current_period_start = '2026-03-01', current_period_end = '2026-04-01'`;
    expect(await brokenBy(march)).not.toContain('I19b');
    expect(await brokenBy(march, '2026-04-01T00:05:00Z')).toContain('I19b');
  });

  it('is looked at organization by organization', async () => {
    const findings = await verifyBooks({ url: world.database.ownerUrl, organization: other.id });
    expect(findings.find(({ invariant }) => invariant.id === 'I23')).toMatchObject({ looked: 1, broken: 0 });
  });
});

describe('perennial verify', () => {
  it('says what it looked at and ends well', async () => {
    const { code, output } = await verify([]);
    expect(output).toMatch(/^I01 {2}ok +0 of \d+ rows {2}ledger balances/m);
    expect(output).toMatch(/51 rules looked at, all hold\.\n$/);
    expect(code).toBe(0);
    const underLoad = await verify(['--under-load', '--strict']);
    expect(underLoad).toMatchObject({ code: 0, output: expect.stringMatching(/43 rules looked at, all hold/) });
  });

  it('finds what was changed, and ends with 1 when it is strict', async () => {
    const change = `update invoices set memo = 'changed' where organization_id = '${other.id}'`;
    await query(world.database.superuserUrl, `set session_replication_role = replica; ${change}`);
    try {
      expect(await brokenRules(world)).toMatchObject([{ invariant: { id: 'I23' }, broken: 1 }]);
      await expect(checkBooks(world)).rejects.toThrow(/I23 .*: 1 rows, first inv_[0-9a-z]{26}/);
      const relaxed = await verify([]);
      expect(relaxed).toMatchObject({ code: 0, output: expect.stringMatching(/^I23 {2}BROKEN +1 of 5 rows/m) });
      const strict = await verify(['--strict', '--json']);
      expect(strict.code).toBe(1);
      const { clean, invariants } = JSON.parse(strict.output) as { clean: boolean; invariants: { broken: number }[] };
      expect(clean).toBe(false);
      expect(invariants.filter(({ broken }) => broken > 0)).toMatchObject([{ id: 'I23', broken: 1, looked: 5 }]);
      expect(await verify(['--strict', '--organization', toGlobalId('org', organization.id)])).toMatchObject({
        code: 0,
      });
      expect(await verify(['--strict', '--organization', other.id])).toMatchObject({ code: 1 });
    } finally {
      await query(
        world.database.superuserUrl,
        `set session_replication_role = replica; ${change.replace(`'changed'`, 'null')}`,
      );
    }
  });

  it('refuses what is no organization', async () => {
    const { code, errors } = await verify(['--organization', 'acc_1']);
    expect({ code, errors }).toEqual({ code: 1, errors: '--organization acc_1 is not the id of an organization\n' });
  });
});

const CLI = fileURLToPath(new URL('../../../src/entrypoints/cli/perennial.js', import.meta.url));

async function verify(words: string[]): Promise<{ code: number; output: string; errors: string }> {
  const env = {
    PATH: process.env.PATH ?? '',
    DATABASE_URL: world.database.runtimeUrl,
    MIGRATION_DATABASE_URL: world.database.ownerUrl,
  };
  const child = spawn(process.execPath, ['--no-warnings', CLI, 'verify', ...words], { cwd: '/', env, stdio: 'pipe' });
  let output = '';
  let errors = '';
  child.stdout.on('data', (part: Buffer) => (output += String(part)));
  child.stderr.on('data', (part: Buffer) => (errors += String(part)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}
