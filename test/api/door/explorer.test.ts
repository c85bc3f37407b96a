import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { registerExplorer } from '../../../src/entrypoints/explorer.ts';
import { startServer, type TestServer } from './server.ts';

/** Would end the literal it is put into, if that were not escaped. */
const tricky = ['query First { a: reader # `$', '{1 + 1} \\` </script>\n}'].join('');

describe('the explorer', () => {
  let server: TestServer;
  let apiKey = 'key_before';
  const examples = mkdtempSync(join(tmpdir(), 'examples-'));

  beforeAll(async () => {
    writeFileSync(join(examples, '02-second.graphql'), 'query Second { reader }');
    writeFileSync(join(examples, '01-first.graphql'), tricky);
    writeFileSync(join(examples, '02-second.json'), '{"a": 1}');
    writeFileSync(join(examples, 'third.graphql'), 'query Third { reader }');
    writeFileSync(join(examples, 'notes.txt'), 'not an example');
    server = await startServer({}, async (app) =>
      registerExplorer(app, { examples, variables: async () => ({ apiKey }) }),
    );
  });
  afterAll(async () => {
    await server.close();
    rmSync(examples, { recursive: true });
  });

  const get = (path: string, init: RequestInit = {}) => fetch(server.origin + path, init);

  test('is a page that loads only from here', async () => {
    const response = await get('/graphiql');
    expect([response.status, new URL(response.url).pathname]).toEqual([200, '/graphiql/']);
    const html = await response.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(link).not.toMatch(/^(?:[a-z]+:)?\/\//i);
    // What the page runs comes as files; nothing is written into it.
    expect(html).not.toMatch(/<script[^>]*>[^<]/);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).not.toMatch(/https?:|\*|'unsafe-eval'/);
    expect(policy).toContain("script-src 'self';");
    for (const link of links.filter((one) => !one.startsWith('/'))) {
      const file = await get(`/graphiql/${link}`);
      expect([link, file.status]).toEqual([link, 200]);
      expect(file.headers.get('x-content-type-options')).toBe('nosniff');
      await file.arrayBuffer();
    }
  });

  test('is what the bare address leads to', async () => {
    const response = await fetch(`${server.origin}/`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphiql/']);
  });

  test('style sheets load nothing from elsewhere', async () => {
    const css = await (await get('/graphiql/styles.css')).text();
    expect(css.match(/(?:@import\s*|url\()["']?(?:https?:)?\/\/[^)"']*/g)).toBeNull();
  });

  test('is told where the API is, how to follow it, and the examples in their order', async () => {
    apiKey = 'key_demo';
    const response = await get('/graphiql/initial_options.js');
    expect(response.headers.get('content-type')).toMatch(/^text\/javascript/);
    const script = await response.text();
    let given: Record<string, unknown> = {};
    // The script is one call with one literal.
    new Function('AltairGraphQL', 'location', script)(
      {
        init: (options: typeof given) => {
          given = options;
        },
      },
      { origin: 'https://billing.example' },
    );
    expect(given).toMatchObject({
      endpointURL: 'https://billing.example/graphql',
      subscriptionsEndpoint: 'wss://billing.example/graphql',
      initialSubscriptionRequestHandlerId: 'graphql-ws',
      disableAccount: true,
      initialEnvironments: { base: { variables: { apiKey: 'key_demo' } } },
    });
    expect(given.initialWindows).toEqual([
      expect.objectContaining({ initialName: 'first', initialQuery: tricky }),
      expect.objectContaining({
        initialName: 'second',
        initialQuery: 'query Second { reader }',
        endpointURL: 'https://billing.example/graphql',
        subscriptionsEndpoint: 'wss://billing.example/graphql',
        initialVariables: '{"a": 1}',
      }),
    ]);
    expect((given.initialWindows as object[])[0]).not.toHaveProperty('initialVariables');
  });

  test('serves its own files and no others', async () => {
    for (const path of [
      '..%2f..%2fpackage.json',
      '%2e%2e/index.js',
      '../index.js',
      'index.html',
      'nothing.js',
      '%00',
    ]) {
      const response = await get(`/graphiql/${path}`);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toMatch(/json/);
    }
  });

  test('keeps request scripts in a frame with an origin of its own', async () => {
    const frame = await get('/graphiql/iframe-sandbox');
    expect(frame.status).toBe(200);
    expect(frame.headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts;/);
    expect(frame.headers.get('x-frame-options')).toBe('SAMEORIGIN');
  });
});
