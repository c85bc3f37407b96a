import { Migration } from '@mikro-orm/migrations';

/** What credit notes gave back into the lots that their invoice had spent: there it keeps its end and its limits. */
export class NotesIntoLots extends Migration {
  override up(): void {
    this.addSql(`
      create table credit_note_returns (
        organization_id uuid not null,
        id uuid not null,
        credit_note_id uuid not null,
        grant_id uuid not null,
        amount bigint not null check (amount > 0),
        ended_at timestamptz,
        created_at timestamptz not null,
        primary key (organization_id, id),
        unique (organization_id, credit_note_id, grant_id),
        foreign key (organization_id, credit_note_id) references credit_notes (organization_id, id),
        foreign key (organization_id, grant_id) references credit_grants (organization_id, id)
      )
    `);
    this.addSql('create index credit_note_returns_by_grant on credit_note_returns (organization_id, grant_id)');
    this.addSql(`call fence_tenant_table('credit_note_returns', 'select, insert')`);
  }
}
