import { Migration } from '@mikro-orm/migrations';
import { named as states } from './0079-region-names.ts';

/** Territories by names and numbers of regions, as rates and registrations may have them: country, region, and what they are for tax. */
const places: readonly (readonly [country: string, regions: string, taxed: string, region: string | null])[] = [
  ['ES', 'GC|TF|IC|CANARIAS|ISLAS CANARIAS|CANARY ISLANDS|LAS PALMAS|SANTA CRUZ DE TENERIFE', 'ES', 'CN'],
  ['ES', 'CEUTA', 'ES', 'CE'],
  ['ES', 'MELILLA', 'ES', 'ML'],
  ['FI', '01|AX|ÅLAND|AHVENANMAA', 'AX', null],
  ['FR', '971|GP|GUADELOUPE|LA GUADELOUPE', 'GP', null],
  ['FR', '972|MQ|MARTINIQUE|LA MARTINIQUE', 'MQ', null],
  ['FR', '973|GF|GUYANE|LA GUYANE|GUYANE FRANÇAISE|FRENCH GUIANA', 'GF', null],
  ['FR', '974|RE|RÉUNION|REUNION|LA RÉUNION|LA REUNION', 'RE', null],
  ['FR', '976|YT|MAYOTTE', 'YT', null],
  ...['BL', 'MF', 'PM', 'WF', 'PF', 'NC'].map((code) => ['FR', code, code, null] as const),
];

const rows = places.flatMap(([country, regions, taxed, region]) =>
  regions.split('|').map((one) => `('${country}', '${one}', '${taxed}', ${region === null ? 'null' : `'${region}'`})`),
);

const named = (table: string): string => `
  named (country, region, taxed, part) as (values ${rows.join(', ')}),
  placed as (
    select r.*, coalesce(n.taxed, r.country) as at_country, coalesce(case when n.taxed is null then r.region else n.part end, '') as at_region,
      n.taxed is not null as moves
    from ${table} r left join named n on n.country = r.country and n.region = r.region where r.archived_at is null)`;

const met = `o.organization_id = p.organization_id and o.id <> p.id and o.at_country = p.at_country and o.at_region = p.at_region
  and daterange(o.valid_from, o.valid_to) && daterange(p.valid_from, p.valid_to)`;

/**
 * Rates and registrations of territories that were written as a region's name or number are where addresses are found now, or
 * nothing there would be taxed. And rates of a state that were archived for a spelling, beside others that add up, hold again.
 */
export class TaxTerritories extends Migration {
  override up(): void {
    for (const table of ['tax_rates', 'tax_registrations'])
      this.addSql(`alter table ${table} no force row level security`);
    this.restoreRates();
    const same = {
      tax_rates: `o.jurisdiction = p.jurisdiction and coalesce(o.tax_category, '') = coalesce(p.tax_category, '')`,
      tax_registrations: 'o.legal_entity_id = p.legal_entity_id and o.scheme = p.scheme',
    };
    for (const [table, alike] of Object.entries(same)) {
      // Two names of one place would tax its buyers twice: what is written right stays, and else the earlier one.
      this.addSql(`
        with ${named(table)} update ${table} r set archived_at = now(), updated_at = now() from placed p
        where r.organization_id = p.organization_id and r.id = p.id and p.moves and exists (
          select from placed o where ${met} and ${alike} and (not o.moves or (o.created_at, o.id) < (p.created_at, p.id)))
      `);
      if (table === 'tax_rates') {
        // Rates that are to add up each have a jurisdiction: one without becomes one of its own.
        this.addSql(`
          with ${named(table)} update ${table} r set jurisdiction = r.id::text from placed p
          where r.organization_id = p.organization_id and r.id = p.id and p.jurisdiction = '' and exists (
            select from placed o where ${met} and coalesce(o.tax_category, '') = coalesce(p.tax_category, '')
              and o.jurisdiction <> '' and (o.moves or p.moves))
        `);
      }
      this.addSql(`
        with ${named(table)} update ${table} r set country = p.at_country, region = nullif(p.at_region, ''), updated_at = now() from placed p
        where r.organization_id = p.organization_id and r.id = p.id and p.moves
      `);
    }
    for (const table of ['tax_rates', 'tax_registrations'])
      this.addSql(`alter table ${table} force row level security`);
  }

  /**
   * `0079-region-names` archived a rate without a jurisdiction beside one of the same region that has one, though both are charged. It
   * stands beside the others as one of its own, unless somebody made a rate for the region since.
   */
  private restoreRates(): void {
    this.addSql(`
      with ${states}, lost as (
        select r.*, n.code from tax_rates r
        join schema_migrations m on m.name = '0079-region-names'
          and r.archived_at between m.executed_at - interval '1 minute' and m.executed_at + interval '1 second'
        join named n on n.country = r.country and n.code <> r.region
          and n.letters = regexp_replace(normalize(upper(r.region), nfd), '[^A-Z]', '', 'g')
        where r.jurisdiction = '' and exists (
          select from tax_rates o where o.organization_id = r.organization_id and o.archived_at is null and o.country = r.country
            and o.region = n.code and o.jurisdiction <> '' and coalesce(o.tax_category, '') = coalesce(r.tax_category, '')
            and daterange(o.valid_from, o.valid_to) && daterange(r.valid_from, r.valid_to))
        and not exists (
          select from tax_rates o where o.organization_id = r.organization_id and o.country = r.country and o.region = n.code
            and coalesce(o.tax_category, '') = coalesce(r.tax_category, '') and o.created_at > r.archived_at))
      update tax_rates r set archived_at = null, region = l.code, jurisdiction = r.id::text, updated_at = now()
      from lost l where l.organization_id = r.organization_id and l.id = r.id and not exists (
        select from lost e where e.organization_id = l.organization_id and e.country = l.country and e.code = l.code
          and coalesce(e.tax_category, '') = coalesce(l.tax_category, '') and (e.created_at, e.id) < (l.created_at, l.id)
          and daterange(e.valid_from, e.valid_to) && daterange(l.valid_from, l.valid_to))
    `);
  }
}
