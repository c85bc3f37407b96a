import { Migration } from '@mikro-orm/migrations';

/**
 * Drafts that wait for the same account stand side by side where the next invoice of one is not that of the other: what is
 * collected by itself and what is not, and those of single subscriptions where each has its own invoices. Which one a line goes
 * onto is decided under the lock of the account. One is filed under another account when that is invoiced by itself.
 */
export class DraftsSideBySide extends Migration {
  override up(): void {
    this.addSql(`
      alter table invoice_holds
        drop constraint invoice_holds_organization_id_account_id_bill_to_account_id_key
    `);
    this.addSql(`create index invoice_holds_by_account on invoice_holds (organization_id, account_id)`);
    this.addSql(`grant update (account_id) on invoice_holds to perennial_runtime`);
  }
}
