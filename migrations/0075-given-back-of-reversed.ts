import { Migration } from '@mikro-orm/migrations';

/**
 * A payment whose money goes after some of it was given back: the books see money that came in, what was given back, and the
 * rest withheld; what the bank took beyond that stands on an account of its own, and what notes had given back is asked for anew.
 * What the checks say of rows that are there already is looked at later, while others work (`0091-checks-of-given-back`).
 */
export class GivenBackOfReversed extends Migration {
  override up(): void {
    this.addSql(`
      alter table payments add column reversed_after_refund boolean not null default false,
        add constraint payments_reversed_after_refund check (not reversed_after_refund or status = 'reversed') not valid
    `);
    this.addSql(`alter table invoices drop constraint invoices_reason_check`);
    this.addSql(`alter table invoices add constraint invoices_reason_check
      check (reason in ('subscription_created', 'subscription_cycle', 'subscription_change', 'subscription_ended', 'manual', 'top_up', 'payment_reversed')) not valid`);
    this.addSql(`alter table ledger_entries drop constraint ledger_entries_account_check`);
    this.addSql(`alter table ledger_entries add constraint ledger_entries_account_check check (account in
      ('receivable', 'cash', 'revenue', 'deferred_revenue', 'tax_payable', 'credits', 'bad_debt', 'refunds', 'disputed', 'promotions', 'breakage', 'overdrawn')) not valid`);
    this.addSql(`
      create or replace view conformance.payments with (security_invoker = true) as
      select id::text, organization_id::text as org_id, account_id::text, provider,
        case when reversed_after_refund then 'succeeded' else status end as status,
        amount, currency, created_at, settled_at, recorded_at
      from public.payments
    `);
    this.addSql(`
      create or replace view conformance.disputes with (security_invoker = true) as
      select id::text, organization_id::text as org_id, id::text as payment_id, amount, currency, 'lost'::text as status,
        amount - amount_refunded as funds_withdrawn, null::text as provider_ref
      from public.payments where reversed_after_refund
    `);
  }
}
