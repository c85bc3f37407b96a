export { type Invariant, invariants } from './invariants.ts';
export { type Finding, type VerifyOptions, verifyBooks } from './verify-books.ts';
