import { Migration } from '@mikro-orm/migrations';

/** An invoice may return more of a discount than it takes of it, or only return: what it does not give anew is there for later ones. */
export class ReturnedDiscounts extends Migration {
  override up(): void {
    this.addSql(`
      alter table invoice_discounts
        drop constraint invoice_discounts_check,
        add constraint invoice_discounts_returned_check check (returned >= 0)
    `);
  }
}
