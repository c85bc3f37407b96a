import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/index.ts';

// A process that starts the database of a folder, says where it answers, and stops it when its input ends.
const server = await startEmbeddedPostgres({ directory: process.argv[2] as string, port: 0, durable: false });
process.stdout.write(`${JSON.stringify({ ...server, user: process.getuid?.() })}\n`);
process.stdin.resume().once('end', async () => {
  await server.stop();
  process.exit(0);
});
