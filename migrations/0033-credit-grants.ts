import { Migration } from '@mikro-orm/migrations';

/**
 * Credit in lots: each grant with its order, expiry and scope, holds on it, purchases of it. Every movement names its
 * lot, and the database keeps lots, balance and history equal.
 */
export class CreditGrants extends Migration {
  override up(): void {
    this.grants();
    this.nameTheLotOfEveryEntry();
    this.holds();
    this.topUps();
    this.keepEqual();
    this.sweep();
  }

  private grants(): void {
    this.addSql(`
      create table credit_grants (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        currency text not null,
        source_type text not null check (source_type in ('grant', 'top_up', 'carried_over', 'overpayment', 'credit_note', 'refund_failed')),
        source_id uuid not null,
        amount bigint not null check (amount > 0),
        remaining bigint not null check (remaining between 0 and amount),
        held bigint not null default 0 check (held between 0 and remaining),
        paid_amount bigint not null check (paid_amount >= 0),
        priority int not null check (priority between 0 and 1000),
        line_kinds jsonb check (jsonb_typeof(line_kinds) = 'array' and jsonb_array_length(line_kinds) > 0),
        expires_at timestamptz,
        frozen_at timestamptz,
        expired_at timestamptz,
        withdrawn_at timestamptz,
        reason text,
        test_clock_id uuid,
        metadata jsonb not null default '{}',
        granted_at timestamptz not null,
        updated_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint credit_grants_source_once unique (organization_id, source_type, source_id),
        foreign key (organization_id, account_id, currency) references credit_balances (organization_id, account_id, currency),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check (expires_at > granted_at),
        check (frozen_at is null or source_type = 'top_up')
      )
    `);
    this.addSql(
      `create index credit_grants_left on credit_grants (organization_id, account_id, currency) where remaining > 0`,
    );
    this.addSql(`create index credit_grants_by_account on credit_grants (organization_id, account_id, granted_at, id)`);
    this.addSql(
      `create index credit_grants_expiring on credit_grants (expires_at) where remaining > 0 and expires_at is not null`,
    );
    this.addSql(`call fence_tenant_table('credit_grants', 'select, insert, update')`);
  }

  /** What was credited before lots were kept is one lot for account and currency, spent by all that was spent. */
  private nameTheLotOfEveryEntry(): void {
    const tables = ['credit_balances', 'credit_entries', 'credit_grants'];
    this.addSql(`alter table credit_entries add column grant_id uuid`);
    this.addSql(`alter table credit_entries disable trigger credit_entries_are_kept`);
    for (const table of tables) this.addSql(`alter table ${table} no force row level security`);
    this.addSql(`
      insert into credit_grants (organization_id, id, account_id, currency, source_type, source_id, amount, remaining, paid_amount, priority, granted_at, updated_at, recorded_at)
      select b.organization_id, f.id, b.account_id, b.currency, f.source_type, f.source_id, t.given, b.balance, 0, 100, f.at, f.at, f.recorded_at
      from credit_balances b
      cross join lateral (select e.* from credit_entries e where e.organization_id = b.organization_id and e.account_id = b.account_id
        and e.currency = b.currency and e.source_type <> 'invoice_application' and e.amount > 0 order by e.seq limit 1) f
      cross join lateral (select sum(e.amount) as given from credit_entries e where e.organization_id = b.organization_id
        and e.account_id = b.account_id and e.currency = b.currency and e.amount > 0) t
    `);
    this.addSql(`
      update credit_entries e set grant_id = g.id from credit_grants g
      where g.organization_id = e.organization_id and g.account_id = e.account_id and g.currency = e.currency
    `);
    for (const table of tables) this.addSql(`alter table ${table} force row level security`);
    this.addSql(`alter table credit_entries enable trigger credit_entries_are_kept`);
    this.addSql(`alter table credit_entries alter column grant_id set not null`);
    this.addSql(
      `alter table credit_entries add foreign key (organization_id, grant_id) references credit_grants (organization_id, id)`,
    );
    this.addSql(`create index credit_entries_by_grant on credit_entries (organization_id, grant_id)`);
  }

