import { Migration } from '@mikro-orm/migrations';

/** Coupons, the codes that lead to them, who has been given one, and what each took off which invoice and line. */
export class Discounts extends Migration {
  override up(): void {
    this.addSql(`
      create table coupons (
        organization_id uuid not null references organizations (id),
        id uuid not null,
        name text not null,
        kind text not null check (kind in ('fixed', 'percentage')),
        amount bigint check (amount > 0),
        currency text check (currency ~ '^[A-Z]{3}$'),
        percent numeric check (percent > 0 and percent <= 100),
        frequency text not null check (frequency in ('once', 'repeating', 'forever')),
        periods int check (periods between 1 and 1200),
        max_redemptions int check (max_redemptions > 0),
        redeemed int not null default 0 check (redeemed >= 0),
        redeem_by timestamptz,
        once_per_account boolean not null,
        archived_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        check ((kind = 'fixed') = (amount is not null) and (amount is null) = (currency is null)),
        check ((kind = 'percentage') = (percent is not null)),
        check ((frequency = 'repeating') = (periods is not null)),
        constraint coupons_not_over_redeemed check (redeemed <= max_redemptions)
      )
    `);
    this.addSql(`create index coupons_by_creation on coupons (organization_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('coupons', 'select, insert, update')`);

    this.addSql(`
      create table coupon_plans (
        organization_id uuid not null,
        coupon_id uuid not null,
        plan_id uuid not null,
        primary key (organization_id, coupon_id, plan_id),
        foreign key (organization_id, coupon_id) references coupons (organization_id, id),
        foreign key (organization_id, plan_id) references plans (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('coupon_plans', 'select, insert')`);

    this.addSql(`
      create table promotion_codes (
        organization_id uuid not null,
        id uuid not null,
        coupon_id uuid not null,
        code text not null,
        max_redemptions int check (max_redemptions > 0),
        redeemed int not null default 0 check (redeemed >= 0),
        expires_at timestamptz,
        first_purchase_only boolean not null,
        minimum_amount bigint check (minimum_amount > 0),
        minimum_currency text check (minimum_currency ~ '^[A-Z]{3}$'),
        deactivated_at timestamptz,
        metadata jsonb not null default '{}',
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, coupon_id) references coupons (organization_id, id),
        check ((minimum_amount is null) = (minimum_currency is null)),
        constraint promotion_codes_not_over_redeemed check (redeemed <= max_redemptions)
      )
    `);
    this.addSql(`create unique index promotion_codes_code_key on promotion_codes (organization_id, upper(code))`);
    this.addSql(
      `create index promotion_codes_by_coupon on promotion_codes (organization_id, coupon_id, created_at, id)`,
    );
    this.addSql(`create index promotion_codes_by_creation on promotion_codes (organization_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('promotion_codes', 'select, insert, update')`);

    // What a coupon gives is fixed once it is made: a discount that was given is never another one later.
    this.addSql(`
      create function coupons_keep_their_terms() returns trigger language plpgsql as $$
      begin
        if (new.kind, new.amount, new.currency, new.percent, new.frequency, new.periods, new.once_per_account)
           is distinct from (old.kind, old.amount, old.currency, old.percent, old.frequency, old.periods, old.once_per_account) then
          raise exception 'what a coupon gives does not change' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$
    `);
    this.addSql(
      `create trigger coupons_frozen before update on coupons for each row execute function coupons_keep_their_terms()`,
    );
    this.given();
    this.taken();
  }

