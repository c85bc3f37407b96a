import type { Context } from '../../platform/context.ts';
import { badUserInput } from '../../platform/errors.ts';

const tables = { accountId: 'accounts', invoiceId: 'invoices', paymentId: 'payments', id: 'invoices' } as const;

/**
 * BAD_USER_INPUT, naming the argument, unless the caller's organization has such an object or had one, of which events are
 * still told. Foreign ones and missing ones are not told apart; nobody waits for events that can never come.
 */
export async function requireKnown(context: Context, argument: keyof typeof tables, uuid: string | null) {
  const [row] = await context.reader.rows<{ known: boolean }>(
    `select exists (select 1 from ${tables[argument]} where organization_id = $1 and id = $2::uuid)
       or exists (select 1 from facts where organization_id = $1 and object_id = $2::uuid) as known`,
    [context.organizationId, uuid],
  );
  if (!row?.known) throw badUserInput([argument], 'Nothing was found with this id.');
}
