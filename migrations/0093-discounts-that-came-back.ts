import { Migration } from '@mikro-orm/migrations';

/**
 * What comes back of a discount with time that is given back, and is not given anew on what takes the place of that, is kept for later
 * invoices. What came back before this stays where it was counted.
 */
export class DiscountsThatCameBack extends Migration {
  override up(): void {
    this.addSql(`
      alter table discounts
        add column back_amount bigint not null default 0,
        add column back_currency text,
        add constraint discounts_back check (back_amount = 0 or (back_amount > 0 and back_currency is not null)) not valid
    `);
    this.addSql(`
      alter table invoice_discounts
        add column for_later bigint not null default 0,
        add constraint invoice_discounts_within_returned check (for_later <= returned) not valid
    `);
  }
}
