import { Migration } from '@mikro-orm/migrations';

/** Spendable balances: an append-only history whose running balance can not go below zero. */
export class Credits extends Migration {
  override up(): void {
    this.addSql(`
      create table credit_balances (
        organization_id uuid not null,
        account_id uuid not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        balance bigint not null check (balance >= 0),
        last_seq bigint not null,
        primary key (organization_id, account_id, currency),
        foreign key (organization_id, account_id) references accounts (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('credit_balances', 'select, insert, update')`);
    this.addSql(`
      create table credit_entries (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        currency text not null,
        amount bigint not null check (amount <> 0),
        balance_after bigint not null check (balance_after >= 0),
        source_type text not null check (source_type in
          ('grant', 'top_up', 'carried_over', 'overpayment', 'credit_note', 'refund_failed', 'invoice_application', 'expiry', 'withdrawal')),
        source_id uuid not null,
        seq bigint not null,
        at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint credit_entries_in_order unique (organization_id, account_id, currency, seq),
        foreign key (organization_id, account_id, currency) references credit_balances (organization_id, account_id, currency)
      )
    `);
    this.addSql(`create unique index credit_entries_source_once on credit_entries (organization_id, source_type, source_id, sign(amount))
      where source_type <> 'invoice_application'`);
    this.addSql(`create index credit_entries_by_source on credit_entries (organization_id, source_id)`);
    this.addSql(`call fence_tenant_table('credit_entries', 'select, insert')`);
    this.addSql(
      `create trigger credit_entries_are_kept before update or delete on credit_entries for each row execute function refuse_change()`,
    );
  }
}
