import { Migration } from '@mikro-orm/migrations';

/** Which credit refunds took, lot by lot, so that a refund that fails gives it back to where it came from; and why notes take no tax back. */
export class CreditOfRefunds extends Migration {
  override up(): void {
    this.addSql(`
      create table refund_withdrawals (
        organization_id uuid not null,
        id uuid not null,
        refund_id uuid not null,
        grant_id uuid not null,
        amount bigint not null check (amount > 0),
        restored_at timestamptz,
        created_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, refund_id, grant_id),
        foreign key (organization_id, refund_id) references refunds (organization_id, id),
        foreign key (organization_id, grant_id) references credit_grants (organization_id, id)
      )
    `);
    this.addSql(`call fence_tenant_table('refund_withdrawals', 'select, insert, update')`);
    this.addSql(`
      alter table credit_note_taxes add column treatment text not null default 'taxed' check (treatment in ('taxed', 'reverse_charge'))
    `);
  }
}
