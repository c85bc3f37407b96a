import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { documentUrl } from '../../../src/collecting/documents/index.ts';
import { createLegalEntity } from '../../../src/collecting/invoicing/index.ts';
import { createTaxRate, createTaxRegistration } from '../../../src/collecting/tax/index.ts';
import { registerDocuments } from '../../../src/entrypoints/documents.ts';
import { createHttpApp } from '../../../src/entrypoints/http.ts';
import { fromGlobalId, newId, toGlobalId } from '../../../src/platform/id.ts';
import { query } from '../../support/database.ts';
import { ReadInvoice } from '../../support/en16931.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { greenPng as png } from '../../support/pages.ts';
import { paymentsStage } from '../../support/payments-stage.ts';
import { attachmentOf, describeWithPoppler as describe, factsOf, textOf } from '../../support/pdf.ts';
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

async function ask<Data>(source: string, variables: Record<string, unknown> = {}, as = organization): Promise<Data> {
  const { data, errors } = await world.graphql<Data>(source, variables, { as });
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

const receiptOf = async (paymentId: string) => {
  const query = `{ payment(id: "${paymentId}") { receipt { id number paidOn amount { decimal } payment { id } document { url filename sha256 electronicInvoiceLacks } } } }`;
  const { payment } = await ask<{ payment: { receipt: Record<string, unknown> & { document: Link } } }>(query);
  return payment.receipt;
};

async function pay(accountId: string, invoiceIds: string[], amount: string): Promise<string> {
  const { recordManualPayment } = await ask<{ recordManualPayment: { payment: { id: string } | null } }>(
    'mutation ($input: RecordManualPaymentInput!) { recordManualPayment(input: $input) { payment { id } userErrors { message } } }',
    { input: { accountId, invoiceIds, amount: eur(amount), kind: 'BANK_TRANSFER', reference: 'E2E-77' } },
  );
  return recordManualPayment.payment!.id;
}

/** A mutation that is taken. */
async function change(name: string, input: Record<string, unknown>, as = organization): Promise<void> {
  const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
  const data = await ask<Record<string, { userErrors: unknown[] }>>(
    `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { code message path } } }`,
    { input },
    as,
  );
  expect(data[name]?.userErrors).toEqual([]);
}

/** The document of a note that takes all of an invoice back, or the lines it names. */
async function creditNote(
  invoiceId: string,
  more: object = {},
): Promise<Link & { electronicInvoiceLacks: string[] | null }> {
  const { createCreditNote } = await ask<{
    createCreditNote: { creditNote: { document: Link & { electronicInvoiceLacks: string[] | null } } };
  }>(
    `mutation ($input: CreateCreditNoteInput!) { createCreditNote(input: $input) {
       creditNote { document { url filename electronicInvoiceLacks } } userErrors { message } } }`,
    { input: { invoiceId, reason: 'DUPLICATE', ...more } },
  );
  return createCreditNote.creditNote.document;
}

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

  test('a draft has none, nor does whoever may not see personal data; who asks for a year is refused', async () => {
    expect(await linkOf(await invoice(await account({}), { finalize: false }))).toBeNull();
    const id = await invoice(await account({}));
    const { identity } = organization;
    const permissions = new Set([...identity.permissions].filter((permission) => permission !== 'personal:read'));
    const query = `{ invoice(id: "${id}") { number document { url } } }`;
    const seen = await world.graphql(query, {}, { as: { ...identity, permissions } });
    expect(seen.data).toMatchObject({ invoice: { document: null } });
    for (const expiresIn of [59, 604_801]) {
      const long = query.replace('document', `document(expiresIn: ${expiresIn})`);
      const { errors } = await world.graphql(long, {}, { as: organization });
      expect(errors?.[0]?.message).toBe('For how many seconds the address is to be good, 60 to 604800 (a week).');
    }
  });

  test('and its note and its receipt stay as they were issued, byte by byte; what comes later is new; a void is marked', async () => {
    const accountId = await account({ name: 'Before GmbH', timezone: 'Pacific/Kiritimati' });
    const paid = await invoice(accountId);
    const receipt = await receiptOf(await pay(accountId, [paid], '125000'));
    const id = await invoice(accountId);
    const note = await creditNote(paid);
    const waiting = await invoice(accountId, { finalize: false });
    const links = [(await linkOf(paid))!, receipt.document, note, (await linkOf(id))!];
    const hashes = async () => {
      const answers = await Promise.all(links.map((link) => fetched(pathOf(link))));
      return answers.map(({ headers }) => headers.etag);
    };
    const before = await hashes();
    await change('updateAccount', {
      ...{ id: accountId, name: 'After GmbH', locale: 'de-AT', timezone: 'America/Los_Angeles' },
      billingAddress: { ...address, country: 'DE' },
    });
    const [entity] = (await ask<{ legalEntities: { id: string }[] }>('{ legalEntities { id } }')).legalEntities;
    await change('updateLegalEntity', { id: entity?.id, name: 'Acme 2', address });
    await change('setBranding', { legalEntityId: entity?.id, accentColor: '#aa0000', footer: 'A new footer' });
    expect(await hashes()).toEqual(before);
    for (const link of links.slice(0, 3)) {
      const text = textOf((await fetched(pathOf(link))).rawPayload);
      expect(text).toContain('Before GmbH');
      expect(text).toContain('March 2, 2026');
      expect(text).not.toMatch(/After GmbH|Acme 2|footer|Rechnung/);
    }
    await change('finalizeInvoice', { id: waiting });
    const text = textOf((await fetched(pathOf((await linkOf(waiting))!))).rawPayload);
    for (const word of ['Rechnung', 'After GmbH', 'Acme 2', 'A new footer', '1. März 2026', 'Testdaten']) {
      expect(text).toContain(word);
    }
    await change('voidInvoice', { id });
    const link = (await linkOf(id))!;
    expect(link.sha256).not.toBe(before[3]?.slice(1, -1));
    expect(textOf((await fetched(pathOf(link))).rawPayload)).toContain('Invoice · Void');
    await change('setBranding', { legalEntityId: entity?.id, accentColor: null, footer: null });
  });

  test('of an issuer and a buyer in Europe holds its figures as XML, and a credit note does', async () => {
    const { legalEntities } = await ask<{ legalEntities: { id: string }[] }>('{ legalEntities { id } }');
    await ask(
      'mutation ($input: UpdateLegalEntityInput!) { updateLegalEntity(input: $input) { userErrors { message } } }',
      {
        input: { id: legalEntities[0]?.id, address, taxIds: [{ type: 'EU_VAT', value: 'ATU12345675' }] },
      },
    );
    await ask('mutation ($input: CreateTaxRateInput!) { createTaxRate(input: $input) { userErrors { message } } }', {
      input: { name: 'USt', country: 'AT', percent: '20', inclusive: false },
    });
    const id = await invoice(await account({}));
    const note = await creditNote(id);
    expect(note.electronicInvoiceLacks).toEqual([]);
    const type = async (link: Link) => {
      const pdf = (await fetched(pathOf(link))).rawPayload;
      const read = new ReadInvoice(attachmentOf(pdf, 'factur-x.xml'));
      expect(read.faults()).toEqual([]);
      expect(read.text('.//DuePayableAmount')).toBe('1500.00');
      return read.text('.//rsm:ExchangedDocument/TypeCode');
    };
    expect(await type((await linkOf(id))!)).toBe('380');
    expect(await type(note)).toBe('381');
  });

  test('and what takes it back show the same quantities and prices of whole lines and of parts of a quantity', async () => {
    const things = (quantity: string) => ({ description: `Things ${quantity}`, unitAmount: eur('1999'), quantity });
    const id = await invoice(await account({}), { lines: [things('3'), things('4'), things('5')] });
    const { invoice: shown } = await ask<{ invoice: { lines: { id: string }[] } }>(
      `{ invoice(id: "${id}") { lines { id } } }`,
    );
    const [first, second, third] = shown.lines.map((line) => line.id);
    const lines = [
      { invoiceLineId: first },
      { invoiceLineId: second, part: { quantity: '2' } },
      { invoiceLineId: third, part: { amount: eur('1234') } },
    ];
    const text = textOf((await fetched(pathOf(await creditNote(id, { lines })))).rawPayload).replace(/\s+/g, ' ');
    for (const figures of ['3 19.99 59.97', '2 19.99 39.98', '1 12.34 12.34']) expect(text).toContain(figures);
  });
});

