import { newId } from '../../platform/id.ts';
import type { Work } from '../../platform/work.ts';
import type { Posting } from '../../rules/posting.ts';
import { LedgerEntryEntity } from './ledger.entities.ts';

/** One ledger transaction: what happened to which source, and its entries (rules/posting), which balance. */
export interface LedgerPosting {
  organizationId: string;
  /** `invoice`, `payment`, `refund` …: the kind of `sourceId`. */
  sourceType: string;
  sourceId: string;
  /** What about the source is posted: `finalize`, `void`, `settle:<invoice>` …; once for each source. */
  effect: string;
  /** The instant on the account's clock. */
  at: Date;
  entries: Posting;
}

/**
 * Gathers ledger transactions. The database refuses one that does not balance, and a second one for the same source
 * and effect (`ledger_posted_once`). A posting without entries moves nothing and leaves nothing. In a rehearsal nothing is
 * gathered: no verb reads the ledger, and nobody will see it.
 */
export function post(work: Work, postings: readonly LedgerPosting[]): void {
  if (work.rehearsal) return;
  for (const posting of postings) {
    if (posting.entries.length === 0) continue;
    const transactionId = newId();
    work.insert(
      LedgerEntryEntity,
      posting.entries.map((entry) => ({
        organizationId: posting.organizationId,
        transactionId,
        account: entry.account,
        currency: entry.currency,
        amount: entry.amountMinor,
        sourceType: posting.sourceType,
        sourceId: posting.sourceId,
        effect: posting.effect,
        at: posting.at,
        recordedAt: work.recordedAt,
      })),
    );
  }
}
