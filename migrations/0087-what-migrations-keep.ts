import { Migration } from '@mikro-orm/migrations';

/** What a step of a migration bills once, and which pending quantities go on with the version that comes. */
export class WhatMigrationsKeep extends Migration {
  override up(): void {
    this.addSql(`
      alter table plan_migration_steps
        add column amount_once bigint,
        add column quantities jsonb not null default '[]'
    `);
  }
}
