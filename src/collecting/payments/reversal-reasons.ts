import type { DeclineClass } from '../../rules/dunning.ts';

/** Why money that had come in is gone again. */
export const reversalReasons = [
  'insufficient_funds',
  'account_closed',
  'not_authorized',
  'recalled',
  'recorded_by_mistake',
  'other',
] as const;
export type ReversalReason = (typeof reversalReasons)[number];

/**
 * What a reversal means for collecting: want of funds may pass by itself; an account that is closed, or a debit that its
 * owner does not want, needs another method. Null where nothing was ever tried.
 */
export function declineOfReversal(reason: ReversalReason): DeclineClass | null {
  switch (reason) {
    case 'account_closed':
    case 'not_authorized':
    case 'recalled':
      return 'new_card';
    case 'recorded_by_mistake':
      return null;
    default:
      return 'soft';
  }
}