  /** Who has been given which coupon. */
  private given(): void {
    this.addSql(`
      create table discounts (
        organization_id uuid not null,
        id uuid not null,
        coupon_id uuid not null,
        promotion_code_id uuid,
        account_id uuid not null,
        subscription_id uuid,
        status text not null check (status in ('active', 'used_up', 'removed')),
        position int not null,
        used_amount bigint not null default 0 check (used_amount >= 0),
        used_times int not null default 0 check (used_times >= 0),
        covered_until timestamptz,
        period_used bigint not null default 0,
        started_at timestamptz not null,
        ended_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, coupon_id) references coupons (organization_id, id),
        foreign key (organization_id, promotion_code_id) references promotion_codes (organization_id, id),
        foreign key (organization_id, account_id) references accounts (organization_id, id),
        foreign key (organization_id, subscription_id) references subscriptions (organization_id, id),
        check ((status = 'active') = (ended_at is null))
      )
    `);
    this.addSql(`create index discounts_by_account on discounts (organization_id, account_id, created_at, id)`);
    this.addSql(
      `create index discounts_by_subscription on discounts (organization_id, subscription_id, position) where subscription_id is not null`,
    );
    this.addSql(`create index discounts_by_coupon on discounts (organization_id, coupon_id, created_at, id)`);
    this.addSql(`call fence_tenant_table('discounts', 'select, insert, update')`);
  }

  /** What discounts took of invoices: frozen with them. */
  private taken(): void {
    this.addSql(`
      create table invoice_discounts (
        organization_id uuid not null,
        id uuid not null,
        invoice_id uuid not null,
        discount_id uuid not null,
        position int not null,
        coupon_name text not null,
        terms jsonb not null,
        offered bigint,
        amount bigint not null check (amount >= 0),
        returned bigint not null default 0 check (returned >= 0 and returned <= amount),
        covers_until timestamptz,
        consumes boolean not null,
        skipped text check (skipped in ('currency')),
        created_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, invoice_id, discount_id),
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade,
        foreign key (organization_id, discount_id) references discounts (organization_id, id),
        check (skipped is null or amount = 0)
      )
    `);
    this.addSql(`create index invoice_discounts_by_discount on invoice_discounts (organization_id, discount_id)`);
    this.addSql(`call fence_tenant_table('invoice_discounts', 'select, insert, update, delete')`);

    this.addSql(`
      create table invoice_line_discounts (
        organization_id uuid not null,
        invoice_line_id uuid not null,
        invoice_discount_id uuid not null,
        invoice_id uuid not null,
        amount bigint not null check (amount > 0),
        primary key (organization_id, invoice_line_id, invoice_discount_id),
        foreign key (organization_id, invoice_line_id) references invoice_lines (organization_id, id) on delete cascade,
        foreign key (organization_id, invoice_discount_id) references invoice_discounts (organization_id, id) on delete cascade,
        foreign key (organization_id, invoice_id) references invoices (organization_id, id) on delete cascade
      )
    `);
    this.addSql(
      `create index invoice_line_discounts_by_invoice on invoice_line_discounts (organization_id, invoice_id)`,
    );
    this.addSql(`call fence_tenant_table('invoice_line_discounts', 'select, insert, delete')`);
    for (const table of ['invoice_discounts', 'invoice_line_discounts']) this.freeze(table);
  }

  /** As the lines of an invoice are: written before it is final, and kept. */
  private freeze(table: string): void {
    this.addSql(`
      create function ${table}_follow_their_invoice() returns trigger language plpgsql as $$
      begin
        if exists (select from invoices i where i.organization_id = old.organization_id and i.id = old.invoice_id and i.finalized_at is not null) then
          raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
        end if;
        return coalesce(new, old);
      end $$
    `);
    this.addSql(
      `create trigger ${table}_frozen before update or delete on ${table} for each row execute function ${table}_follow_their_invoice()`,
    );
    this.addSql(`
      create function ${table}_come_before_finalization() returns trigger language plpgsql as $$
      begin
        if exists (select from (select distinct a.organization_id, a.invoice_id from added a) t
                   join invoices i on i.organization_id = t.organization_id and i.id = t.invoice_id
                   where i.finalized_at is not null and i.finalized_in is distinct from pg_current_xact_id()) then
          raise exception 'a finalized invoice does not change' using errcode = 'restrict_violation';
        end if;
        return null;
      end $$
    `);
    this.addSql(`
      create trigger ${table}_in_time after insert on ${table} referencing new table as added
        for each statement execute function ${table}_come_before_finalization()
    `);
  }
}
