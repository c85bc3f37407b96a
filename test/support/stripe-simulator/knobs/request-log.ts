import type { FormHash } from '../engine/form.ts';
import type { FaultKind } from './faults.ts';

/** One request to the API as the simulator saw it. */
export interface LoggedRequest {
  id: string;
  method: string;
  path: string;
  parameters: FormHash;
  idempotencyKey: string | null;
  /** Simulated time, milliseconds. */
  at: number;
  /** The HTTP status that was meant; null while it is being carried out or when the effect never began. */
  status: number | null;
  /** Whether the whole answer left. */
  answered: boolean;
  /** Whether the answer was a kept one. */
  replayed: boolean;
  fault: FaultKind | null;
  errorCode: string | null;
}