test('lines that say something by themselves say it in the language of the buyer; what somebody wrote stays', async () => {
  const id = await account({ locale: 'de-AT' });
  const prices = [{ component: 'seats', name: 'Plätze', currency: 'EUR', model: { perSeat: { unitAmount: '3000' } } }];
  await change('createPlan', {
    ...{ name: 'Garten', externalId: 'garten' },
    version: { intervalUnit: 'MONTH', publish: true, prices },
  });
  await change('createSubscription', {
    ...{ account: { id }, externalId: 'garden', collection: 'MANUAL' },
    items: [{ plan: { externalId: 'garten' }, quantity: '4' }],
  });
  const { subscription } = await ask<{ subscription: { id: string } }>('{ subscription(externalId: "garden") { id } }');
  await change('changeSubscription', {
    ...{ id: subscription.id, when: 'NOW', settle: 'INVOICE_NOW' },
    changes: [{ setQuantity: { component: 'seats', quantity: '5' } }],
  });
  await change('topUpCredit', { accountId: id, amount: eur('5000'), autoCollect: false });
  await change('createInvoice', {
    ...{ accountId: id, finalize: true },
    lines: [{ description: 'Prepaid credit', unitAmount: eur('100') }],
  });
  const { account: shown } = await ask<{
    account: { invoices: { nodes: { reason: string; lines: { description: string }[]; document: Link }[] } };
  }>(`{ account(id: "${id}") { invoices { nodes { reason lines { description } document { url } } } } }`);
  const texts = new Map<string, string>();
  for (const { reason, document } of shown.invoices.nodes) {
    texts.set(reason, textOf((await fetched(pathOf(document))).rawPayload).replace(/\s+/g, ' '));
  }
  expect(texts.get('SUBSCRIPTION_CHANGE')).toContain('Nicht genutzte Zeit: Garten – Plätze');
  expect(texts.get('TOP_UP')).toContain('Guthaben im Voraus');
  expect(texts.get('MANUAL')).toContain('Prepaid credit');
  const descriptions = shown.invoices.nodes.flatMap(({ lines }) => lines.map((line) => line.description));
  expect(descriptions).toEqual(expect.arrayContaining(['Unused time: Garten – Plätze', 'Prepaid credit']));
});