  private holds(): void {
    this.addSql(`
      create table credit_holds (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        currency text not null,
        amount bigint not null check (amount > 0),
        status text not null check (status in ('held', 'released', 'captured', 'expired')),
        expires_at timestamptz not null,
        reason text,
        invoice_id uuid,
        ended_at timestamptz,
        test_clock_id uuid,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id, currency) references credit_balances (organization_id, account_id, currency),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, test_clock_id) references test_clocks (organization_id, id),
        check (expires_at > created_at),
        check ((status = 'held') = (ended_at is null)),
        check ((status = 'captured') = (invoice_id is not null))
      )
    `);
    this.addSql(
      `create index credit_holds_by_account on credit_holds (organization_id, account_id, currency, created_at, id)`,
    );
    this.addSql(`create index credit_holds_expiring on credit_holds (expires_at) where status = 'held'`);
    this.addSql(`call fence_tenant_table('credit_holds', 'select, insert, update')`);
    // Which lots a hold keeps back.
    this.addSql(`
      create table credit_hold_parts (
        organization_id uuid not null,
        hold_id uuid not null,
        grant_id uuid not null,
        amount bigint not null check (amount > 0),
        primary key (organization_id, hold_id, grant_id),
        foreign key (organization_id, hold_id) references credit_holds (organization_id, id),
        foreign key (organization_id, grant_id) references credit_grants (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('credit_hold_parts', 'select, insert')`);
  }

  private topUps(): void {
    this.addSql(`
      create table credit_top_ups (
        organization_id uuid not null,
        id uuid not null,
        account_id uuid not null,
        currency text not null,
        amount bigint not null check (amount > 0),
        price bigint not null check (price >= 0),
        status text not null check (status in ('pending', 'granted', 'canceled')),
        automatic boolean not null,
        invoice_id uuid not null,
        grant_id uuid,
        priority int not null check (priority between 0 and 1000),
        line_kinds jsonb check (jsonb_typeof(line_kinds) = 'array' and jsonb_array_length(line_kinds) > 0),
        expires_after_days int check (expires_after_days between 1 and 3650),
        reason text,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        constraint credit_top_ups_invoice_once unique (organization_id, invoice_id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id),
        foreign key (organization_id, grant_id) references credit_grants (organization_id, id),
        check ((status = 'granted') = (grant_id is not null))
      )
    `);
    // One fall of a balance buys once: what is bought automatically and not yet paid stands in the way of the next.
    this.addSql(`create unique index credit_top_ups_one_automatic on credit_top_ups (organization_id, account_id, currency)
      where automatic and status = 'pending'`);
    this.addSql(
      `create index credit_top_ups_by_account on credit_top_ups (organization_id, account_id, currency, created_at, id)`,
    );
    this.addSql(`call fence_tenant_table('credit_top_ups', 'select, insert, update')`);
    this.addSql(`
      create table automatic_top_ups (
        organization_id uuid not null,
        account_id uuid not null,
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        threshold bigint not null check (threshold >= 0),
        amount bigint check (amount > 0),
        target bigint,
        monthly_cap bigint check (monthly_cap > 0),
        expires_after_days int check (expires_after_days between 1 and 3650),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, account_id, currency),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        check ((amount is null) <> (target is null)),
        check (target > threshold)
      )
    `);
    this.addSql(`call fence_tenant_table('automatic_top_ups', 'select, insert, update, delete')`);
    this.addSql(`alter table invoices drop constraint invoices_reason_check`);
    this.addSql(`alter table invoices add constraint invoices_reason_check
      check (reason in ('subscription_created', 'subscription_cycle', 'subscription_change', 'subscription_ended', 'manual', 'top_up'))`);
    this.addSql(`alter table ledger_entries drop constraint ledger_entries_account_check`);
    this.addSql(`alter table ledger_entries add constraint ledger_entries_account_check check (account in
      ('receivable', 'cash', 'revenue', 'deferred_revenue', 'tax_payable', 'credits', 'bad_debt', 'refunds', 'disputed', 'promotions', 'breakage'))`);
  }

