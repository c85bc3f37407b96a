import { readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { modules } from '../../modules.ts';
import { buildSchema } from '../../schema.ts';

/** `perennial schema`: the API's schema as text; written to a file, or compared with one. */
export function command(): Command {
  return new Command()
    .option('--write <file>', 'write it to a file')
    .option('--check <file>', 'fail if the file says something else')
    .action(run);
}

/** The schema as it is committed: sorted, so that a change shows as a change. */
export function schemaText(): string {
  return `${printSchema(lexicographicSortSchema(buildSchema(modules)))}\n`;
}

function run(options: { write?: string; check?: string }): void {
  const text = schemaText();
  if (options.write) writeFileSync(options.write, text);
  else if (options.check) check(text, options.check);
  else process.stdout.write(text);
}

function check(text: string, file: string): void {
  if (readFileSync(file, 'utf8') === text) {
    process.stdout.write(`${file} is the schema that is built.\n`);
    return;
  }
  throw new Error(`${file} is not the schema that is built. Run: npm run schema`);
}
