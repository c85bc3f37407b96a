import type DataLoader from 'dataloader';
import type { Context } from '../../platform/context.ts';
import { type Page, type PageArguments, planPage, toPage } from '../../platform/pagination.ts';
import { Where } from '../../platform/where.ts';
import type { PlanMigrationRow, PlanMigrationStepRow } from './plan-migrations.entities.ts';
import { migrationColumns, stepColumns } from './plan-migrations.rows.ts';

/** Migrations by uuid; null for missing and foreign ones. */
export function migrationLoader(context: Context): DataLoader<string, PlanMigrationRow | null> {
  return context.loader('planMigration', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<PlanMigrationRow>(
      `select ${migrationColumns('m')} from plan_migrations m where m.organization_id = $1 and m.id = any($2::uuid[])`,
      [context.organizationId, [...ids]],
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** How many steps of migrations stand in each status; one statement for any number. */
export function countsLoader(context: Context): DataLoader<string, Record<string, number>> {
  return context.loader('planMigration.counts', async (ids: readonly string[]) => {
    const rows = await context.reader.rows<{ migration_id: string; status: string; count: number }>(
      `select migration_id, status, count(*)::int as count from plan_migration_steps
       where organization_id = $1 and migration_id = any($2::uuid[]) group by 1, 2`,
      [context.organizationId, [...ids]],
    );
    return ids.map((id) =>
      Object.fromEntries(rows.filter((row) => row.migration_id === id).map((row) => [row.status, row.count])),
    );
  });
}

/** A page of the organization's migrations, the newest first. */
export async function migrationsPage(context: Context, wanted: PageArguments): Promise<Page<PlanMigrationRow>> {
  const ordering = { column: 'm.created_at', idColumn: 'm.id', type: 'timestamptz', direction: 'desc' } as const;
  const plan = planPage(wanted, { name: 'plan_migrations', ...ordering }, { firstParameter: 2 });
  const rows = await context.reader.rows<PlanMigrationRow>(
    `select ${migrationColumns('m')} from plan_migrations m where m.organization_id = $1 and ${plan.where}
     order by ${plan.orderBy} limit ${plan.limit}`,
    [context.organizationId, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from plan_migrations where organization_id = $1`,
      [context.organizationId],
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.createdAt, id: row.id }), count);
}

/** A page of the subscriptions of a migration, the oldest first. */
export async function stepsPage(
  context: Context,
  migrationId: string,
  status: string | null,
  wanted: PageArguments,
): Promise<Page<PlanMigrationStepRow>> {
  const where = new Where();
  where.add('x.organization_id = ?', context.organizationId);
  where.add('x.migration_id = ?', migrationId);
  where.addIf(status, 'x.status = ?');
  const ordering = { column: 's.created_at', idColumn: 's.id', type: 'timestamptz', direction: 'asc' } as const;
  const plan = planPage(
    wanted,
    { name: 'plan_migration_steps', ...ordering },
    { firstParameter: where.values.length + 1 },
  );
  const rows = await context.reader.rows<PlanMigrationStepRow & { madeAt: Date }>(
    `select ${stepColumns('x')}, s.created_at as "madeAt" from plan_migration_steps x
     join subscriptions s on s.organization_id = x.organization_id and s.id = x.subscription_id
     where ${where.text} and ${plan.where} order by ${plan.orderBy} limit ${plan.limit}`,
    [...where.values, ...plan.parameters],
  );
  const count = async () => {
    const [row] = await context.reader.rows<{ count: bigint }>(
      `select count(*) as count from plan_migration_steps x where ${where.text}`,
      where.values,
    );
    return Number(row?.count ?? 0n);
  };
  return toPage(plan, rows, (row) => ({ value: row.madeAt, id: row.subscriptionId }), count);
}
