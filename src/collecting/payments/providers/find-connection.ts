import type { App } from '../../../platform/app-types.ts';
import { fromGlobalId, isUuid } from '../../../platform/id.ts';
import { connectionOf } from './gateways.ts';
import { environmentConnection, type StripeConnection } from './stripe-connections.ts';

/** For so long a connection that was read serves further webhooks; a rotated secret counts after that at the latest. */
const freshMilliseconds = 5_000;
const mostKept = 1_000;

interface Kept {
  connection: Promise<StripeConnection | null>;
  until: number;
}

/** Finds the connection that a webhook's address names: none for the environment's, or a connection's id. */
export function connectionFinder(app: App): (name: string | null) => Promise<StripeConnection | null> {
  const kept = new Map<string, Kept>();
  return (name) => {
    const now = app.clock.now().getTime();
    const key = name ?? '';
    const known = kept.get(key);
    if (known && known.until > now) return known.connection;
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
    const connection = name === null ? environmentConnection(app) : connectionById(app, name);
    kept.set(key, { connection, until: now + freshMilliseconds });
    connection.catch(() => kept.delete(key));
    return connection;
  };
}

async function connectionById(app: App, name: string): Promise<StripeConnection | null> {
  const id = isUuid(name) ? name : fromGlobalId('strc', name);
  if (!id) return null;
  const [found] = await app.sweep<{ organization_id: string; id: string }>(
    'select * from find_stripe_connection($1::uuid)',
    [id],
  );
  const connection = found ? await connectionOf(app, found.organization_id) : null;
  return connection?.id === id ? connection : null;
}
