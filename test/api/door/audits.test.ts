import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startServer, type TestServer } from './server.ts';

describe('GraphQL over HTTP', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startServer({ anonymousRate: null });
  });
  afterAll(() => server.close());

  test('no audit of the specification finds an error', async () => {
    // Some audits look at the schema, which needs credentials here.
    const asCaller = (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: 'Bearer good' } });
    const audits = serverAudits({ url: () => server.url, fetchFn: asCaller });
    const results = await Promise.all(audits.map((audit) => audit.fn()));
    const of = (status: string) => results.filter((result) => result.status === status).map((result) => result.name);
    expect(results.length).toBeGreaterThan(50);
    expect(of('error')).toEqual([]);
    // Apollo answers faults of a document with 400 also to clients that ask for application/json.
    expect(of('warn').length).toBeLessThanOrEqual(3);
  });
});
