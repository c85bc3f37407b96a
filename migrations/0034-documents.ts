import { Migration } from '@mikro-orm/migrations';

/** How documents of a legal entity look, and the receipts of payments, numbered within the day of an organization. */
export class Documents extends Migration {
  override up(): void {
    this.addSql(`
      create table document_brandings (
        organization_id uuid not null references organizations (id),
        legal_entity_id uuid not null,
        logo bytea check (octet_length(logo) <= 200000),
        accent_color text check (accent_color ~ '^#[0-9a-f]{6}$'),
        footer text,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, legal_entity_id),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('document_brandings', 'select, insert, update')`);

    this.addSql(`
      create table receipt_days (
        organization_id uuid not null references organizations (id),
        paid_on date not null,
        last_place int not null check (last_place > 0),
        primary key (organization_id, paid_on)
      )
    `);
    this.addSql(`call fence_tenant_table('receipt_days', 'select, insert, update')`);

    // Insert only: what a receipt says was true when the money came.
    this.addSql(`
      create table receipts (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        number text not null,
        account_id uuid not null,
        payment_id uuid not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        amount bigint not null check (amount > 0),
        paid_on date not null,
        paid_at timestamptz not null,
        legal_entity_id uuid not null,
        content json not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint receipts_number_key unique (organization_id, number),
        constraint receipts_one_a_payment unique (organization_id, payment_id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, payment_id) references payments (organization_id, id),
        foreign key (organization_id, legal_entity_id) references legal_entities (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('receipts', 'select, insert')`);
  }
}