  /** Lots, balance, history and holds say the same, whoever writes: looked at once a statement, for the rows it touched. */
  private keepEqual(): void {
    this.addSql(`
      create function credit_must_agree() returns trigger language plpgsql as $$
      declare broken uuid;
      begin
        select b.account_id into broken
        from (select distinct t.organization_id, t.account_id, t.currency from touched t) k
        join credit_balances b on b.organization_id = k.organization_id and b.account_id = k.account_id and b.currency = k.currency
        where b.balance <> (select coalesce(sum(g.remaining), 0) from credit_grants g where g.organization_id = k.organization_id
                and g.account_id = k.account_id and g.currency = k.currency and g.remaining > 0)
          or not exists (select from credit_entries e where e.organization_id = k.organization_id and e.account_id = k.account_id
                and e.currency = k.currency and e.seq = b.last_seq and e.balance_after = b.balance)
        limit 1;
        if broken is not null then
          raise exception 'the credit of account % does not agree with its lots and its history', broken using errcode = 'check_violation';
        end if;
        return null;
      end $$
    `);
    this.addSql(`
      create function credit_holds_must_agree() returns trigger language plpgsql as $$
      declare broken uuid;
      begin
        select k.account_id into broken
        from (select distinct t.organization_id, t.account_id, t.currency from touched t) k
        where (select coalesce(sum(g.held), 0) from credit_grants g where g.organization_id = k.organization_id
                 and g.account_id = k.account_id and g.currency = k.currency and g.remaining > 0)
          <> (select coalesce(sum(h.amount), 0) from credit_holds h where h.organization_id = k.organization_id
                 and h.account_id = k.account_id and h.currency = k.currency and h.status = 'held')
        limit 1;
        if broken is not null then
          raise exception 'the holds of account % do not agree with its lots', broken using errcode = 'check_violation';
        end if;
        return null;
      end $$
    `);
    this.addSql(`
      create function credit_lots_must_add_up() returns trigger language plpgsql as $$
      declare broken uuid;
      begin
        select g.id into broken from (select distinct t.organization_id, t.grant_id from touched t) k
        join credit_grants g on g.organization_id = k.organization_id and g.id = k.grant_id
        where g.remaining <> (select sum(e.amount) from credit_entries e where e.organization_id = k.organization_id and e.grant_id = k.grant_id)
        limit 1;
        if broken is not null then
          raise exception 'the entries of credit grant % do not add up to what is left of it', broken using errcode = 'check_violation';
        end if;
        return null;
      end $$
    `);
    const triggers: [table: string, events: readonly string[], routine: string][] = [
      ['credit_balances', ['insert', 'update'], 'credit_must_agree'],
      ['credit_grants', ['insert', 'update'], 'credit_must_agree'],
      ['credit_grants', ['insert', 'update'], 'credit_holds_must_agree'],
      ['credit_holds', ['insert', 'update'], 'credit_holds_must_agree'],
      ['credit_entries', ['insert'], 'credit_lots_must_add_up'],
    ];
    for (const [table, events, routine] of triggers) {
      for (const event of events) {
        this.addSql(`create trigger ${table}_${routine}_${event} after ${event} on ${table}
          referencing new table as touched for each statement execute function ${routine}()`);
      }
    }
  }

  /** Accounts with credit or holds that end. Billing that is due before goes first: late runs then spend what punctual ones do. */
  private sweep(): void {
    this.addSql(
      `call show_to_sweep('credit_grants', 'organization_id, id, account_id, remaining, held, expires_at, test_clock_id')`,
    );
    this.addSql(
      `call show_to_sweep('credit_holds', 'organization_id, id, account_id, status, expires_at, test_clock_id')`,
    );
    this.addSql(`call show_to_sweep('accounts', 'organization_id, id, bill_to_account_id')`);
    this.addSql(`
      create function credit_to_expire(cutoff timestamptz, most int) returns table (organization_id uuid, account_id uuid)
      language sql stable security definer set search_path from current as $$
        select distinct c.organization_id, c.account_id from (
          (select g.organization_id, g.account_id, g.expires_at from credit_grants g
           where g.remaining > 0 and g.expires_at <= cutoff and g.test_clock_id is null order by g.expires_at limit most)
          union all
          (select h.organization_id, h.account_id, h.expires_at from credit_holds h
           where h.status = 'held' and h.expires_at <= cutoff and h.test_clock_id is null order by h.expires_at limit most)) c
        where not exists (
          select from accounts a join subscriptions s on s.organization_id = a.organization_id and s.account_id = a.id
          where a.organization_id = c.organization_id and (a.id = c.account_id or a.bill_to_account_id = c.account_id)
            and s.parked_at is null and s.next_billing_at < c.expires_at)
      $$
    `);
    this.addSql(`call own_by_sweep('credit_to_expire(timestamptz, int)')`);
  }
}
