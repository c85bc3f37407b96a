import { describe, expect, it } from '@jest/globals';
import { allPermissions, isPermission, permissionsOfRole, roles } from '../../src/accounts/index.ts';

const areas =
  'accounts catalog subscriptions invoices payments refunds taxes settings keys members clocks events ledger audit';

/** By area, what each role may do: r reads, w writes. */
const table: Record<string, Record<(typeof roles)[number], string>> = {
  accounts: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  catalog: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  subscriptions: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  invoices: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  payments: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  refunds: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  taxes: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  settings: { admin: 'rw', billing: 'r', support: 'r', analyst: 'r' },
  keys: { admin: 'rw', billing: '', support: '', analyst: '' },
  members: { admin: 'rw', billing: '', support: '', analyst: '' },
  clocks: { admin: 'rw', billing: 'rw', support: 'r', analyst: 'r' },
  events: { admin: 'r', billing: 'r', support: 'r', analyst: 'r' },
  ledger: { admin: 'r', billing: 'r', support: '', analyst: 'r' },
  audit: { admin: 'r', billing: '', support: '', analyst: '' },
  personal: { admin: 'r', billing: 'r', support: 'r', analyst: '' },
};

const cases = roles.flatMap((role) =>
  Object.entries(table).flatMap(([area, rights]) =>
    (['read', 'write'] as const).map((way) => ({
      role,
      permission: `${area}:${way}`,
      may: rights[role].includes(way[0]!),
    })),
  ),
);

describe('what a role may do', () => {
  it.each(cases)('$role, $permission: $may', ({ role, permission, may }) => {
    expect((permissionsOfRole(role) as ReadonlySet<string>).has(permission)).toBe(may);
  });

  it('knows every permission there is, and no other role', () => {
    expect(Object.keys(table).sort()).toEqual([...areas.split(' '), 'personal'].sort());
    expect([...permissionsOfRole('admin')].sort()).toEqual([...allPermissions].sort());
    expect([...new Set(cases.filter((one) => one.may).map((one) => one.permission))].every(isPermission)).toBe(true);
    for (const text of ['owner', '', '__proto__', 'constructor']) expect(permissionsOfRole(text).size).toBe(0);
    for (const text of ['events:write', 'audit:write', 'invoices', '*']) expect(isPermission(text)).toBe(false);
  });
});
