/** Whom the listening process shall be. Each client follows with its own variables. */
export interface Listen {
  kind: 'listen';
  protocol: 'graphql-ws' | 'ws';
  url: string;
  authorization: string;
  query: string;
  variables: Record<string, unknown>[];
}

/** Answer with the receipts of so many messages more, when they are there or the patience is over. */
export interface Await {
  kind: 'await';
  receipts: number;
  patienceMs: number;
}

export type ToClients = Listen | Await | { kind: 'end' };

/** One message at one client: which client, which event, and the instant on the machine's monotonic clock in ms. */
export type Receipt = [client: number, event: number, at: number];

export type FromClients =
  | { kind: 'open' }
  | { kind: 'receipts'; receipts: Receipt[]; sample: string | null }
  | { kind: 'failed'; message: string };
