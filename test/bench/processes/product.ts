import pino from 'pino';
import type { Config } from '../../../src/config.ts';
import { start } from '../../../src/main.ts';
import { childIsReady, childSettings } from '../harness/child.ts';
import { benchConfig } from '../harness/product.ts';

export interface ProductSettings {
  databaseUrl: string;
  stripe?: Config['stripe'];
}

// The product's doors as they are, in a process of their own; jobs are left to workers, of which there is none.
const { databaseUrl, stripe } = childSettings<ProductSettings>();
const running = await start({
  config: benchConfig({
    database: { runtimeUrl: databaseUrl, ownerUrl: undefined },
    role: 'api',
    http: { host: '127.0.0.1', port: 0, portIsGiven: true },
    ...(stripe ? { stripe } : {}),
  }),
  log: pino({ level: 'silent' }),
});
childIsReady(running.url ?? '', () => running.stop());
