import { Migration } from '@mikro-orm/migrations';

/** Looks through the rows of before for the checks of 0093 and 0094, in a transaction that keeps nobody from the tables. */
export class ChecksOfDiscounts extends Migration {
  override up(): void {
    for (const [table, constraint] of [
      ['discounts', 'discounts_back'],
      ['discounts', 'discounts_returned'],
      ['invoice_discounts', 'invoice_discounts_within_returned'],
    ]) {
      this.addSql(`alter table ${table} validate constraint ${constraint}`);
    }
  }
}
