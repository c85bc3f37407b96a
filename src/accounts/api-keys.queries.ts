import type DataLoader from 'dataloader';
import type { Context } from '../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../platform/pagination.ts';
import { type ApiKey, type ApiKeyRecord, toApiKey } from './api-keys.graphql.ts';

const columns = `k.id, k.name, k.key_id, k.last4, k.permissions, k.expires_at, k.last_used_at, k.revoked_at, k.created_at, k.updated_at,
  (select o.mode from organizations o where o.id = k.organization_id) as mode`;

/** A page of the organization's keys, newest first, ended ones too. */
export async function apiKeysPage(context: Context, page: PageArguments): Promise<Page<ApiKey>> {
  const ordering = {
    name: 'apiKeys',
    column: 'k.created_at',
    idColumn: 'k.id',
    type: 'timestamptz',
    direction: 'desc',
  } as const;
  const plan = planPage(page, ordering, { firstParameter: 2 });
  const rows = await context.reader.rows<ApiKeyRecord>(
    `select ${columns} from api_keys k where k.organization_id = $1 and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [context.organizationId, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      'select count(*) as count from api_keys k where k.organization_id = $1',
      [context.organizationId],
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.created_at, id: row.id }), count).map(toApiKey);
}

/** Keys by uuid; null for missing and foreign ones. */
export function apiKeyLoader(context: Context): DataLoader<string, ApiKey | null> {
  return context.loader('apiKey', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<ApiKeyRecord>(
      `select ${columns} from api_keys k where k.organization_id = $1 and k.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const byId = new Map(rows.map((row) => [row.id, toApiKey(row)]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}
