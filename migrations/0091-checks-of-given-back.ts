import { Migration } from '@mikro-orm/migrations';

/** Checks that held for new rows only hold for all: the tables are read through while others go on writing to them. */
export class ChecksOfGivenBack extends Migration {
  override up(): void {
    for (const [table, constraint] of [
      ['payments', 'payments_reversed_after_refund'],
      ['invoices', 'invoices_reason_check'],
      ['ledger_entries', 'ledger_entries_account_check'],
    ]) {
      this.addSql(`alter table ${table} validate constraint ${constraint}`);
    }
  }
}
