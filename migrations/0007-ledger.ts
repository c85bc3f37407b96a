import { Migration } from '@mikro-orm/migrations';

/** Double entry: append-only, balanced per transaction and currency, one posting per source and effect. */
export class Ledger extends Migration {
  override up(): void {
    this.addSql(`
      create table ledger_entries (
        organization_id uuid not null references organizations (id),
        id bigint generated always as identity,
        transaction_id uuid not null,
        account text not null check (account in ('receivable', 'cash', 'revenue', 'deferred_revenue', 'tax_payable', 'credits', 'bad_debt', 'refunds', 'disputed')),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        amount bigint not null check (amount <> 0),
        source_type text not null,
        source_id uuid not null,
        effect text not null,
        at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint ledger_posted_once unique (organization_id, source_id, effect, account, currency)
      )
    `);
    this.addSql(`create index ledger_entries_by_account on ledger_entries (organization_id, account, currency)`);
    this.addSql(`call fence_tenant_table('ledger_entries', 'select, insert')`);
    this.addSql(
      `create trigger ledger_is_kept before update or delete on ledger_entries for each row execute function refuse_change()`,
    );
    // Once a statement over all rows it added, so that a batch of thousands costs one pass.
    this.addSql(`
      create function ledger_must_balance() returns trigger language plpgsql as $$
      declare broken uuid;
      begin
        select a.transaction_id into broken from added a group by a.transaction_id, a.currency having sum(a.amount) <> 0 limit 1;
        if broken is null then
          select a.transaction_id into broken from added a group by a.transaction_id having count(distinct a.organization_id) > 1 limit 1;
        end if;
        if broken is not null then
          raise exception 'ledger transaction % does not balance', broken using errcode = 'check_violation';
        end if;
        return null;
      end $$
    `);
    this.addSql(`
      create trigger ledger_balances after insert on ledger_entries referencing new table as added
        for each statement execute function ledger_must_balance()
    `);
  }
}
