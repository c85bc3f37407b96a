import { parentPort } from 'node:worker_threads';
import type { PrintJob } from './printing/print-document.ts';
import { printDocument } from './printing/print-document.ts';

/** The thread that prints: shaping text and packing fonts keep a processor busy for a tenth of a second and more. */
parentPort?.on('message', ({ id, job }: { id: number; job: PrintJob }) => {
  printDocument(job).then(
    (bytes) => parentPort?.postMessage({ id, bytes }),
    (error: unknown) => parentPort?.postMessage({ id, fault: error instanceof Error ? error.stack : String(error) }),
  );
});
