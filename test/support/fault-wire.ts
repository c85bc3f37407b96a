/** One message of PostgreSQL's protocol, as it travels. */
export interface WireMessage {
  /** Its letter; empty for the messages before the start of a session. */
  readonly type: string;
  readonly bytes: Buffer;
}

const headLength = 5;
const startLength = 4;

/** Cuts a stream of bytes into messages. `started` false: the next message has no letter yet. */
export class MessageReader {
  #rest: Buffer = Buffer.alloc(0);
  started: boolean;

  constructor(started: boolean) {
    this.started = started;
  }

  /** The messages that are complete now, oldest first; each is taken before the next one is cut. */
  *read(chunk: Buffer): Generator<WireMessage> {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const { started } = this;
      if (this.#rest.length < (started ? headLength : startLength)) return;
      const length = started ? this.#rest.readInt32BE(1) + 1 : this.#rest.readInt32BE(0);
      if (this.#rest.length < length) return;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      yield { type: started ? String.fromCharCode(bytes[0] ?? 0) : '', bytes };
    }
  }
}

/** The code of a message before the start: a version, or a wish for encryption or cancelation. */
export function startCode(message: WireMessage): number {
  return message.bytes.readInt32BE(4);
}

export const protocolCodes = { cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const;

/** A parameter of the start message, such as `application_name`; empty when it is not there. */
export function startParameter(message: WireMessage, name: string): string {
  const parts = message.bytes.toString('utf8', 8).split('\0');
  const at = parts.findIndex((part, index) => index % 2 === 0 && part === name);
  return at < 0 ? '' : (parts[at + 1] ?? '');
}

/** The zero-ended texts that a message begins with. */
export function leadingTexts(message: WireMessage, count: number): string[] {
  const texts: string[] = [];
  let from = headLength;
  for (let index = 0; index < count; index += 1) {
    const to = message.bytes.indexOf(0, from);
    texts.push(message.bytes.toString('utf8', from, to));
    from = to + 1;
  }
  return texts;
}

/** A simple query. */
export function queryMessage(text: string): Buffer {
  return message('Q', Buffer.from(`${text}\0`));
}

/** An error as the server would answer it. */
export function errorMessage(code: string, text: string): Buffer {
  return message('E', Buffer.from(`SERROR\0VERROR\0C${code}\0M${text}\0\0`));
}

/** Ready for the next query: `I` outside of a transaction, `E` in one that has failed. */
export function readyMessage(status: 'I' | 'E'): Buffer {
  return message('Z', Buffer.from(status));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(headLength);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
