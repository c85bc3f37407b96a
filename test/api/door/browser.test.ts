import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { registerExplorer } from '../../../src/entrypoints/explorer.ts';
import { type TestPage, testPage } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { startServer, type TestServer } from './server.ts';

const sendButton = `[...document.querySelectorAll('button')].find((one) => /Send Request/.test(one.textContent) && one.offsetParent)`;

describe('the explorer in a browser', () => {
  let server: TestServer;
  let page: TestPage | null;
  const examples = mkdtempSync(join(tmpdir(), 'examples-'));

  beforeAll(async () => {
    writeFileSync(join(examples, '01-reader.graphql'), 'query Reader { reader }');
    const variables = async () => ({ apiKey: 'good' });
    server = await startServer({ introspection: 'on' }, async (app) => registerExplorer(app, { examples, variables }));
    page = await testPage();
  });
  afterAll(async () => {
    await page?.close();
    await server.close();
    rmSync(examples, { recursive: true });
  });

  test('sends what stands in its window, with the key, and asks nobody else for anything', async () => {
    if (!page) return;
    const { evaluate, requests, faults } = page;
    await page.open(`${server.origin}/`);
    await until(() => evaluate<boolean>(`Boolean(${sendButton})`), 'the page to stand', 60_000);
    await until(() => evaluate<boolean>(`document.body.innerText.includes('query Reader')`), 'the example', 60_000);
    await evaluate(`${sendButton}.click()`);
    await until(() => evaluate<boolean>(`/"reader": "good"/.test(document.body.innerText)`), 'the answer', 60_000);
    const elsewhere = requests.filter((url) => !url.startsWith(server.origin) && !/^(data|blob|about):/.test(url));
    expect(elsewhere).toEqual([]);
    expect(requests).toContain(`${server.origin}/graphql`);
    expect(faults).toEqual([]);
  });
});
