import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { refundSteps, stepsOfRun, webhookSteps, workerSteps } from '../support/fault-steps.ts';

const readme = readFileSync(join(process.cwd(), 'test/faults/README.md'), 'utf8');
const number = (text: string) => /\bS\d+\b/.exec(text)?.[0] ?? '';
const offered = readme
  .split('\n')
  .filter((line) => /^\| S\d+ /.test(line))
  .map((line) => ({ step: number(line), exists: !/\| – \|/.test(line) }));

describe('the table of steps', () => {
  it('names all of them, and each that exists is killed in every run', () => {
    expect(offered.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, index) => `S${index}`));
    const killed = new Set(
      stepsOfRun([...workerSteps, ...refundSteps, ...webhookSteps]).map(({ name }) => number(name)),
    );
    expect(offered.filter(({ exists }) => exists).map(({ step }) => step)).toEqual(
      [...killed].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    );
  });
});
