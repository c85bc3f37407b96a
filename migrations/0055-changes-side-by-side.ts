import { Migration } from '@mikro-orm/migrations';

/** Credit that waits for the draft whose lines it gives back; pending changes of items stand side by side. */
export class ChangesSideBySide extends Migration {
  override up(): void {
    // The name that PostgreSQL gave the check of 0033: bought credit alone could be frozen.
    this.addSql(`alter table credit_grants drop constraint credit_grants_check3`);
    this.addSql(`
      alter table credit_grants add constraint credit_grants_frozen
        check (frozen_at is null or source_type in ('top_up', 'carried_over'))
    `);
    this.addSql(`drop index scheduled_changes_one_of_a_kind`);
    this.addSql(`
      create unique index scheduled_changes_one_of_a_kind on scheduled_changes
        (organization_id, subscription_id, kind, effective_at) where status = 'pending' and kind <> 'items'
    `);
  }
}
