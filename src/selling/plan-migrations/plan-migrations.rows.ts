import { columnsBehind } from '../../platform/sql-text.ts';

/** The columns of a migration behind an alias, under the names of its row. */
export const migrationColumns = columnsBehind([
  'organization_id',
  'id',
  'plan_id',
  'from_version_id',
  'to_version_id',
  'timing',
  'dry_run',
  'actor',
  'status',
  'total',
  'finished_at',
  'created_at',
  'updated_at',
]);

/** The columns of a step behind an alias, under the names of its row. */
export const stepColumns = columnsBehind([
  'organization_id',
  'migration_id',
  'subscription_id',
  'status',
  'currency',
  'amount_before',
  'amount_after',
  'amount_once',
  'invoiced',
  'quantities',
  'code',
  'message',
  'done_at',
]);
