/** What a permission is about; each can be read and, but for a few, written. */
const areas = [
  'accounts',
  'catalog',
  'subscriptions',
  'invoices',
  'payments',
  'refunds',
  'taxes',
  'settings',
  'keys',
  'members',
  'clocks',
  'events',
  'ledger',
  'audit',
] as const;

type Area = (typeof areas)[number];
type WritableArea = Exclude<Area, 'events' | 'ledger' | 'audit'>;

/**
 * One thing a caller may do. `personal:read` shows e-mail addresses, postal addresses and tax ids; without it those
 * fields are null and cannot be filtered by. `audit:read` shows what mutations changed, old and new. Events, ledger and
 * audit are written by the system alone.
 */
export type Permission = `${WritableArea}:write` | `${Area}:read` | 'personal:read';

export const roles = ['admin', 'billing', 'support', 'analyst'] as const;
export type Role = (typeof roles)[number];

const readOnly: readonly Area[] = ['events', 'ledger', 'audit'];

/** Every permission there is, in a fixed order. */
export const allPermissions: readonly Permission[] = [
  'personal:read',
  ...areas.flatMap((area): Permission[] =>
    readOnly.includes(area) ? [`${area}:read`] : [`${area}:read`, `${area}:write` as Permission],
  ),
];

const reads = (...named: Area[]): Permission[] => named.map((area): Permission => `${area}:read`);
const writes = (...named: WritableArea[]): Permission[] => named.map((area): Permission => `${area}:write`);

const business: Area[] = ['accounts', 'catalog', 'subscriptions', 'invoices', 'payments', 'refunds', 'taxes'];

/** What each role of a member may do: admins all, billing all about money, support reads, analysts read no personal data. */
const permissionsByRole: Readonly<Record<Role, readonly Permission[]>> = {
  admin: allPermissions,
  billing: [
    'personal:read',
    ...reads(...business, 'settings', 'clocks', 'events', 'ledger'),
    ...writes('accounts', 'catalog', 'subscriptions', 'invoices', 'payments', 'refunds', 'taxes', 'clocks'),
  ],
  support: ['personal:read', ...reads(...business, 'settings', 'clocks', 'events')],
  analyst: reads(...business, 'settings', 'clocks', 'events', 'ledger'),
};

/** The permissions of a role; of a text that is none, nothing. */
export function permissionsOfRole(role: string): ReadonlySet<Permission> {
  return new Set(Object.hasOwn(permissionsByRole, role) ? permissionsByRole[role as Role] : []);
}

/** True for the name of a permission. */
export function isPermission(text: string): text is Permission {
  return (allPermissions as readonly string[]).includes(text);
}
