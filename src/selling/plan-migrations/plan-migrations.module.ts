import type { Job, Module } from '../../platform/module.ts';
import { PlanMigrationEntity, PlanMigrationStepEntity } from './plan-migrations.entities.ts';
import { PlanMigrationStepsResolver, PlanMigrationsResolver, planMigrationNodes } from './plan-migrations.resolver.ts';
import { runPlanMigration } from './run-plan-migration.ts';

const mostAtOnce = 50;

/** Goes on with what is running: a start only wakes it, the tables say what is left. */
const migrateJob: Job = {
  name: 'migrate-subscriptions',
  everyMs: 10_000,
  concurrency: 1,
  async run(app, _data, leaveOff) {
    const running = await app.sweep<{ organization_id: string; id: string }>(
      'select * from running_plan_migrations($1)',
      [mostAtOnce],
    );
    for (const { organization_id: organizationId, id } of running) {
      if (leaveOff?.aborted) return;
      await runPlanMigration(app, { organizationId, id }, leaveOff).catch((error) =>
        app.log.error({ err: error, organizationId, migrationId: id }, 'a plan migration stopped for now'),
      );
    }
  },
};

export const planMigrations: Module = {
  name: 'plan-migrations',
  entities: [PlanMigrationEntity, PlanMigrationStepEntity],
  resolvers: [PlanMigrationsResolver, PlanMigrationStepsResolver],
  nodes: { plm: planMigrationNodes },
  jobs: [migrateJob],
  reactions: [
    {
      facts: ['plan_migration.started'],
      react: async (app) => app.wake('migrate-subscriptions', undefined, { key: 'migrate-subscriptions' }),
    },
  ],
  constraints: {
    plan_migrations_one_at_a_time: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'fromVersion'],
      message: 'The subscriptions of this version are being moved already.',
    },
  },
};
