import { Migration } from '@mikro-orm/migrations';

const canonical = (row: string): string =>
  `regexp_replace(upper(btrim(${row}.region)), '^' || ${row}.country || '-(?=.)', '')`;

/**
 * Regions in one form; a rate without a jurisdiction holds alone; drafts that wait for a rate, or for a region that can be told.
 */
export class TaxPlaces extends Migration {
  override name = '0069-tax-places';

  override up(): void {
    for (const table of ['tax_rates', 'tax_registrations'])
      this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`alter table tax_rates drop constraint tax_rates_one_at_a_time`);
    // Two spellings of one region would now tax its buyers twice: the earlier one stays.
    this.addSql(`
      update tax_rates r set archived_at = now(), updated_at = now() where r.archived_at is null and exists (
        select from tax_rates o where o.organization_id = r.organization_id and o.archived_at is null and o.country = r.country
          and o.region <> r.region and ${canonical('o')} = ${canonical('r')} and o.jurisdiction = r.jurisdiction
          and coalesce(o.tax_category, '') = coalesce(r.tax_category, '') and (o.created_at, o.id) < (r.created_at, r.id)
          and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to))
    `);
    this.addSql(`
      update tax_registrations r set archived_at = now(), updated_at = now() where r.archived_at is null and exists (
        select from tax_registrations o where o.organization_id = r.organization_id and o.archived_at is null
          and o.legal_entity_id = r.legal_entity_id and o.country = r.country and o.scheme = r.scheme
          and o.region <> r.region and ${canonical('o')} = ${canonical('r')} and (o.created_at, o.id) < (r.created_at, r.id)
          and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to))
    `);
    for (const table of ['tax_rates', 'tax_registrations']) {
      this.addSql(
        `update ${table} r set region = ${canonical('r')} where archived_at is null and region <> ${canonical('r')}`,
      );
    }
    // Rates that add up already go on doing so: the one without a jurisdiction becomes one of its own.
    this.addSql(`
      update tax_rates r set jurisdiction = r.id::text where r.archived_at is null and r.jurisdiction = '' and exists (
        select from tax_rates o where o.organization_id = r.organization_id and o.archived_at is null and o.jurisdiction <> ''
          and o.country = r.country and coalesce(o.region, '') = coalesce(r.region, '')
          and coalesce(o.tax_category, '') = coalesce(r.tax_category, '')
          and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to))
    `);
    for (const table of ['tax_rates', 'tax_registrations'])
      this.addSql(`alter table ${table} force row level security`);
    // A jurisdiction is a point, none at all is everywhere: it meets each of them.
    this.addSql(`
      alter table tax_rates add constraint tax_rates_one_at_a_time exclude using gist (
        organization_id with =, country with =, (coalesce(region, '')) with =, (coalesce(tax_category, '')) with =,
        (case when jurisdiction = '' then numrange(null, null) else numrange(hashtextextended(jurisdiction, 0)::numeric,
          hashtextextended(jurisdiction, 0)::numeric, '[]') end) with &&,
        daterange(valid_from, valid_to) with &&) where (archived_at is null)
    `);
    this.addSql(`alter table invoice_taxations drop constraint invoice_taxations_reason_check`);
    this.addSql(`
      alter table invoice_taxations add constraint invoice_taxations_reason_check
        check (reason in ('tax_id', 'region', 'no_rate', 'provider', 'refused'))
    `);
  }
}
