import { Migration } from '@mikro-orm/migrations';

/**
 * One rate of a place, category and jurisdiction at a time, and one registration of an issuer: two would add up, or hide each
 * other. Tax ids as they are written on documents.
 */
export class TaxOverlaps extends Migration {
  override name = '0052-tax-overlaps';

  override up(): void {
    this.addSql(`alter table tax_rates add column jurisdiction text not null default ''`);
    for (const table of ['tax_rates', 'tax_registrations', 'accounts', 'legal_entities']) {
      this.addSql(`alter table ${table} no force row level security`);
    }
    // Rates that add up already go on doing so: the later ones become jurisdictions of their own.
    this.addSql(`
      update tax_rates r set jurisdiction = r.id::text where r.archived_at is null and exists (
        select from tax_rates o where o.organization_id = r.organization_id and o.archived_at is null
          and o.country = r.country and coalesce(o.region, '') = coalesce(r.region, '')
          and coalesce(o.tax_category, '') = coalesce(r.tax_category, '') and (o.created_at, o.id) < (r.created_at, r.id)
          and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to))
    `);
    this.joinRegistrations();
    for (const table of ['accounts', 'legal_entities']) {
      this.addSql(`
        update ${table} set tax_ids = (
          select jsonb_agg(case when t.one->>'type' like '%\\_VAT' or t.one->>'type' = 'AU_ABN'
            then jsonb_set(t.one, '{value}', to_jsonb(upper(regexp_replace(t.one->>'value', '[\\s./-]', '', 'g')))) else t.one end order by t.place)
          from jsonb_array_elements(tax_ids) with ordinality as t(one, place))
        where jsonb_array_length(tax_ids) > 0
      `);
    }
    for (const table of ['tax_rates', 'tax_registrations', 'accounts', 'legal_entities']) {
      this.addSql(`alter table ${table} force row level security`);
    }
    this.addSql(`
      alter table tax_rates add constraint tax_rates_one_at_a_time exclude using gist (
        organization_id with =, country with =, (coalesce(region, '')) with =, (coalesce(tax_category, '')) with =,
        jurisdiction with =, daterange(valid_from, valid_to) with &&) where (archived_at is null)
    `);
    this.addSql(`
      alter table tax_registrations add constraint tax_registrations_one_at_a_time exclude using gist (
        organization_id with =, legal_entity_id with =, country with =, (coalesce(region, '')) with =, scheme with =,
        daterange(valid_from, valid_to) with &&) where (archived_at is null)
    `);
  }

  /** Registrations that overlap become the earlier one, for the days of both. */
  private joinRegistrations(): void {
    this.addSql(`
      do $$
      declare pair record;
      begin
        loop
          select a.organization_id, a.id as kept, b.id as gone, daterange(b.valid_from, b.valid_to) as days into pair
          from tax_registrations a join tax_registrations b on b.organization_id = a.organization_id
            and b.legal_entity_id = a.legal_entity_id and b.country = a.country and coalesce(b.region, '') = coalesce(a.region, '')
            and b.scheme = a.scheme and b.archived_at is null and (a.created_at, a.id) < (b.created_at, b.id)
            and daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
          where a.archived_at is null limit 1;
          exit when not found;
          update tax_registrations set valid_from = lower(daterange(valid_from, valid_to) + pair.days),
            valid_to = upper(daterange(valid_from, valid_to) + pair.days)
          where organization_id = pair.organization_id and id = pair.kept;
          update tax_registrations set archived_at = now() where organization_id = pair.organization_id and id = pair.gone;
        end loop;
      end $$
    `);
  }
}
