export { type Examination, examineBooks, type Finding } from './examine-books.ts';
export { type Invariant, invariants } from './invariants.ts';
export { type VerifyOptions, verifyBooks } from './verify-books.ts';
