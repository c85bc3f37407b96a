import { Migration } from '@mikro-orm/migrations';

/**
 * What a document looked like when it was issued stays: brandings become versions that are only added, and each legal
 * entity says which one its next documents wear. Brandings of before are version 0, which older documents wear.
 */
export class FrozenDress extends Migration {
  override name = '0063-frozen-dress';

  override up(): void {
    this.addSql(
      `alter table legal_entities add column branding_version int not null default 0 check (branding_version >= 0)`,
    );
    // A logo stays with the version that brought it: the others name that one instead of carrying it along.
    this.addSql(`
      alter table document_brandings drop constraint document_brandings_pkey, drop column updated_at,
        add column version int not null default 0 check (version >= 0), add column logo_version int,
        add primary key (organization_id, legal_entity_id, version),
        add foreign key (organization_id, legal_entity_id, logo_version) references document_brandings (organization_id, legal_entity_id, version)
    `);
    this.addSql('alter table document_brandings no force row level security');
    this.addSql('update document_brandings set logo_version = 0 where logo is not null');
    this.addSql('alter table document_brandings force row level security');
    this.addSql('alter table document_brandings alter column version drop default');
    this.addSql('revoke update on document_brandings from perennial_runtime');
    this.addSql(
      'create trigger document_brandings_are_kept before update or delete on document_brandings for each row execute function refuse_change()',
    );
  }
}
