import type { App } from '../../../platform/app-types.ts';
import type { AccountReference } from './bill-accounts.ts';

/** A place in the row of due subscriptions: after this instant and id. */
export interface DueCursor {
  at: Date | null;
  id: string;
}

export const firstDue: DueCursor = { at: null, id: '00000000-0000-0000-0000-000000000000' };

/** Some due subscriptions' accounts, in the order of their boundaries. */
export interface DuePage {
  accounts: AccountReference[];
  subscriptions: number;
  /** The boundaries of the first and of the last subscription on the page. */
  firstAt: Date;
  lastAt: Date;
  next: DueCursor;
}

interface DueRow {
  organization_id: string;
  account_id: string;
  id: string;
  next_billing_at: Date;
}

/** The next page of what is due at or before `cutoff`, or null. Ids only, read by key: writes nothing, claims nothing. */
export async function readDuePage(
  app: App,
  input: { cutoff: Date; after: DueCursor; most: number; organizationId?: string | null },
): Promise<DuePage | null> {
  const { cutoff, after, most, organizationId = null } = input;
  const rows = await app.sweep<DueRow>('select * from due_subscriptions($1, $2, $3, $4, $5)', [
    cutoff,
    after.at ?? '-infinity',
    after.id,
    most,
    organizationId,
  ]);
  const last = rows.at(-1);
  if (!last) return null;
  const accounts = new Map(
    rows.map((row) => [row.account_id, { organizationId: row.organization_id, accountId: row.account_id }]),
  );
  return {
    accounts: [...accounts.values()],
    subscriptions: rows.length,
    firstAt: rows[0]!.next_billing_at,
    lastAt: last.next_billing_at,
    next: { at: last.next_billing_at, id: last.id },
  };
}
