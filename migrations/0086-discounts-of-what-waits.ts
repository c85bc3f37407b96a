import { Migration } from '@mikro-orm/migrations';

/**
 * Lines that wait for the next invoice take their discounts when they come, and that invoice may take of the same ones again. What waits
 * already takes all of them with it, as was said.
 */
export class DiscountsOfWhatWaits extends Migration {
  override up(): void {
    this.addSql(`
      alter table invoice_discounts drop constraint invoice_discounts_organization_id_invoice_id_discount_id_key
    `);
    this.addSql(
      `create index invoice_discounts_by_invoice on invoice_discounts (organization_id, invoice_id, position)`,
    );
    this.addSql(`alter table invoice_holds add column discounted boolean not null default false`);
    this.addSql(`alter table invoice_holds alter column discounted drop default`);
  }
}
