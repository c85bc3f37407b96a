import { Migration } from '@mikro-orm/migrations';

/**
 * What rules of our own look at beside the books of the contract: views with the rights of whoever reads. First, credit that is not to be
 * spent for now, with the invoice that it came from: what it gives back to, or was bought by.
 */
export class FrozenCredits extends Migration {
  override name = '0097-frozen-credits';

  override up(): void {
    this.addSql('create schema books');
    this.addSql('grant usage on schema books to conformance_reader');
    this.addSql(`
      create view books.frozen_credits with (security_invoker = true) as
      select g.id::text, g.organization_id::text as org_id, g.source_type, coalesce(t.invoice_id, g.source_id)::text as invoice_id
      from public.credit_grants g
      left join public.credit_top_ups t on t.organization_id = g.organization_id and t.id = g.source_id and g.source_type = 'top_up'
      where g.frozen_at is not null and g.remaining > 0
    `);
    this.addSql('grant select on books.frozen_credits to conformance_reader');
  }

  override down(): void {
    this.addSql('drop schema books cascade');
  }
}
