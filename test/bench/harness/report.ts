import { cpus, platform, release } from 'node:os';
import type { Spread } from './rounds.ts';

/** One goal of the performance page and what was reached. */
export interface Goal {
  /** What is compared: "product / set-based SQL". */
  what: string;
  goal: string;
  measured: Spread;
  unit: 'ratio' | 'times' | 'milliseconds' | 'count';
  reached: boolean;
}

/** What one bench found. */
export interface Report {
  bench: string;
  load: string;
  goals: Goal[];
  /** Absolute rates, which say something about this machine only. */
  rates: Record<string, Spread>;
  /** Processor time of each side for 1,000 pieces, in milliseconds: what busy neighbors change least. */
  costs?: Record<string, Spread>;
  /** What was checked of the result, and what was wrong with it: a fast wrong run counts for nothing. */
  checks: string[];
  wrong: string[];
}

/** A goal that is reached when the median is at least (or at most) a bound; without one it is only told. */
export function goalOf(
  what: string,
  measured: Spread,
  bound: { atLeast?: number; atMost?: number },
  unit: Goal['unit'],
): Goal {
  const { atLeast, atMost } = bound;
  const parts = [
    ...(atLeast === undefined ? [] : [`≥ ${valueText(atLeast, unit)}`]),
    ...(atMost === undefined ? [] : [`≤ ${valueText(atMost, unit)}`]),
  ];
  const reached = measured.median >= (atLeast ?? -Infinity) && measured.median <= (atMost ?? Infinity);
  return { what, goal: parts.join(' '), measured, unit, reached };
}

function valueText(value: number, unit: Goal['unit']): string {
  if (unit === 'ratio') return `${(value * 100).toFixed(0)} %`;
  if (unit === 'times') return `${value.toFixed(2)}×`;
  if (unit === 'milliseconds') return `${value.toFixed(1)} ms`;
  return String(value);
}

/** The machine and the day: ratios travel, absolutes do not. */
export function machineLine(postgres: string): string {
  const [first] = cpus();
  const day = new Date().toISOString().slice(0, 10);
  return `${cpus().length} × ${first?.model.trim()}, ${platform()} ${release()}, Node ${process.version}, PostgreSQL ${postgres}; ${day}`;
}

/** The report as lines for people. */
export function reportLines(report: Report): string[] {
  const lines = [`${report.bench}: ${report.load}`];
  for (const goal of report.goals) {
    const { median, min, max } = goal.measured;
    const text = (value: number) => valueText(value, goal.unit);
    const range = min === max ? '' : ` (${text(min)} … ${text(max)})`;
    const word = goal.goal === '' ? 'measured' : goal.reached ? 'reached ' : 'MISSED  ';
    lines.push(`  ${word}  ${goal.what}: ${text(median)}${range}${goal.goal && `, goal ${goal.goal}`}`);
  }
  for (const [name, { median, min, max }] of Object.entries(report.rates)) {
    lines.push(`            ${name}: ${median.toFixed(0)}/s (${min.toFixed(0)} … ${max.toFixed(0)})`);
  }
  for (const [name, { median, min, max }] of Object.entries(report.costs ?? {})) {
    lines.push(`            ${name}: ${median.toFixed(0)} ms of CPU for 1,000 (${min.toFixed(0)} … ${max.toFixed(0)})`);
  }
  for (const check of report.checks) lines.push(`  checked   ${check}`);
  for (const fault of report.wrong) lines.push(`  WRONG     ${fault}`);
  return lines;
}
