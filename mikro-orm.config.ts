import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { defineConfig } from '@mikro-orm/postgresql';
import { loadConfig } from './src/config.ts';
import { MIGRATIONS_TABLE } from './src/platform/migrate.ts';

/** For the ORM's own command line (comparing entities with a database); the product migrates by `perennial migrate`. */
export default defineConfig({
  clientUrl: loadConfig('owner').database?.ownerUrl ?? '',
  entities: ['dist/src/**/*.entities.js'],
  entitiesTs: ['src/**/*.entities.ts'],
  metadataProvider: ReflectMetadataProvider,
  extensions: [Migrator],
  migrations: { tableName: MIGRATIONS_TABLE, path: 'dist/migrations', pathTs: 'migrations', snapshot: false },
});
