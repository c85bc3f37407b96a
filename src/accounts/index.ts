/** Who: organizations, members, API keys, accounts, test clocks. Everything other modules may use. */
export * from './accounts.entities.ts';
export { Account, Address, CustomFieldObject, TaxIdObject, TaxIdType, toAccount } from './accounts.graphql.ts';
export type {
  CreateAccountInput,
  CreateMemberInput,
  CreateOrganizationInput,
  UpdateAccountInput,
  UpdateOrganizationInput,
} from './accounts.inputs.ts';
export {
  billingAddressInput,
  currencyInput,
  customFieldsInput,
  emailInput,
  graceDaysInput,
  netDaysInput,
  purchaseOrderInput,
  taxIdInput,
  timezoneInput,
  uuidInput,
} from './accounts.inputs.ts';
export { accountLoader } from './accounts.queries.ts';
export { AddressInput, CustomFieldFields, TaxIdInput } from './accounts.requests.ts';
export { showAccount } from './accounts.resolver.ts';
export type { AccountRecord } from './accounts.rows.ts';
export { advanceTestClock } from './advance-test-clock.ts';
export { authenticate, forgetCredentials } from './authenticate.ts';
export { type Change, changedValues, changeOf, creationOf } from './changes.ts';
export { createAccount } from './create-account.ts';
export { createApiKey } from './create-api-key.ts';
export { createMember } from './create-member.ts';
export { createOrganization } from './create-organization.ts';
export { createTestClock } from './create-test-clock.ts';
export { deleteAccount } from './delete-account.ts';
export { eraseAccount } from './erase-account.ts';
export { type AccountSettings, type LockedAccount, lockAccount, lockAccounts } from './lock-accounts.ts';
export { type LoggedIn, logIn } from './log-in.ts';
export { type OpenOrganizationInput, openOrganization } from './open-organization.ts';
export { Organization } from './organizations.graphql.ts';
export * from './permissions.ts';
export { removeMember } from './remove-member.ts';
export { renewSession } from './renew-session.ts';
export { revokeApiKey } from './revoke-api-key.ts';
export { publicFields } from './sessions.resolver.ts';
export { type DunningStatus, setDunningStatus } from './set-dunning-status.ts';
export { TestClock } from './test-clocks.graphql.ts';
export { updateAccount } from './update-account.ts';
export { updateMember } from './update-member.ts';
export { updateOrganization } from './update-organization.ts';
export { walkTestClock } from './walk-test-clock.ts';
