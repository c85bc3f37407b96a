import { Migration } from '@mikro-orm/migrations';

/** One-off prices, add-ons, minimum commitments, and what a subscription pays instead of the price of its plan. */
export class Prices extends Migration {
  override up(): void {
    this.addSql(`alter table plans add column kind text not null default 'base' check (kind in ('base', 'add_on'))`);
    // Amounts of minor units by currency, as texts: JSON has no bigint.
    this.addSql(`alter table plan_versions add column minimum_commitments jsonb not null default '{}'`);
    this.addSql(`alter table prices drop constraint prices_billing_mode_check`);
    this.addSql(
      `alter table prices add constraint prices_billing_mode_check check (billing_mode in ('advance', 'arrears', 'once'))`,
    );

    this.addSql(`
      create table price_overrides (
        organization_id uuid not null,
        id uuid not null,
        price_id uuid not null,
        model text not null,
        parameters jsonb not null,
        created_at timestamptz not null,
        primary key (organization_id, id),
        foreign key (organization_id, price_id) references prices (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('price_overrides', 'select, insert')`);
    this.addSql(
      `create trigger price_overrides_are_kept before update or delete on price_overrides for each row execute function refuse_change()`,
    );

    this.addSql(`alter table subscription_items drop constraint subscription_items_billing_mode_check`);
    this.addSql(
      `alter table subscription_items add constraint subscription_items_billing_mode_check check (billing_mode in ('advance', 'arrears', 'once'))`,
    );
    this.addSql(`
      alter table subscription_items
        add column price_override_id uuid,
        add column billed_once_at timestamptz,
        add constraint subscription_items_price_override_fkey
          foreign key (organization_id, price_override_id) references price_overrides (organization_id, id),
        add constraint subscription_items_billed_once_check check (billed_once_at is null or billing_mode = 'once')
    `);
    // What is billed once has no periods to be billed without a gap.
    this.addSql(`
      create or replace view conformance.subscription_items with (security_invoker = true) as
        select id::text, organization_id::text as org_id, subscription_id::text,
          case billing_mode when 'once' then 'usage_only' else billing_mode end as billing_mode, active_from, active_to
        from public.subscription_items
    `);

    this.addSql(`
      alter table charges
        add column price_id uuid,
        add constraint charges_price_fkey foreign key (organization_id, price_id) references prices (organization_id, id)
    `);
  }
}
