import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ADAPTERS } from './adapters/index.ts';
import { type Case, formatReport, hasFailures, InvalidCases, readCases, runCases } from './core.ts';
import { isOptionalPolicy } from './policies.ts';

const USAGE = 'usage: npm run --silent conformance -- <case file or folder>';

/** The case files of a path: itself, or the JSON files of a folder but for the schema that describes them. */
function caseFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.json') && name !== 'schema.json');
  if (names.length === 0) throw new InvalidCases('the folder has no case files');
  return names.sort().map((name) => join(path, name));
}

/** Exit 0: all offered cases passed. 1: a case failed. 2: the path cannot be read or is not a case file. */
function main(argument: string | undefined): number {
  if (argument === undefined) {
    console.error(USAGE);
    return 2;
  }
  const cases: Case[] = [];
  let reading = resolve(argument);
  try {
    for (const file of caseFiles(reading)) {
      reading = file;
      cases.push(...readCases(readFileSync(file, 'utf8')));
    }
  } catch (error) {
    console.error(`${reading}: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  }
  const report = runCases(cases, ADAPTERS, isOptionalPolicy);
  for (const line of formatReport(report)) console.log(line);
  return hasFailures(report) ? 1 : 0;
}

process.exitCode = main(process.argv[2]);
