import type { ExecutionArgs } from 'graphql';
import type { Context as SocketContext } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';

/** What a socket keeps of its client between operations. */
export type LiveState = Record<PropertyKey, unknown> & { authorization?: string };
export type LiveSocket = SocketContext<Record<string, unknown>, Extra & LiveState>;

/** What one operation runs with. */
export interface LiveRequest {
  socket: LiveSocket;
  authorization: string;
  /** The client's name for the operation. */
  operationId: string;
  requestId: string;
  cost: number;
  text: string;
}

export interface LiveArgs extends ExecutionArgs {
  contextValue: LiveRequest;
}
