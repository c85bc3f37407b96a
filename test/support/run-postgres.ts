import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres/index.ts';

// A process that starts the database of a folder, says where it answers, and stops it when its input ends. With a second
// word it watches it, and says anew where it answers when it is back.
const server = await startEmbeddedPostgres({ directory: process.argv[2] as string, port: 0, durable: false });
const say = () => process.stdout.write(`${JSON.stringify({ ...server, user: process.getuid?.() })}\n`);
if (process.argv[3] !== undefined) {
  server.watch({
    lost: () => undefined,
    back: say,
    gone: (error) => {
      throw error;
    },
  });
}
say();
process.stdin.resume().once('end', async () => {
  await server.stop();
  process.exit(0);
});
