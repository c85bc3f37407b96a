/** Subscriptions on their way from one version of a plan to another. Everything other modules may use. */
export * from './plan-migrations.entities.ts';
export { type MigrationReference, runPlanMigration } from './run-plan-migration.ts';
export { type MigrateSubscriptionsInput, startPlanMigration } from './start-plan-migration.ts';