describe('why there is no tax', () => {
  /** Categories and reasons of the XML, and the text, of an invoice to this account and of the note that takes it back. */
  const shown = async (legalEntityId: string, buyer: Record<string, unknown>, ...categories: (string | null)[]) => {
    const lines = categories.map((taxCategory) => ({ description: 'Thing', unitAmount: eur('10000'), taxCategory }));
    const id = await invoice(await account(buyer), { legalEntityId, lines });
    const note = await creditNote(id);
    const both = [];
    for (const link of [(await linkOf(id))!, note]) {
      const pdf = (await fetched(pathOf(link))).rawPayload;
      const read = new ReadInvoice(attachmentOf(pdf, 'factur-x.xml'));
      expect(read.faults()).toEqual([]);
      const rows = read.all('.//ApplicableHeaderTradeSettlement/ApplicableTradeTax').map((row) => {
        const parts = ['CategoryCode', 'RateApplicablePercent', 'ExemptionReason', 'ExemptionReasonCode'];
        return parts.map((part) => read.text(part, row) ?? '-').join(' ');
      });
      both.push({ rows: rows.sort(), text: textOf(pdf), vat: read.text('.//BuyerTradeParty//ID[@schemeID="VA"]') });
    }
    const [bill, taken] = both;
    expect(taken?.rows).toEqual(bill?.rows);
    expect(taken?.vat).toEqual(bill?.vat);
    return { ...bill!, texts: both.map(({ text }) => text) };
  };

  test('is what the rule of tax decided: reverse charge, zero rate, exemption on the day, or not registered', async () => {
    const legalEntityId = await organization.transact(async (work) => {
      const home = { ...address, country: 'NL' };
      const taxIds = [{ type: 'EU_VAT' as const, value: 'NL004495445B01' }];
      const { id } = await createLegalEntity(work, {
        name: 'Registered BV',
        invoicePrefix: 'NL-',
        address: home,
        taxIds,
      });
      const rate = { country: 'NL', name: 'BTW', inclusive: false };
      await createTaxRate(work, { ...rate, percent: '21' });
      await createTaxRate(work, { ...rate, percent: '0', taxCategory: 'solar' });
      await createTaxRegistration(work, { legalEntityId: id, country: 'NL' });
      return toGlobalId('le', id);
    });
    const of = (country: string) => ({ billingAddress: { ...address, country } });
    const german = 'DE136695976';
    const taxIds = ['BE0403170701', german].map((value) => ({ type: 'EU_VAT', value }));
    const reversed = await shown(legalEntityId, { ...of('DE'), locale: 'de-DE', taxIds }, null, 'solar');
    expect(reversed.rows).toEqual(['AE 0 Reverse charge VATEX-EU-AE']);
    expect(reversed.vat).toBe(german);
    for (const text of reversed.texts) {
      expect(text.replace(/\s+/g, ' ')).toContain('Steuerschuldnerschaft des Leistungsempfängers 0 % auf 200,00');
      expect(text).toContain('Steuerschuldnerschaft des Leistungsempfängers.');
      expect(text).not.toContain('Reverse charge');
    }

    const zero = await shown(legalEntityId, of('NL'), null, 'solar');
    expect(zero.rows).toEqual(['S 21 - -', 'Z 0 - -']);

    const taxExemption = { reason: 'Charity', certificate: 'C-1', validTo: '2026-03-05' };
    const exempt = await shown(legalEntityId, { ...of('NL'), taxExempt: true, taxExemption }, null, 'solar');
    expect(exempt.rows).toEqual(['E 0 Charity (C-1) -']);
    for (const text of exempt.texts) expect(text).toMatch(/Exempt from tax\.\s+Charity \(C-1\)/);
    const over = { ...taxExemption, validTo: '2026-03-01' };
    const taxed = await shown(legalEntityId, { ...of('NL'), taxExempt: true, taxExemption: over }, null);
    expect(taxed.rows).toEqual(['S 21 - -']);
    const abroad = await shown(legalEntityId, { ...of('CH'), taxExempt: true, taxExemption: over }, null);
    expect(abroad.rows).toEqual(['O - Not subject to VAT VATEX-EU-O']);
    for (const text of [...taxed.texts, ...abroad.texts, ...zero.texts]) {
      expect(text).not.toMatch(/Exempt from tax|Reverse charge/);
    }
    // What was frozen of the exemption is part of what the hashes cover.
    const [hashes] = await query<{ frozen: string; wrong: string }>(
      world.database.superuserUrl,
      `select count(*) filter (where buyer->'taxExemption'->>'reason' = 'Charity') as frozen,
         count(*) filter (where content_hash is distinct from hash) as wrong
       from (select buyer, content_hash, invoice_content_hash(organization_id, id) as hash from invoices where finalized_at is not null
             union all select buyer, content_hash, credit_note_content_hash(organization_id, id) from credit_notes) documents`,
    );
    expect(hashes).toMatchObject({ frozen: '6', wrong: '0' });
  });
});

