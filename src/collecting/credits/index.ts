export { CreditBalances } from './balances.ts';
export type { CreditFactData, CreditFactType } from './credit-facts.ts';
export { type CreditKey, type CreditMove, type CreditSource, creditKeyOf, type GrantTerms } from './credit-moves.ts';
export {
  CreditBalanceEntity,
  CreditEntryEntity,
  CreditGrantEntity,
  type CreditGrantRow,
} from './credits.entities.ts';
export { CreditGrantStatusEnum, CreditLineKindEnum } from './credits.enums.ts';
export { CreditGrant, CreditHold, CreditHoldAnswer } from './credits.graphql.ts';
export {
  creditAmountInput,
  type GrantCreditInput,
  type HoldCreditInput,
  lineKindsInput,
  priorityInput,
  reasonInput,
} from './credits.inputs.ts';
export { showGrant, showHold } from './credits.resolver.ts';
export { endHold, keepHold, nameOrder, releaseHold, releaseHoldsOn } from './end-hold.ts';
export { endLot, postEnded, postEndTakenBack } from './end-lot.ts';
export { expireCredit } from './expire-credit.ts';
export { grantCredit } from './grant-credit.ts';
export { holdCredit } from './hold-credit.ts';
export { addCreditEntries, loadBalances } from './load-balances.ts';
export { endHoldsOver, loadSpendable, type SpendableCredit } from './load-spendable.ts';
export { freeOf, type Lot } from './lots.ts';
export { returnCredit } from './return-credit.ts';
export { withdrawCredit } from './withdraw-credit.ts';
