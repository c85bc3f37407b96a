import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { finalizeInvoice, type InvoiceRow } from '../../../src/collecting/invoicing/index.ts';
import { createTaxRate } from '../../../src/collecting/tax/index.ts';
import { newId } from '../../../src/platform/id.ts';
import { query } from '../../support/database.ts';
import { brokenBooks, issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let accountId: string;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
  accountId = (await organization.account({ billingAddress: { country: 'AT' } })).id;
});

afterAll(async () => {
  expect(await brokenBooks(world.database.superuserUrl)).toEqual({});
  await world.close();
});

const finalized = async (): Promise<InvoiceRow> =>
  (await issueFor(world.app, organization, [accountId], () => ({ charges: [oneOff(accountId, 1000n)] })))[0]!;

/** As the role the product runs as, within its organization: what no code of ours stands between. */
const asRuntime = (sql: string, values: unknown[]) => organization.transact((work) => work.rows(sql, values));

describe('a finalized invoice', () => {
  const attempts: [string, string][] = [
    ['its memo', `update invoices set memo = 'changed' where id = $1`],
    ['its number', `update invoices set number = 'INV-000000', number_seq = 0 where id = $1`],
    ['its total', `update invoices set subtotal = 1, total = 1 where id = $1`],
    ['its buyer', `update invoices set buyer = '{"name":"Somebody else"}' where id = $1`],
    ['its due date', `update invoices set due_at = due_at + interval '1 day' where id = $1`],
    ['its hash', `update invoices set content_hash = 'x' where id = $1`],
    ['the transaction that finalized it', `update invoices set finalized_in = pg_current_xact_id() where id = $1`],
    ['a draft again', `update invoices set status = 'draft', finalized_at = null where id = $1`],
    ['itself away', `delete from invoices where id = $1`],
    ['a line', `update invoice_lines set amount = 1 where invoice_id = $1`],
    ['a line to another invoice', `update invoice_lines set invoice_id = gen_random_uuid() where invoice_id = $1`],
    ['a line away', `delete from invoice_lines where invoice_id = $1`],
    ['a tax', `update invoice_taxes set amount = 0 where invoice_id = $1`],
    ['a tax away', `delete from invoice_taxes where invoice_id = $1`],
  ];

  it.each(attempts)('does not change %s', async (_what, sql) => {
    await world.app.transact(organization.scope, async (work) => {
      const [known] = await work.rows('select 1 from tax_rates limit 1');
      if (!known) await createTaxRate(work, { name: 'VAT', country: 'AT', percent: '20', inclusive: false });
    });
    const invoice = await finalized();
    await expect(asRuntime(sql, [invoice.id])).rejects.toMatchObject({ code: 'IMMUTABLE' });
  });

  it('takes no new line, not even from a transaction that has touched it before', async () => {
    const invoice = await finalized();
    const insert = `insert into invoice_lines (organization_id, id, invoice_id, position, kind, account_id, description, quantity, unit_amount, amount, currency, derivation, created_at)
      values ($1, $2, $3, 9, 'one_off', $4, 'Smuggled', 1, 1, 1, 'EUR', '{}', now())`;
    await expect(asRuntime(insert, [organization.id, newId(), invoice.id, accountId])).rejects.toMatchObject({
      code: 'IMMUTABLE',
    });
    const touched = organization.transact(async (work) => {
      await work.rows(`update invoices set metadata = '{"touched":"yes"}' where id = $1`, [invoice.id]);
      await work.rows(insert, [organization.id, newId(), invoice.id, accountId]);
    });
    await expect(touched).rejects.toMatchObject({ code: 'IMMUTABLE' });
  });

  it('shows in its hash what got past the database', async () => {
    const invoice = await finalized();
    const same = () =>
      query<{ same: boolean }>(
        world.database.superuserUrl,
        'select content_hash = invoice_content_hash(organization_id, id) as same from invoices where id = $1',
        [invoice.id],
      ).then(([row]) => row!.same);
    expect(await same()).toBe(true);
    await query(world.database.superuserUrl, 'alter table invoice_lines disable trigger user');
    const [line] = await query<{ derivation: string }>(
      world.database.superuserUrl,
      'select derivation::text as derivation from invoice_lines where invoice_id = $1',
      [invoice.id],
    );
    const { derivation } = line!;
    for (const [change, back] of [
      [`description = 'Another thing'`, `description = 'A thing'`],
      ['amount = 999', 'amount = 1000'],
      [`derivation = '${derivation.replace(':', ': ')}'`, `derivation = '${derivation}'`],
    ]) {
      await query(world.database.superuserUrl, `update invoice_lines set ${change} where invoice_id = $1`, [
        invoice.id,
      ]);
      expect(await same()).toBe(false);
      await query(world.database.superuserUrl, `update invoice_lines set ${back} where invoice_id = $1`, [invoice.id]);
      expect(await same()).toBe(true);
    }
    await query(world.database.superuserUrl, 'alter table invoice_lines enable trigger user');
  });
});

describe('the hash', () => {
  const nasty = fc
    .string({
      unit: fc.oneof(
        fc.constantFrom(
          '"',
          '\\',
          '\n',
          '\r',
          '\t',
          '|',
          ',',
          ']',
          '[',
          '{',
          '}',
          "'",
          '\u0001',
          '\u001f',
          '\u007f',
          '\u2028',
          'é',
          '😀',
          'NULL',
          ' ',
        ),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 40,
    })
    .filter((text) => !text.includes('\u0000'));
  const decimal = fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.constantFrom('0', '1', '007', '12345678901234567890'),
      fc.constantFrom('', '.0', '.10', '.000000000001'),
    )
    .map((parts) => parts.join(''));
  const line = fc.record({
    description: nasty,
    quantity: decimal,
    unitAmount: decimal,
    amount: fc.bigInt(-(10n ** 12n), 10n ** 12n),
    derivation: fc.oneof(
      fc.constant({}),
      fc.jsonValue().map((value) => ({ value })),
    ),
    withPeriod: fc.boolean(),
  });

  it('is the same in the product and in the database, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        fc.option(nasty),
        fc.boolean(),
        async (lines, memo, later) => {
          const charges = lines.map(({ withPeriod, ...one }) =>
            oneOff(accountId, one.amount, {
              ...one,
              ...(withPeriod
                ? { periodStart: new Date('2026-01-01T00:00:00.001Z'), periodEnd: new Date('2026-01-02T00:00:00.999Z') }
                : {}),
            }),
          );
          const [made] = await issueFor(world.app, organization, [accountId], () => ({
            charges,
            memo,
            finalize: !later,
          }));
          const invoice = later
            ? await organization.transact((work) => finalizeInvoice(work, { id: made!.id }))
            : made!;
          const [row] = await query<{ hash: string }>(
            world.database.superuserUrl,
            'select invoice_content_hash(organization_id, id) as hash from invoices where id = $1',
            [invoice.id],
          );
          expect(row!.hash).toBe(invoice.contentHash);
        },
      ),
      { numRuns: 60 },
    );
  });
});
