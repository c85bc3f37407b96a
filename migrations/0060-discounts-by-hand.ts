import { Migration } from '@mikro-orm/migrations';

/** What is taken off an invoice by hand belongs to no coupon. */
export class DiscountsByHand extends Migration {
  override up(): void {
    this.addSql(`alter table invoice_discounts alter column discount_id drop not null`);
  }
}
