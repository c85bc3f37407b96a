import type { Socket } from 'node:net';
import type { FaultRule, Statement } from './fault-proxy.ts';
import {
  errorMessage,
  leadingTexts,
  MessageReader,
  protocolCodes,
  queryMessage,
  readyMessage,
  startCode,
  startParameter,
  type WireMessage,
} from './fault-wire.ts';

/** What is under way to the server: everything up to the point at which the client waits. */
interface Unit {
  statement: Statement | null;
  rule: FaultRule | null;
  /** Of a refused statement: whether the client has its error. */
  refused: boolean;
  /** Said by the wire itself: the client hears nothing of it. */
  own?: boolean;
}

const ends = /^\s*(commit|rollback|end|abort)\b(?!\s+to\b)/i;
const begins = /^\s*(begin|start\s+transaction)\b/i;
/** What a client must see of a refused statement too, or it would prepare the same name twice. */
const passesRefusal = new Set(['1', 'N', 'S', 'A']);

/** One client's session with the server, statement by statement. */
export class ProxiedSession {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #faultFor: (statement: Statement) => FaultRule | null;
  readonly #fromClient = new MessageReader(false);
  readonly #fromServer = new MessageReader(true);
  readonly #prepared = new Map<string, string>();
  readonly #underWay: Unit[] = [];
  #gathered: Buffer[] = [];
  #text: string | null = null;
  #transaction: string[] = [];
  #application = '';
  #held = false;

  constructor(client: Socket, upstream: Socket, faultFor: (statement: Statement) => FaultRule | null) {
    this.#client = client;
    this.#upstream = upstream;
    this.#faultFor = faultFor;
    client.on('data', (chunk: Buffer) => {
      for (const message of this.#fromClient.read(chunk)) this.#clientSays(message);
    });
    upstream.on('data', (chunk: Buffer) => {
      for (const message of this.#fromServer.read(chunk)) this.#serverSays(message);
    });
  }

  /** From where the server is reached. */
  get port(): number {
    return this.#upstream.localPort ?? 0;
  }

  /** Ends both sides at once, as a broken network would. */
  cut(): void {
    this.#held = true;
    this.#client.destroy();
    this.#upstream.destroy();
  }

  #clientSays(message: WireMessage): void {
    if (this.#held) return;
    if (!this.#fromClient.started) {
      this.#start(message);
      return;
    }
    this.#gathered.push(message.bytes);
    if (message.type === 'P') {
      const [name = '', text = ''] = leadingTexts(message, 2);
      this.#prepared.set(name, text);
      this.#text ??= text;
    }
    if (message.type === 'B') this.#text = this.#prepared.get(leadingTexts(message, 2)[1] ?? '') ?? this.#text;
    if (message.type === 'Q') this.#text = leadingTexts(message, 1)[0] ?? '';
    if (message.type === 'Q' || message.type === 'S') this.#send();
    else if (!'PBDECH'.includes(message.type)) this.#pass();
  }

  /** The letterless messages: encryption is declined, so that what follows can be read. */
  #start(message: WireMessage): void {
    const code = startCode(message);
    if (code === protocolCodes.tls || code === protocolCodes.gss) {
      this.#client.write('N');
      return;
    }
    this.#application = startParameter(message, 'application_name');
    this.#fromClient.started = true;
    this.#upstream.write(message.bytes);
  }

  /** What belongs to no statement, such as a password. */
  #pass(): void {
    const bytes = this.#gathered;
    this.#gathered = [];
    for (const each of bytes) this.#upstream.write(each);
  }

  #send(): void {
    const statement = this.#statement();
    const rule = statement && this.#faultFor(statement);
    this.#underWay.push({ statement, rule, refused: false });
    if (rule && statement && rule.act !== 'refuse' && rule.side === 'before') {
      if (rule.act !== 'tell') {
        this.#strike(rule, statement);
        return;
      }
      rule.onHit?.(statement);
    }
    if (rule?.act === 'refuse' && statement && ends.test(statement.text)) {
      // A commit that is answered by an error has not happened.
      this.#gathered = [queryMessage('rollback')];
    }
    this.#pass();
    if (rule?.act === 'refuse' && statement && !ends.test(statement.text)) this.#failTransaction();
  }

  /** A server that has refused a statement takes no more of its transaction, also where more of it was sent already. */
  #failTransaction(): void {
    this.#underWay.push({ statement: null, rule: null, refused: false, own: true });
    this.#upstream.write(queryMessage('select 1 / 0'));
  }

  #statement(): Statement | null {
    const text = this.#text;
    this.#text = null;
    if (text === null) return null;
    const inside = this.#transaction.length > 0 || begins.test(text);
    const transaction = inside ? [...this.#transaction, text] : [text];
    if (ends.test(text)) this.#transaction = [];
    else if (inside) this.#transaction = transaction;
    return { text, transaction, application: this.#application };
  }

  #strike(rule: FaultRule, statement: Statement): void {
    this.#held = true;
    rule.onHit?.(statement);
    if (rule.act === 'cut') this.cut();
  }

  #serverSays(message: WireMessage): void {
    if (this.#held) return;
    const [unit] = this.#underWay;
    if (message.type === 'Z') this.#underWay.shift();
    if (unit?.own) return;
    if (!unit?.rule || !unit.statement || unit.rule.act === 'tell') {
      this.#client.write(message.bytes);
      if (message.type === 'Z' && unit?.statement && unit.rule?.act === 'tell' && unit.rule.side === 'after') {
        unit.rule.onHit?.(unit.statement);
      }
      return;
    }
    const { rule, statement } = unit;
    // A lost answer is kept back whole: a client that has seen half of it would know too much.
    if (rule.act === 'refuse') this.#refuse(unit, rule.code, message);
    else if (message.type === 'Z') this.#strike(rule, statement);
  }

  #refuse(unit: Unit, code: string, message: WireMessage): void {
    if (message.type !== 'Z' && passesRefusal.has(message.type)) {
      this.#client.write(message.bytes);
      return;
    }
    if (!unit.refused) {
      unit.refused = true;
      if (unit.statement) unit.rule?.onHit?.(unit.statement);
      this.#client.write(errorMessage(code, 'refused by the test'));
    }
    if (message.type !== 'Z') return;
    this.#client.write(readyMessage(message.bytes[5] === 'I'.charCodeAt(0) ? 'I' : 'E'));
  }
}
