import { createHash } from 'node:crypto';
import { serialize } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { DomainError } from '../../platform/errors.ts';
import type { DocumentContent } from './document-content.ts';

/** A document as it is sent. */
export interface Printed {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly sha256: string;
}

interface Waiting {
  resolve(bytes: Buffer): void;
  reject(error: Error): void;
  timer: NodeJS.Timeout;
}

const longestQueue = 200;
const longestPrint = 30_000;
const keptBytes = 32 * 1_048_576;

/**
 * Prints in a thread of its own, which is started by the first document and ends when none has been asked for in a while.
 * What was printed lately is kept under the hash of its content, so it can never be out of date.
 */
class Printer {
  readonly #underway = new Map<string, Promise<Printed>>();
  readonly #kept = new BoundedMap<string, Printed>(500, { weigh: ({ bytes }) => bytes.length, most: keptBytes });
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #count = 0;
  #idle: NodeJS.Timeout | null = null;

  /** The PDF of a document. RATE_LIMITED while too many others wait. */
  print(content: DocumentContent): Promise<Printed> {
    const key = createHash('sha256').update(serialize(content)).digest('base64');
    const kept = this.#kept.get(key);
    if (kept) return Promise.resolve(kept);
    const underway = this.#underway.get(key);
    if (underway) return underway;
    const printed = this.#send(content).then((bytes) => {
      const one = { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
      this.#kept.set(key, one);
      return one;
    });
    this.#underway.set(key, printed);
    const forget = () => this.#underway.delete(key);
    printed.then(forget, forget);
    return printed;
  }

  #send(content: DocumentContent): Promise<Buffer> {
    if (this.#waiting.size >= longestQueue) {
      throw new DomainError('RATE_LIMITED', 'Too many documents are being printed.', { retryAfter: 2 });
    }
    const worker = this.#started();
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#lose(worker, new Error('a document took too long to print')), longestPrint);
      timer.unref();
      this.#waiting.set(id, { resolve, reject, timer });
      worker.ref();
      worker.postMessage({ id, content });
    });
  }

  #started(): Worker {
    if (this.#idle) clearTimeout(this.#idle);
    this.#idle = null;
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./print-worker.js', import.meta.url));
    worker.unref();
    worker.on('message', (answer: { id: number; bytes?: Uint8Array; fault?: string }) => this.#take(worker, answer));
    worker.on('error', (error) => this.#lose(worker, error as Error));
    worker.on('exit', () => this.#lose(worker, new Error('the printing thread ended')));
    this.#worker = worker;
    return worker;
  }

  #take(worker: Worker, { id, bytes, fault }: { id: number; bytes?: Uint8Array; fault?: string }): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    clearTimeout(waiting?.timer);
    if (bytes) waiting?.resolve(Buffer.from(bytes));
    else waiting?.reject(new Error(fault));
    if (this.#waiting.size > 0) return;
    worker.unref();
    this.#idle = setTimeout(() => this.#lose(worker, new Error('idle')), 60_000);
    this.#idle.unref();
  }

  #lose(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
    void worker.terminate();
  }
}

const printer = new Printer();

/** The PDF of a document; printed at most once at a time. RATE_LIMITED while too many others wait. */
export function print(content: DocumentContent): Promise<Printed> {
  return printer.print(content);
}
