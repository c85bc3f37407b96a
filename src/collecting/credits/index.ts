export {
  addCreditEntries,
  CreditBalances,
  type CreditKey,
  type CreditMove,
  type CreditSource,
  loadBalances,
} from './balances.ts';
export { CreditBalanceEntity, CreditEntryEntity } from './credits.entities.ts';
