import { columnsBehind } from '../../platform/sql-text.ts';

/** The columns of a plan behind an alias, under the names of its row. */
export const planColumns = columnsBehind([
  'organization_id',
  'id',
  'external_id',
  'name',
  'tier_label',
  'kind',
  'description',
  'archived_at',
  'metadata',
  'created_at',
  'updated_at',
]);

/** The columns of a plan version behind an alias, under the names of its row. */
export const versionColumns = columnsBehind([
  'organization_id',
  'id',
  'plan_id',
  'version',
  'status',
  'interval_unit',
  'interval_count',
  'trial_days',
  'minimum_commitments',
  'published_at',
  'metadata',
  'created_at',
  'updated_at',
]);

/** The columns of a price behind an alias, under the names of its row. */
export const priceColumns = columnsBehind([
  'organization_id',
  'id',
  'plan_version_id',
  'component',
  'name',
  'currency',
  'model',
  'parameters',
  'billing_mode',
  'tax_category',
  'position',
  'created_at',
]);
