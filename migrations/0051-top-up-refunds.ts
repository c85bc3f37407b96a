import { Migration } from '@mikro-orm/migrations';

/** What refunds of bought credit took back of it: `waiting` until the credit is given, `restored` once the refund failed. */
export class TopUpRefunds extends Migration {
  override up(): void {
    this.addSql(`
      create table credit_top_up_refunds (
        organization_id uuid not null,
        id uuid not null,
        refund_id uuid not null,
        top_up_id uuid not null,
        money bigint not null check (money > 0),
        credit bigint not null check (credit >= 0),
        status text not null check (status in ('waiting', 'taken', 'restored')),
        created_at timestamptz not null,
        updated_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, refund_id, top_up_id),
        foreign key (organization_id, refund_id) references refunds (organization_id, id),
        foreign key (organization_id, top_up_id) references credit_top_ups (organization_id, id)
      )
    `);
    this.addSql(`create index credit_top_up_refunds_by_top_up on credit_top_up_refunds (organization_id, top_up_id)`);
    this.addSql(`call fence_tenant_table('credit_top_up_refunds', 'select, insert, update')`);
  }
}
