import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { registerDocuments } from '../../../src/entrypoints/documents.ts';
import { createHttpApp } from '../../../src/entrypoints/http.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import { factsOf, textOf } from '../../support/pdf.ts';
import type { World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;
let door: FastifyInstance;

paymentsStage((stage) => {
  ({ world, organization } = stage);
});
beforeAll(() => {
  door = createHttpApp({ logger: pino({ level: 'silent' }) });
  registerDocuments(door, world.app);
});
afterAll(() => door.close());

interface Link {
  url: string;
  expiresAt: string;
  filename: string;
  sha256: string;
}

async function ask<Data>(query: string, variables: Record<string, unknown> = {}, as = organization): Promise<Data> {
  const { data, errors } = await world.graphql<Data>(query, variables, { as });
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

const address = { line1: 'Ringstraße 1', city: 'Wien', postalCode: '1010', country: 'AT' };
const eur = (amountMinor: string) => ({ amountMinor, currency: 'EUR' });

async function account(values: Record<string, unknown>): Promise<string> {
  const { createAccount } = await ask<{ createAccount: { account: { id: string } } }>(
    'mutation ($input: CreateAccountInput!) { createAccount(input: $input) { account { id } userErrors { message } } }',
    { input: { name: 'Müller & Söhne AG', currency: 'EUR', billingAddress: address, ...values } },
  );
  return createAccount.account.id;
}

async function invoice(accountId: string, more: Record<string, unknown> = {}): Promise<string> {
  const { createInvoice } = await ask<{ createInvoice: { invoice: { id: string } } }>(
    'mutation ($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { id } userErrors { message } } }',
    {
      input: {
        accountId,
        lines: [{ description: 'Workshop (2 days)', unitAmount: eur('125000') }],
        finalize: true,
        ...more,
      },
    },
  );
  return createInvoice.invoice.id;
}

async function linkOf(id: string, as = organization): Promise<Link | null> {
  const query = '{ invoice(id: "ID") { document { url expiresAt filename sha256 } } }'.replace('ID', id);
  return (await ask<{ invoice: { document: Link | null } }>(query, {}, as)).invoice.document;
}

const pathOf = ({ url }: Link) => url.slice(new URL(url).origin.length);
const fetched = (path: string, headers: Record<string, string> = {}) =>
  door.inject({ method: 'GET', url: path, headers });

describe('an invoice', () => {
  test('is fetched by its link, says what was frozen, and has the same bytes each time', async () => {
    const link = (await linkOf(await invoice(await account({}))))!;
    const answer = await fetched(pathOf(link));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/pdf',
      'content-disposition': `attachment; filename="${link.filename}"`,
      etag: `"${link.sha256}"`,
      'cache-control': 'private, no-cache',
    });
    const text = textOf(answer.rawPayload);
    for (const word of ['Invoice', 'INV-000001', 'Müller & Söhne AG', '1010 Wien', 'Workshop (2 days)', '1,250.00'])
      expect(text).toContain(word);
    expect(text).toContain('March 1, 2026');
    expect(factsOf('pdfinfo', answer.rawPayload)).toContain('CreationDate:    Sun Mar  1 12:00:00 2026 UTC');
    expect((await fetched(pathOf(link), { 'if-none-match': `"${link.sha256}"` })).statusCode).toBe(304);
  });
});
