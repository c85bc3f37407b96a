import { invalidInput } from '../platform/errors.ts';
import type { AccountRow } from './accounts.entities.ts';

/** INVALID_INPUT for an exemption of an account that is not exempt: it would say something that does not hold. */
export function refuseIdleExemption({ taxExempt, taxExemption }: Pick<AccountRow, 'taxExempt' | 'taxExemption'>): void {
  if (!taxExemption || taxExempt) return;
  throw invalidInput(
    ['input', 'taxExemption'],
    'Only an account that is exempt has an exemption; clear it, or set taxExempt.',
  );
}
