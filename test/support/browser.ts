import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';

/** A page in a browser without a window, and what it asked for. */
export interface TestPage {
  /** Addresses the page has asked for, in their order. */
  readonly requests: readonly string[];
  /** What went wrong in the page. */
  readonly faults: readonly string[];
  open(url: string): Promise<void>;
  /** What an expression is in the page. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

interface Message {
  id?: number;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own shapes
  params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: the protocol's own shapes
  result?: any;
}

/** Opens a browser, or answers null (and says so) where the machine has none. */
export async function testPage(): Promise<TestPage | null> {
  const program = ['chromium', 'chromium-browser', 'google-chrome'].find(isThere);
  if (!program) {
    process.stderr.write('chromium is not installed: the test of the explorer in a browser is left out\n');
    return null;
  }
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  const options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-dev-shm-usage'];
  const browser = spawn(
    program,
    [...options, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  process.once('exit', () => browser.kill('SIGKILL'));
  const socket = new WebSocket(await pageOf(browser));
  await new Promise((opened, failed) => socket.once('open', opened).once('error', failed));
  const close = async () => {
    socket.close();
    const gone = new Promise((done) => browser.once('exit', done));
    browser.kill('SIGKILL');
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  return { ...(await speak(socket)), close };
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The address of the first page, by the protocol that the browser's own tools use. */
async function pageOf(browser: ChildProcess): Promise<string> {
  const address = await new Promise<string>((found, failed) => {
    let said = '';
    browser.stderr?.on('data', (part) => {
      said += String(part);
      const match = /ws:\/\/\S+/.exec(said);
      if (match) found(match[0]);
    });
    browser.once('exit', () => failed(new Error(`the browser ended: ${said}`)));
  });
  for (;;) {
    const answer = await fetch(`http://${new URL(address).host}/json`);
    const pages = (await answer.json()) as { type: string; webSocketDebuggerUrl: string }[];
    const page = pages.find(({ type }) => type === 'page');
    if (page) return page.webSocketDebuggerUrl;
  }
}

async function speak(socket: WebSocket): Promise<Omit<TestPage, 'close'>> {
  const waiting = new Map<number, (message: Message) => void>();
  const requests: string[] = [];
  const faults: string[] = [];
  let count = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as Message;
    if (message.id) waiting.get(message.id)?.(message);
    if (message.method === 'Network.requestWillBeSent') requests.push(message.params.request.url);
    if (message.method === 'Network.webSocketCreated') requests.push(message.params.url);
    if (message.method === 'Runtime.exceptionThrown') faults.push(JSON.stringify(message.params.exceptionDetails));
    if (message.method === 'Runtime.consoleAPICalled' && message.params.type === 'error') {
      faults.push(JSON.stringify(message.params.args));
    }
  });
  const send = (method: string, params: object = {}) =>
    new Promise<Message>((done) => {
      count += 1;
      waiting.set(count, done);
      socket.send(JSON.stringify({ id: count, method, params }));
    });
  for (const domain of ['Network', 'Page', 'Runtime']) await send(`${domain}.enable`);
  return {
    requests,
    faults,
    open: async (url) => void (await send('Page.navigate', { url })),
    evaluate: async (expression) =>
      (await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true })).result?.result?.value,
  };
}
