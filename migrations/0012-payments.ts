import { Migration } from '@mikro-orm/migrations';

/** Money that moves: a payment (one aim to collect), its attempts at the provider, its applications to invoices, refunds. */
export class Payments extends Migration {
  override up(): void {
    this.addSql(`
      create table payment_methods (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        account_id uuid not null,
        provider text not null check (provider in ('stripe', 'sandbox')),
        provider_ref text not null,
        type text not null,
        brand text,
        last4 text,
        exp_month int check (exp_month between 1 and 12),
        exp_year int,
        is_default boolean not null default false,
        detached_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        check (not (is_default and detached_at is not null))
      )
    `);
    this.addSql(
      `create unique index payment_methods_provider_ref_key on payment_methods (organization_id, provider, provider_ref) where provider <> 'sandbox'`,
    );
    this.addSql(
      `create unique index payment_methods_one_default on payment_methods (organization_id, account_id) where is_default`,
    );
    this.addSql(`create index payment_methods_by_account on payment_methods (organization_id, account_id)`);
    this.addSql(`call fence_tenant_table('payment_methods', 'select, insert, update')`);

    this.addSql(`
      create table payments (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        account_id uuid not null,
        test_clock_id uuid,
        provider text not null check (provider in ('stripe', 'sandbox', 'manual')),
        provider_ref text,
        status text not null check (status in
          ('pending', 'unknown', 'requires_action', 'requires_capture', 'succeeded', 'failed', 'canceled', 'reversed')),
        amount bigint not null check (amount > 0),
        currency text not null check (currency ~ '^[A-Z]{3}$'),
        amount_refunded bigint not null default 0 check (amount_refunded >= 0 and amount_refunded <= amount),
        payment_method_id uuid,
        off_session boolean not null,
        capture_method text not null check (capture_method in ('automatic', 'manual')),
        manual_kind text check (manual_kind in ('cash', 'check', 'bank_transfer', 'other')),
        reference text,
        notes text,
        failure_code text,
        failure_message text,
        decline_class text,
        next_attempt_at timestamptz,
        claimed_until timestamptz,
        lookups int not null default 0,
        refused_since timestamptz,
        capture_amount bigint check (capture_amount > 0 and capture_amount <= amount),
        cancel_requested_at timestamptz,
        cancel_reason text check (cancel_reason in ('requested', 'settled', 'superseded')),
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        settled_at timestamptz,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, payment_method_id) references payment_methods (organization_id, id),
        check ((status in ('succeeded', 'reversed')) = (settled_at is not null)),
        check (status not in ('succeeded', 'canceled', 'reversed') or next_attempt_at is null),
        check (status <> 'failed' or next_attempt_at is null or cancel_requested_at is not null),
        check ((cancel_requested_at is null) = (cancel_reason is null))
      )
    `);
    this.addSql(
      `create unique index payments_provider_ref_key on payments (organization_id, provider, provider_ref) where provider_ref is not null and provider <> 'manual'`,
    );
    this.addSql(`create index payments_by_creation on payments (organization_id, created_at, id)`);
    this.addSql(`create index payments_by_account on payments (organization_id, account_id, created_at, id)`);
    this.addSql(
      `create index payments_to_attempt on payments (next_attempt_at, id) where next_attempt_at is not null and test_clock_id is null`,
    );
    this.addSql(
      `create index payments_to_attempt_on_clocks on payments (organization_id, test_clock_id, next_attempt_at, id) where next_attempt_at is not null and test_clock_id is not null`,
    );
    this.addSql(`call fence_tenant_table('payments', 'select, insert, update')`);

    this.addSql(`
      create table payment_attempts (
        organization_id uuid not null,
        id uuid not null,
        payment_id uuid not null,
        attempt_no int not null check (attempt_no > 0),
        provider text not null,
        provider_ref text,
        payment_method_id uuid,
        off_session boolean not null,
        follows_action boolean not null,
        status text not null check (status in
          ('pending', 'unknown', 'requires_action', 'requires_capture', 'succeeded', 'failed', 'canceled')),
        processing boolean not null,
        amount bigint not null check (amount > 0),
        failure_code text,
        failure_message text,
        advice_code text,
        client_secret text,
        at timestamptz not null,
        finished_at timestamptz,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, payment_id, attempt_no),
        foreign key (organization_id, payment_id) references payments (organization_id, id)
      )
    `);
    this.addSql(`create unique index payment_attempts_one_in_flight on payment_attempts (organization_id, payment_id)
      where status in ('pending', 'unknown', 'requires_action', 'requires_capture', 'succeeded')`);
    this.addSql(
      `create index payment_attempts_by_provider_ref on payment_attempts (organization_id, provider, provider_ref) where provider_ref is not null`,
    );
    this.addSql(`call fence_tenant_table('payment_attempts', 'select, insert, update')`);

    this.addSql(`
      create table payment_applications (
        organization_id uuid not null,
        id uuid not null,
        payment_id uuid not null,
        invoice_id uuid not null,
        installment_id uuid,
        amount bigint not null check (amount > 0),
        status text not null check (status in ('pending', 'applied', 'released', 'reversed')),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, payment_id, invoice_id),
        foreign key (organization_id, payment_id) references payments (organization_id, id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id)
      )
    `);
    this.addSql(`create unique index payment_applications_one_in_flight on payment_applications
      (organization_id, invoice_id, coalesce(installment_id, '00000000-0000-0000-0000-000000000000')) where status = 'pending'`);
    this.addSql(`create index payment_applications_by_invoice on payment_applications (organization_id, invoice_id)`);
    this.addSql(`call fence_tenant_table('payment_applications', 'select, insert, update')`);

    this.addSql(`
      create table refunds (
        organization_id uuid not null,
        id uuid not null,
        payment_id uuid not null,
        amount bigint not null check (amount > 0),
        currency text not null,
        status text not null check (status in
          ('requested', 'rejected', 'approved', 'pending', 'unknown', 'requires_action', 'succeeded', 'failed', 'canceled')),
        reason text,
        provider text not null,
        provider_ref text,
        failure_code text,
        requested_by text not null,
        approved_by text,
        approval_required boolean not null,
        credit_withdrawn bigint not null default 0 check (credit_withdrawn >= 0 and credit_withdrawn <= amount),
        next_attempt_at timestamptz,
        claimed_until timestamptz,
        lookups int not null default 0,
        refused_since timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        settled_at timestamptz,
        recorded_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, payment_id) references payments (organization_id, id),
        check (not approval_required or status in ('requested', 'rejected', 'canceled') or (approved_by is not null and approved_by <> requested_by))
      )
    `);
    this.addSql(
      `create unique index refunds_provider_ref_key on refunds (organization_id, provider, provider_ref) where provider_ref is not null and provider <> 'manual'`,
    );
    this.addSql(`create index refunds_by_payment on refunds (organization_id, payment_id)`);
    this.addSql(`create index refunds_to_attempt on refunds (next_attempt_at, id) where next_attempt_at is not null`);
    this.addSql(`call fence_tenant_table('refunds', 'select, insert, update')`);

    this.addSql(
      `call show_to_sweep('payments', 'organization_id, id, account_id, test_clock_id, next_attempt_at, claimed_until, status, failure_code')`,
    );
    this.addSql(
      `call show_to_sweep('refunds', 'organization_id, id, next_attempt_at, claimed_until, status, failure_code')`,
    );
    this.addSql(`
      create function payments_to_attempt(cutoff timestamptz, most int) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        (select p.organization_id, p.id from payments p
         where p.next_attempt_at is not null and p.next_attempt_at <= cutoff and p.test_clock_id is null
           and (p.claimed_until is null or p.claimed_until <= cutoff)
         order by p.next_attempt_at, p.id limit most)
        union all
        (select p.organization_id, p.id from payments p
         join test_clocks c on c.organization_id = p.organization_id and c.id = p.test_clock_id
         where p.next_attempt_at is not null and p.test_clock_id is not null and p.next_attempt_at <= c.now_at
           and (p.claimed_until is null or p.claimed_until <= cutoff)
         order by p.next_attempt_at, p.id limit most)
      $$
    `);
    this.addSql(`call own_by_sweep('payments_to_attempt(timestamptz, int)')`);
    this.addSql(`
      create function refunds_to_attempt(cutoff timestamptz, most int) returns table (organization_id uuid, id uuid)
      language sql stable security definer set search_path from current as $$
        select r.organization_id, r.id from refunds r
        where r.next_attempt_at is not null and r.next_attempt_at <= cutoff
          and (r.claimed_until is null or r.claimed_until <= cutoff) order by r.next_attempt_at, r.id limit most
      $$
    `);
    this.addSql(`call own_by_sweep('refunds_to_attempt(timestamptz, int)')`);
    this.addSql(`
      create function payments_in_doubt() returns bigint
      language sql stable security definer set search_path from current as $$ select count(*) from payments p where p.status = 'unknown' $$
    `);
    this.addSql(`call own_by_sweep('payments_in_doubt()')`);
    for (const table of ['payments', 'refunds']) {
      this.addSql(
        `create index ${table}_stalled on ${table} (organization_id, id) where failure_code in ('provider_disconnected', 'provider_access_refused') and next_attempt_at is null`,
      );
    }
    this.addSql(`
      create function stalled_payments() returns bigint
      language sql stable security definer set search_path from current as $$
        select (select count(*) from payments p where p.failure_code in ('provider_disconnected', 'provider_access_refused') and p.next_attempt_at is null
            and p.status in ('pending', 'unknown', 'requires_action', 'requires_capture'))
          + (select count(*) from refunds r where r.failure_code in ('provider_disconnected', 'provider_access_refused') and r.next_attempt_at is null
            and r.status in ('approved', 'pending', 'unknown', 'requires_action'))
      $$
    `);
    this.addSql(`call own_by_sweep('stalled_payments()')`);
    this.addSql(`grant select (now_at) on test_clocks to perennial_sweep`);
  }
}
