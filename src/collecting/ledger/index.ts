export { LedgerEntryEntity, type LedgerEntryRow } from './ledger.entities.ts';
export { countPostings, type LedgerBalance, readLedgerBalances, readPostings } from './ledger.queries.ts';
export { type LedgerPosting, post } from './post.ts';
