import { conflict, DomainError } from './errors.ts';
import type { Module } from './module.ts';
import { sqlState } from './transact.ts';

/**
 * A violated database constraint as the refusal it means to the caller. What no module has named is a fault of ours and
 * stays one, but for two: an overlapping billed period and a change of something frozen.
 */
export function constraintErrors(modules: readonly Module[]): (error: unknown) => unknown {
  const known = new Map(modules.flatMap((module) => Object.entries(module.constraints ?? {})));
  return (error) => {
    const state = sqlState(error);
    if (!state?.startsWith('23')) return error;
    const name = (error as { constraint?: string }).constraint ?? '';
    const meaning = known.get(name);
    if (meaning) return new DomainError(meaning.code, meaning.message, meaning.path ? { path: meaning.path } : {});
    if (state === '23P01') return conflict('This period is billed already.');
    if (state === '23001')
      return new DomainError('IMMUTABLE', 'The object is published or final and can no longer change.');
    return error;
  };
}
