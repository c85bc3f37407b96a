import { Migration } from '@mikro-orm/migrations';

/** What may become of a subscription after it was made: changes of its items, billed within a period. */
export class SubscriptionChanges extends Migration {
  override up(): void {
    this.addSql(`alter table invoices drop constraint invoices_reason_check`);
    this.addSql(`
      alter table invoices add constraint invoices_reason_check check (reason in
        ('subscription_created', 'subscription_cycle', 'subscription_change', 'subscription_ended', 'manual'))
    `);
    // What lines took back of a line is asked before any more is taken back.
    this.addSql(
      `create index invoice_lines_by_reversed on invoice_lines (organization_id, reverses_line_id) where reverses_line_id is not null`,
    );
  }
}
