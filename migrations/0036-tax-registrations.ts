import { Migration } from '@mikro-orm/migrations';

/** Where issuers are registered for tax, what goods are taxed as, why accounts are exempt, and how an invoice was treated. */
export class TaxRegistrations extends Migration {
  override up(): void {
    this.addSql(`
      create table tax_registrations (
        organization_id uuid not null,
        id uuid not null,
        legal_entity_id uuid not null,
        country text not null check (country ~ '^[A-Z]{2}$'),
        region text,
        scheme text not null check (scheme in ('standard', 'oss')),
        tax_id text,
        valid_from date,
        valid_to date,
        archived_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id),
        check (valid_from < valid_to),
        check (scheme <> 'oss' or region is null)
      )
    `);
    this.addSql(
      `create index tax_registrations_by_issuer on tax_registrations (organization_id, legal_entity_id, country)`,
    );
    this.addSql(`call fence_tenant_table('tax_registrations', 'select, insert, update')`);
    const category = `text check (tax_category ~ '^[a-z][a-z0-9_]{0,49}$')`;
    this.addSql(`alter table tax_rates add column tax_category ${category}`);
    for (const table of ['prices', 'charges', 'invoice_lines']) {
      this.addSql(`alter table ${table} add column tax_category ${category}`);
    }
    // What is on paper for it is in the name of the row, which the hash covers.
    this.addSql(`
      alter table invoice_taxes add column treatment text not null default 'taxed' check (treatment in ('taxed', 'reverse_charge')),
        add check (treatment = 'taxed' or (amount = 0 and percent = 0))
    `);
    this.addSql(
      `alter table accounts add column tax_exemption jsonb check (tax_exemption is null or (tax_exempt and jsonb_typeof(tax_exemption) = 'object'))`,
    );
  }
}
