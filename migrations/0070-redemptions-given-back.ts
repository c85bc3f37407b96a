import { Migration } from '@mikro-orm/migrations';

/**
 * A coupon redeemed for one invoice alone is given back when that invoice is void or gone. Those redeemed before this are
 * not told from discounts that somebody removed, and stay taken.
 */
export class RedemptionsGivenBack extends Migration {
  override up(): void {
    this.addSql(`
      alter table discounts
        add column one_invoice boolean not null default false,
        add column returned_at timestamptz,
        add check (returned_at is null or one_invoice)
    `);
  }
}
