import { Migration } from '@mikro-orm/migrations';

/** Taxes that a service tells: what it is told of goods and prices, and what it is told of sales and of what is taken back. */
export class ToldTaxes extends Migration {
  override name = '0054-told-taxes';

  override up(): void {
    this.addSql(`
      alter table legal_entities add column prices_include_tax boolean not null default false,
        add column tax_codes jsonb not null default '[]' check (jsonb_typeof(tax_codes) = 'array')
    `);
    // Which tax of the service a row is; rates of the merchant have an id of their own.
    this.addSql(`
      alter table invoice_taxes add column told_rate text, add check (told_rate is null or tax_rate_id is null)
    `);
    this.addSql(`
      create table tax_filings (
        organization_id uuid not null,
        id uuid not null,
        provider text not null check (provider in ('stripe_tax')),
        kind text not null check (kind in ('sale', 'reversal')),
        invoice_id uuid not null,
        credit_note_id uuid,
        sale_id uuid,
        reference text not null,
        calculation_ref text,
        lines json,
        status text not null check (status in ('waiting', 'filed', 'refused', 'canceled')),
        provider_ref text,
        problem text,
        attempts int not null default 0,
        retry_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id),
        foreign key (organization_id, sale_id) references tax_filings (organization_id, id),
        constraint tax_filings_once unique (organization_id, provider, reference),
        check ((kind = 'sale') = (sale_id is null)),
        check ((kind = 'sale') = (calculation_ref is not null)),
        check ((status = 'filed') = (provider_ref is not null)),
        check ((status = 'waiting') = (retry_at is not null))
      )
    `);
    this.addSql(`create index tax_filings_by_invoice on tax_filings (organization_id, invoice_id)`);
    this.addSql(`create index tax_filings_due on tax_filings (retry_at) where retry_at is not null`);
    this.addSql(`call fence_tenant_table('tax_filings', 'select, insert, update')`);
    this.addSql(`call show_to_sweep('tax_filings', 'organization_id, id, retry_at')`);
    this.addSql(`
      create function tax_filings_to_send(cutoff timestamptz, most int) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select f.organization_id, f.id from tax_filings f where f.retry_at <= cutoff order by f.retry_at, f.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('tax_filings_to_send(timestamptz, int)')`);
  }
}
