import { Migration } from '@mikro-orm/migrations';

/** A coupon redeemed for a subscription that ends without having been paid for is given back, as one for a single invoice is. */
export class CouponsOfWhatNeverBegan extends Migration {
  override up(): void {
    this.addSql('alter table discounts drop constraint discounts_check1');
    this.addSql(`
      alter table discounts
        add constraint discounts_returned check (returned_at is null or status = 'removed') not valid
    `);
  }
}