describe('a link', () => {
  test('is refused when anything of it is changed, when its time is over, and to what another organization owns', async () => {
    const id = await invoice(await account({}));
    const path = pathOf((await linkOf(id))!);
    const other = await world.organization();
    const foreign = toGlobalId('org', other.id);
    const broken = [
      path.replace(/organization=[^&]+/, `organization=${foreign}`),
      path.replace(/expires=(\d+)/, (_whole, at: string) => `expires=${Number(at) + 1}`),
      path.replace(/issued=(\d+)/, (_whole, at: string) => `issued=${Number(at) + 1}`),
      path.replace(/issued=\d+&/, ''),
      path.replace(/issued=/, 'issued=&issued='),
      path.replace(/inv_\w+/, toGlobalId('inv', newId())),
      path.replace(/signature=../, 'signature=AA'),
      path.replace(/&signature=.*/, ''),
      path.replace('.pdf', ''),
      path.replace('inv_', 'rcp_'),
      `${path}&signature=x`,
      path.split('?', 1)[0]!,
      '/documents/nothing',
    ];
    for (const one of broken) {
      const answer = await fetched(one);
      expect([one, answer.statusCode]).toEqual([one, 403]);
      expect(answer.json()).toMatchObject({ title: 'The link is not valid, or its time is over.' });
    }
    const right = await fetched(path);
    expect(right.statusCode).toBe(200);
    world.clock.advance({ milliseconds: 3_600_001 });
    expect((await fetched(path)).statusCode).toBe(403);
  });

  test('serves the head alone, a part, or nothing that is there already', async () => {
    const path = pathOf((await linkOf(await invoice(await account({}))))!);
    const whole = await fetched(path);
    const { length } = whole.rawPayload;
    expect(whole.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(length) });
    const head = await door.inject({ method: 'HEAD', url: path });
    expect([head.statusCode, head.rawPayload.length, head.headers['content-length']]).toEqual([200, 0, String(length)]);
    expect(head.headers.etag).toBe(whole.headers.etag);
    const { etag } = whole.headers as { etag: string };
    const parts: [range: string, first: number, last: number][] = [
      ['bytes=0-7', 0, 7],
      [`bytes=${length - 10}-`, length - 10, length - 1],
      ['bytes=-6', length - 6, length - 1],
      [`bytes=5-${length + 100}`, 5, length - 1],
    ];
    for (const [range, first, last] of parts) {
      const answer = await fetched(path, { range, 'if-range': etag });
      expect(answer.statusCode).toBe(206);
      expect(answer.headers['content-range']).toBe(`bytes ${first}-${last}/${length}`);
      expect(answer.rawPayload.equals(whole.rawPayload.subarray(first, last + 1))).toBe(true);
    }
    for (const range of [`bytes=${length}-`, 'bytes=-0']) {
      const answer = await fetched(path, { range });
      expect([answer.statusCode, answer.headers['content-range']]).toEqual([416, `bytes */${length}`]);
    }
    const all: Record<string, string>[] = [
      { range: 'bytes=0-7', 'if-range': '"another"' },
      { range: 'bytes=0-1,3-4' },
      { range: 'bytes=7-3' },
      { range: 'lines=1-2' },
    ];
    for (const headers of all) {
      const answer = await fetched(path, headers);
      expect([answer.statusCode, answer.rawPayload.length]).toEqual([200, length]);
    }
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`]) {
      expect((await fetched(path, { 'if-none-match': known })).statusCode).toBe(304);
    }
  });

  test('is taken back with all others of its organization, and with none of another; a new one opens', async () => {
    const id = await invoice(await account({}));
    const path = pathOf((await linkOf(id))!);
    // A link of before links said when they were given out, one of another organization, and one to a receipt.
    const { config } = world.app;
    const expiresAt = new Date(Math.floor(world.clock.now().getTime() / 1000) * 1000 + 60_000);
    const uuid = fromGlobalId('inv', id)!;
    const grant = { organizationId: organization.id, kind: 'invoice' as const, id: uuid, issuedAt: null, expiresAt };
    const old = documentUrl(config, grant).slice(config.publicUrl.length);
    expect((await fetched(old)).statusCode).toBe(200);
    world.clock.advance({ milliseconds: 5 });
    const other = await world.organization();
    await change('revokeDocumentLinks', { idempotencyKey: 'other' }, other);
    expect((await fetched(path)).statusCode).toBe(200);
    await change('revokeDocumentLinks', { idempotencyKey: 'ours' });
    for (const one of [path, old]) expect((await fetched(one)).statusCode).toBe(403);
    world.clock.advance({ milliseconds: 5 });
    expect((await fetched(pathOf((await linkOf(id))!))).statusCode).toBe(200);
    await change('revokeDocumentLinks', { idempotencyKey: 'ours' });
    expect((await fetched(pathOf((await linkOf(id))!))).statusCode).toBe(200);
    const { identity } = organization;
    const permissions = new Set([...identity.permissions].filter((permission) => permission !== 'settings:write'));
    const source = 'mutation { revokeDocumentLinks(input: {}) { revokedAt } }';
    const { errors } = await world.graphql(source, {}, { as: { ...identity, permissions } });
    expect(errors?.[0]?.message).toBe('This needs the permission settings:write.');
  });
});

describe('a receipt', () => {
  test('comes with the success of its payment, once, numbered by the day of the account', async () => {
    const zone = { timezone: 'Pacific/Kiritimati', email: 'payer@example.com' };
    const accountId = await account(zone);
    const invoiceId = await invoice(accountId);
    const paymentId = await pay(accountId, [invoiceId], '160000');
    const receipt = await receiptOf(paymentId);
    expect(receipt).toMatchObject({
      number: expect.stringMatching(/^RCP-2026-0302-\d{4}$/),
      paidOn: '2026-03-02',
      amount: { decimal: '1600.00' },
    });
    expect(receipt.payment).toEqual({ id: paymentId });
    expect(receipt.document).toMatchObject({ filename: `${receipt.number}.pdf`, electronicInvoiceLacks: null });
    const answer = await fetched(pathOf(receipt.document));
    expect(answer.headers.etag).toBe(`"${receipt.document.sha256}"`);
    const text = textOf(answer.rawPayload, '-layout');
    for (const line of [
      /Bank transfer/,
      /E2E-77/,
      /Payment of invoice INV-\d+\s+1,500\.00/,
      /credit balance\s+100\.00/,
      /payer@example\.com/,
    ])
      expect(text).toMatch(line);
    const rows = await query<{ count: string }>(
      world.database.superuserUrl,
      'select count(*) from receipts where payment_id = $1',
      [fromGlobalId('pay', paymentId)],
    );
    expect(Number(rows[0]?.count)).toBe(1);
  });

  test('numbers do not repeat when payments succeed at the same time', async () => {
    const accounts = await Promise.all(Array.from({ length: 8 }, () => account({})));
    const ids = await Promise.all(accounts.map(async (id) => pay(id, [await invoice(id)], '150000')));
    const numbers = await Promise.all(ids.map(async (id) => (await receiptOf(id)).number as string));
    expect(new Set(numbers).size).toBe(8);
    const places = numbers.map((number) => Number(number.slice(-4))).sort((left, right) => left - right);
    expect(places.at(-1)! - places[0]!).toBe(7);
  });

  test('a payment that failed has none', async () => {
    const accountId = await account({});
    const { attachPaymentMethod } = await ask<{ attachPaymentMethod: { paymentMethod: { id: string } } }>(
      'mutation ($input: AttachPaymentMethodInput!) { attachPaymentMethod(input: $input) { paymentMethod { id } userErrors { message } } }',
      { input: { accountId, method: { sandboxToken: 'insufficient_funds' } } },
    );
    const { createPayment } = await ask<{ createPayment: { payment: { id: string } } }>(
      'mutation ($input: CreatePaymentInput!) { createPayment(input: $input) { payment { id } userErrors { message } } }',
      { input: { accountId, amount: eur('500'), paymentMethodId: attachPaymentMethod.paymentMethod.id } },
    );
    await world.settle();
    const query = `{ payment(id: "${createPayment.payment.id}") { status receipt { id } } }`;
    expect(await ask(query)).toEqual({ payment: { status: 'FAILED', receipt: null } });
  });
});

describe('branding', () => {
  const brand = async (values: Record<string, unknown>) => {
    const { legalEntities } = await ask<{ legalEntities: { id: string }[] }>('{ legalEntities { id } }');
    const { setBranding } = await ask<{
      setBranding: { branding: { version: number }; userErrors: { path: string[] }[] };
    }>(
      `mutation ($input: SetBrandingInput!) { setBranding(input: $input) {
         branding { version accentColor footer hasLogo } userErrors { code message path } } }`,
      { input: { legalEntityId: legalEntities[0]?.id, ...values } },
    );
    return setBranding;
  };

  test('changes what is given, for the documents to come; each version is kept', async () => {
    const accountId = await account({});
    const id = await invoice(accountId);
    const before = (await linkOf(id))!.sha256;
    const made = await brand({ accentColor: '#AA0000', footer: 'Acme · Wien', logo: png(40, 20).toString('base64') });
    expect(made).toMatchObject({ branding: { accentColor: '#aa0000', footer: 'Acme · Wien', hasLogo: true } });
    expect((await linkOf(id))!.sha256).toBe(before);
    const next = await invoice(accountId);
    const pdf = (await fetched(pathOf((await linkOf(next))!))).rawPayload;
    expect(textOf(pdf)).toContain('Acme · Wien');
    expect(pdf.toString('latin1')).toContain('/Width 40');
    // The logo is not carried along, and stays in later versions.
    expect(await brand({ footer: 'Acme' })).toMatchObject({ branding: { footer: 'Acme', hasLogo: true } });
    const later = (await fetched(pathOf((await linkOf(await invoice(accountId)))!))).rawPayload;
    expect(later.toString('latin1')).toContain('/Width 40');
    const { version } = made.branding;
    expect(await brand({ logo: null })).toMatchObject({
      branding: { version: version + 2, accentColor: '#aa0000', hasLogo: false },
    });
    expect(await brand({ accentColor: null, footer: null })).toMatchObject({ branding: { footer: null } });
    expect((await fetched(pathOf((await linkOf(next))!))).rawPayload.equals(pdf)).toBe(true);
    const change = "update document_brandings set footer = 'x' where version = 1";
    await expect(query(world.database.superuserUrl, change)).rejects.toThrow();
    const [kept] = await query<{ logos: string; inherited: string }>(
      world.database.superuserUrl,
      'select count(logo) as logos, count(*) filter (where logo_version < version) as inherited from document_brandings',
    );
    expect(kept).toEqual({ logos: '1', inherited: '1' });
  });

  test('refuses what could not be printed', async () => {
    const good = png(40, 20);
    const jpeg = (components: number) =>
      Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 10, 0, 10, components, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd9]);
    const spoilt = Buffer.from(good);
    spoilt[45] = spoilt[45]! ^ 1;
    const bad = [
      'no base64!',
      Buffer.from('GIF89a').toString('base64'),
      png(2001, 1),
      good.subarray(0, 50),
      spoilt,
      jpeg(4),
    ];
    for (const logo of bad) {
      const answer = await brand({ logo: typeof logo === 'string' ? logo : logo.toString('base64') });
      expect(answer.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'logo'] }]);
    }
    expect((await brand({ logo: jpeg(3).toString('base64') })).userErrors).toEqual([]);
    expect((await brand({ logo: null })).userErrors).toEqual([]);
    expect((await brand({ accentColor: 'red' })).userErrors).toMatchObject([{ path: ['input', 'accentColor'] }]);
    expect((await brand({ legalEntityId: toGlobalId('le', newId()) })).userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ]);
  });
});
