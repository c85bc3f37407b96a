import type { Module } from '../platform/module.ts';
import { AccountEntity, ApiKeyEntity, MemberEntity, OrganizationEntity, TestClockEntity } from './accounts.entities.ts';

export const accounts: Module = {
  name: 'accounts',
  entities: [OrganizationEntity, MemberEntity, ApiKeyEntity, TestClockEntity, AccountEntity],
  constraints: {
    accounts_external_id_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'externalId'],
      message: 'Another account has this external id.',
    },
    members_email_key: {
      code: 'ALREADY_EXISTS',
      path: ['input', 'email'],
      message: 'Another member has this e-mail address.',
    },
  },
};
