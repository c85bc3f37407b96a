import type { Module } from '../platform/module.ts';
import {
  AccountEntity,
  ApiKeyEntity,
  MemberEntity,
  OrganizationEntity,
  SessionEntity,
  TestClockEntity,
} from './accounts.entities.ts';
import { AccountsResolver, accountNodes } from './accounts.resolver.ts';
import { ApiKeysResolver, apiKeyNodes } from './api-keys.resolver.ts';
import { MembersResolver, memberNodes } from './members.resolver.ts';
import { OrganizationsResolver, organizationNodes } from './organizations.resolver.ts';
import { recordApiKeyUse } from './record-api-key-use.ts';
import { SessionsResolver } from './sessions.resolver.ts';
import { advanceTestClocks, walkTestClockJob, walkWhenStarted } from './test-clock-jobs.ts';
import { TestClocksResolver, testClockNodes } from './test-clocks.resolver.ts';

export const accounts: Module = {
  name: 'accounts',
  entities: [OrganizationEntity, MemberEntity, SessionEntity, ApiKeyEntity, TestClockEntity, AccountEntity],
  resolvers: [
    AccountsResolver,
    OrganizationsResolver,
    MembersResolver,
    SessionsResolver,
    ApiKeysResolver,
    TestClocksResolver,
  ],
  reactions: [walkWhenStarted],
  jobs: [advanceTestClocks, walkTestClockJob, recordApiKeyUse],
  nodes: {
    org: organizationNodes,
    mem: memberNodes,
    key: apiKeyNodes,
    acc: accountNodes,
    clk: testClockNodes,
  },
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
