import { Migration } from '@mikro-orm/migrations';

/** Until when links to documents have been taken back, by organization: one that was given out by then opens nothing. */
export class LinkRevocations extends Migration {
  override name = '0064-link-revocations';

  override up(): void {
    this.addSql(`
      create table document_link_revocations (
        organization_id uuid primary key references organizations (id),
        revoked_at timestamptz not null
      )
    `);
    this.addSql(`call fence_tenant_table('document_link_revocations', 'select, insert, update')`);
  }
}
