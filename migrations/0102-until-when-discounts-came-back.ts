import { Migration } from '@mikro-orm/migrations';

/** Until when the time lasted that came back of a discount: of an account, that of one subscription changes nothing of a longer one's. */
export class UntilWhenDiscountsCameBack extends Migration {
  override up(): void {
    this.addSql(`alter table discounts add column back_until timestamptz`);
  }
}
