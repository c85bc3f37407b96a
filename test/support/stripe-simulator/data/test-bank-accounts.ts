/** What a debit of a US test bank account comes to (docs.stripe.com/payments/ach-direct-debit, "test account numbers"). */
export interface TestBankAccount {
  name: string;
  number: string;
  /** `stuck` stays in processing until the test ends it. */
  outcome: 'succeeds' | 'fails' | 'stuck';
  failureCode?: string;
}

const ACCOUNTS: TestBankAccount[] = [
  { name: 'pm_usBankAccount_success', number: '000123456789', outcome: 'succeeds' },
  { name: 'pm_usBankAccount_accountClosed', number: '000111111113', outcome: 'fails', failureCode: 'account_closed' },
  { name: 'pm_usBankAccount_noAccount', number: '000111111116', outcome: 'fails', failureCode: 'no_account' },
  {
    name: 'pm_usBankAccount_insufficientFunds',
    number: '000222222227',
    outcome: 'fails',
    failureCode: 'insufficient_funds',
  },
  {
    name: 'pm_usBankAccount_debitNotAuthorized',
    number: '000333333335',
    outcome: 'fails',
    failureCode: 'debit_not_authorized',
  },
  { name: 'pm_usBankAccount_processing', number: '000000000009', outcome: 'stuck' },
];

/** The one test routing number. */
export const TEST_ROUTING_NUMBER = '110000000';
/** The code a microdeposit's statement line shows in test mode. */
export const TEST_DESCRIPTOR_CODE = 'SM11AA';
/** The two amounts (cents) of microdeposits in test mode. */
export const TEST_MICRODEPOSITS: readonly number[] = [32, 45];
/** How long a debit is processing, in seconds (observed: about 20). */
export const DEBIT_PROCESSING_SECONDS = 20;

/** By `pm_usBankAccount_…`. */
export function findTestBankAccount(name: string): TestBankAccount | undefined {
  return ACCOUNTS.find((account) => account.name === name);
}

/** By account number; an unknown number behaves like the successful one. */
export function bankAccountByNumber(number: string): TestBankAccount {
  return ACCOUNTS.find((account) => account.number === number) ?? { ...ACCOUNTS[0]!, number };
}
