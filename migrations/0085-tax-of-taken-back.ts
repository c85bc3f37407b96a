import { Migration } from '@mikro-orm/migrations';

/** An invoice may wait for the tax of a draft whose lines it takes back. */
export class TaxOfTakenBack extends Migration {
  override name = '0085-tax-of-taken-back';

  override up(): void {
    this.addSql('alter table invoice_taxations drop constraint invoice_taxations_reason_check');
    this.addSql(`
      alter table invoice_taxations add constraint invoice_taxations_reason_check
        check (reason in ('tax_id', 'region', 'no_rate', 'provider', 'refused', 'taken_back'))
    `);
  }
}
