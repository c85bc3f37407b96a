/** Who: organizations, members, API keys, accounts, test clocks. Everything other modules may use. */
export * from './accounts.entities.ts';
export type { CreateAccountInput, CreateOrganizationInput } from './accounts.inputs.ts';
export { createAccount } from './create-account.ts';
export { createOrganization } from './create-organization.ts';
export { type AccountSettings, type LockedAccount, lockAccount, lockAccounts } from './lock-accounts.ts';
export * from './permissions.ts';
export { type DunningStatus, setDunningStatus } from './set-dunning-status.ts';
