import { Agent, get as httpGet } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { startServer } from './server.ts';

const patienceMs = 5_000;

/** What is left to do, or says that it did not come in time. */
async function inTime<T>(what: Promise<T>): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((done) => {
    timer = setTimeout(() => done('late'), patienceMs);
  });
  return Promise.race([what, late]).finally(() => clearTimeout(timer));
}

describe('a server that closes', () => {
  test('does not wait for connections on which nothing was asked', async () => {
    const server = await startServer();
    const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await new Promise((opened) => socket.once('connect', opened));
    const ended = new Promise<string>((done) => socket.once('close', () => done('closed')));
    expect(await inTime(server.close().then(() => 'closed'))).toBe('closed');
    expect(await inTime(ended)).toBe('closed');
  });

  test('finishes what was asked, and lets go of its connection then', async () => {
    const held: { begun?: () => void; finish?: () => void } = {};
    const begun = new Promise<void>((done) => {
      held.begun = done;
    });
    const server = await startServer({}, async (app) => {
      app.get('/slow', async () => {
        held.begun?.();
        await new Promise<void>((done) => {
          held.finish = done;
        });
        return { answered: true };
      });
    });
    const agent = new Agent({ keepAlive: true });
    const answered = new Promise<number | undefined>((done, fail) => {
      const request = httpGet(`${server.origin}/slow`, { agent }, (response) => {
        response.resume();
        response.once('end', () => done(response.statusCode));
      });
      request.once('error', fail);
    });
    await begun;
    const closed = server.close().then(() => 'closed');
    held.finish?.();
    expect(await inTime(answered)).toBe(200);
    expect(await inTime(closed)).toBe('closed');
    agent.destroy();
  });
});
