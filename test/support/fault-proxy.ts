import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { ProxiedSession } from './fault-session.ts';

/** A statement on its way to the database. */
export interface Statement {
  readonly text: string;
  /** The statements of its transaction so far, this one included; just this one outside of a transaction. */
  readonly transaction: readonly string[];
  /** The name under which the client has connected. */
  readonly application: string;
}

/**
 * What is to happen to a statement. `hold` stops its connection for good, the statement not yet sent (`before`) or done
 * and not answered (`after`); `cut` ends the connection at that moment; `refuse` answers it with an error of PostgreSQL;
 * `tell` does nothing but call `onHit`, and everything goes on.
 */
export type FaultAction =
  | { readonly act: 'tell'; readonly side: 'before' | 'after' }
  | { readonly act: 'hold'; readonly side: 'before' | 'after' }
  | { readonly act: 'cut'; readonly side: 'before' | 'after' }
  | { readonly act: 'refuse'; readonly code: string };

export type FaultRule = FaultAction & {
  readonly when: (statement: Statement) => boolean;
  /** To how many statements; 1 unless said otherwise. */
  readonly times?: number;
  /** Called in the very moment of the fault, before anything else can move. */
  readonly onHit?: (statement: Statement) => void;
};

/** A fault that waits for its statement. */
export interface PlantedFault {
  readonly rule: FaultRule;
  readonly hits: Statement[];
  /** Resolves at the first hit. */
  readonly hit: Promise<Statement>;
  /** Hits nothing more. */
  remove(): void;
}

/** A wire to PostgreSQL that can be cut at any statement. */
export interface FaultProxy {
  /** The same database through the wire. */
  url(databaseUrl: string): string;
  plant(rule: FaultRule): PlantedFault;
  /** Statements that have passed so far. */
  readonly statements: number;
  /** The ports from which the server is reached just now: how its backends are told from others. */
  ports(): number[];
  /** Keeps the text of every statement from now on. */
  record(): Statement[];
  /** Ends all connections; new ones are taken. */
  cutAll(): void;
  close(): Promise<void>;
}

/** Opens a wire to the server of a database URL. */
export async function faultProxy(databaseUrl: string): Promise<FaultProxy> {
  const target = new URL(databaseUrl);
  const planted = new Set<PlantedFault>();
  const sessions = new Set<ProxiedSession>();
  const records: Statement[][] = [];
  let statements = 0;
  const faultFor = (statement: Statement): FaultRule | null => {
    statements += 1;
    for (const record of records) record.push(statement);
    for (const fault of planted) {
      if (!fault.rule.when(statement)) continue;
      fault.hits.push(statement);
      if (fault.hits.length >= (fault.rule.times ?? 1)) planted.delete(fault);
      return fault.rule;
    }
    return null;
  };
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    const session = new ProxiedSession(client, upstream, faultFor);
    sessions.add(session);
    whenClosed(client, upstream, () => sessions.delete(session));
  });
  server.unref();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: (url) => {
      const own = new URL(url);
      own.hostname = '127.0.0.1';
      own.port = String(port);
      return own.href;
    },
    plant: (rule) => plant(planted, rule),
    get statements() {
      return statements;
    },
    ports: () => [...sessions].map((session) => session.port),
    record: () => {
      const record: Statement[] = [];
      records.push(record);
      return record;
    },
    cutAll: () => {
      for (const session of sessions) session.cut();
    },
    close: async () => {
      for (const session of sessions) session.cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function plant(planted: Set<PlantedFault>, rule: FaultRule): PlantedFault {
  let resolve: (statement: Statement) => void;
  const hit = new Promise<Statement>((done) => {
    resolve = done;
  });
  const fault: PlantedFault = {
    rule: {
      ...rule,
      onHit: (statement) => {
        rule.onHit?.(statement);
        resolve(statement);
      },
    },
    hits: [],
    hit,
    remove: () => planted.delete(fault),
  };
  planted.add(fault);
  return fault;
}

/** Neither side outlives the other: a process that was killed leaves no transaction open behind the wire. */
function whenClosed(client: Socket, upstream: Socket, done: () => void): void {
  for (const [one, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    one.on('error', () => undefined);
    one.on('close', () => {
      other.destroy();
      done();
    });
  }
}
