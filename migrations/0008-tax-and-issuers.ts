import { Migration } from '@mikro-orm/migrations';

/** Manual tax rates, the legal entities that issue invoices, and their gapless number series. */
export class TaxAndIssuers extends Migration {
  override up(): void {
    this.addSql(`
      create table tax_rates (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        name text not null,
        country text not null check (country ~ '^[A-Z]{2}$'),
        region text,
        percent numeric(9, 6) not null check (percent >= 0 and percent <= 100),
        inclusive boolean not null,
        valid_from date,
        valid_to date,
        archived_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        check (valid_from < valid_to)
      )
    `);
    this.addSql(`create index tax_rates_by_country on tax_rates (organization_id, country)`);
    this.addSql(`call fence_tenant_table('tax_rates', 'select, insert, update')`);

    this.addSql(`
      create table legal_entities (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        name text not null,
        address jsonb not null default '{}',
        country text check (country ~ '^[A-Z]{2}$'),
        tax_ids jsonb not null default '[]',
        email text,
        invoice_prefix text not null check (invoice_prefix ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'),
        is_default boolean not null,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, invoice_prefix)
      )
    `);
    this.addSql(`create unique index legal_entities_one_default on legal_entities (organization_id) where is_default`);
    this.addSql(`call fence_tenant_table('legal_entities', 'select, insert, update')`);

    this.addSql(`
      create table number_series (
        organization_id uuid not null,
        legal_entity_id uuid not null,
        kind text not null check (kind in ('invoice', 'credit_note')),
        last_number bigint not null check (last_number >= 0),
        primary key (organization_id, legal_entity_id, kind),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('number_series', 'select, insert, update')`);
  }
}
