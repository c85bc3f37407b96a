import { parentPort } from 'node:worker_threads';
import type { DocumentContent } from './document-content.ts';
import { printDocument } from './printing/print-document.ts';

/** The thread that prints: shaping text and packing fonts keep a processor busy for a tenth of a second and more. */
parentPort?.on('message', ({ id, content }: { id: number; content: DocumentContent }) => {
  printDocument(content).then(
    (bytes) => parentPort?.postMessage({ id, bytes }),
    (error: unknown) => parentPort?.postMessage({ id, fault: error instanceof Error ? error.stack : String(error) }),
  );
});
