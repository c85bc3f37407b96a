import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { query } from '../support/database.ts';

let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer(['accounts:read', 'accounts:write']);
}, 60_000);

afterAll(() => server?.close(), 60_000);

async function send(document: string, key: string | null) {
  const response = await fetch(`${server.running.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: server.authorization,
      ...(key === null ? {} : { 'idempotency-key': key }),
    },
    body: JSON.stringify({ query: document }),
  });
  return { status: response.status, body: await response.json() };
}

const create = (name: string) => `createAccount(input: { name: "${name}" }) { account { id } userErrors { code } }`;

describe('the header Idempotency-Key', () => {
  it('names one mutation, also beside __typename', async () => {
    const first = await send(`mutation { __typename ${create('One')} }`, 'one');
    const again = await send(`mutation { __typename ${create('One')} }`, 'one');
    expect(first.body).toMatchObject({ data: { createAccount: { userErrors: [] } } });
    expect(again.body).toMatchObject({ data: (first.body as { data: object }).data });
    expect(again.body).toMatchObject({ extensions: { idempotencyReplayed: true } });
  });

  it('is refused over several mutations before any of them runs', async () => {
    const { status, body } = await send(`mutation { a: ${create('Two')} b: ${create('Three')} }`, 'several');
    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: [{ message: expect.stringContaining('Idempotency-Key'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
    const names = `select name from accounts where name in ('Two', 'Three')`;
    expect(await query(server.database.superuserUrl, names, [])).toEqual([]);
  });

  it.each([
    ['a tab', 'one\ttwo'],
    ['a control character of C1', 'one\u0085two'],
  ])('is refused with %s, as in the input', async (_what, key) => {
    const unseen = 'The text holds a character that is not seen, such as a control character or a change of direction.';
    const refusal = { userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'idempotencyKey'], message: unseen }] };
    const name = `Unseen ${key.codePointAt(3)}`;
    const fields = '{ userErrors { code path message } }';
    const byHeader = await send(`mutation { createAccount(input: { name: "${name}" }) ${fields} }`, key);
    expect(byHeader.body).toMatchObject({ data: { createAccount: refusal } });
    const escaped = `\\u${key.codePointAt(3)!.toString(16).padStart(4, '0')}`;
    const input = `{ name: "${name}", idempotencyKey: "one${escaped}two" }`;
    const byInput = await send(`mutation { createAccount(input: ${input}) ${fields} }`, null);
    expect(byInput.body).toMatchObject({ data: { createAccount: refusal } });
    expect(await query(server.database.superuserUrl, 'select name from accounts where name = $1', [name])).toEqual([]);
  });

  it('means nothing to queries', async () => {
    const { body } = await send('{ a: viewer { __typename } b: viewer { __typename } }', 'query');
    expect((body as { errors?: unknown }).errors).toBeUndefined();
  });
});
