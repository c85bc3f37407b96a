import {
  type AccountRow,
  allPermissions,
  type CreateAccountInput,
  createAccount,
  createOrganization,
  MemberEntity,
} from '../../src/accounts/index.ts';
import type { Actor } from '../../src/platform/actor.ts';
import type { App } from '../../src/platform/app-types.ts';
import type { Identity, Mode } from '../../src/platform/context.ts';
import { newId } from '../../src/platform/id.ts';
import type { Scope, Work } from '../../src/platform/work.ts';

/** An organization of a test, with an administrator who may do everything. */
export interface TestOrganization {
  readonly id: string;
  readonly mode: Mode;
  readonly actor: Actor;
  readonly scope: Scope;
  /** Who the administrator is to the API. */
  readonly identity: Identity;
  /** One verb in one transaction, as the administrator. */
  transact<T>(verb: (work: Work) => Promise<T>): Promise<T>;
  /** Makes an account. */
  account(overrides?: Partial<CreateAccountInput>): Promise<AccountRow>;
}

export interface OrganizationOptions {
  mode?: Mode;
  name?: string;
  timezone?: string;
  defaultCurrency?: string;
}

let made = 0;

/** Makes an organization: a sandbox in Europe/Vienna that counts in EUR, unless said otherwise. */
export async function makeOrganization(app: App, options: OrganizationOptions = {}): Promise<TestOrganization> {
  const { mode = 'sandbox', name = 'Acme', timezone = 'Europe/Vienna', defaultCurrency = 'EUR' } = options;
  const id = newId();
  const actor: Actor = { type: 'member', id: newId() };
  const scope: Scope = { organizations: [id], actor, requestId: null };
  await app.transact(scope, async (work) => {
    await createOrganization(work, { id, name, mode, timezone, defaultCurrency });
    const stamps = { createdAt: work.recordedAt, updatedAt: work.recordedAt };
    work.insert(MemberEntity, [
      {
        organizationId: id,
        id: actor.id,
        email: `admin-${id}@example.com`,
        name: 'Ada Admin',
        role: 'admin',
        // No password has this hash: nobody logs in as this member.
        passwordHash: 'none',
        sessionVersion: 1,
        lastLoginAt: null,
        removedAt: null,
        metadata: {},
        ...stamps,
      },
    ]);
  });
  const transact = <T>(verb: (work: Work) => Promise<T>) => app.transact(scope, verb);
  return {
    id,
    mode,
    actor,
    scope,
    identity: { organizationId: id, mode, actor, permissions: new Set(allPermissions), rateKey: actor.id },
    transact,
    account: (overrides = {}) => {
      made += 1;
      return transact((work) => createAccount(work, { name: `Account ${made}`, ...overrides }));
    },
  };
}
