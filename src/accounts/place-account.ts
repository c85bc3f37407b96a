import { conflict, DomainError, invalidInput, notFound } from '../platform/errors.ts';
import { BeginAnew } from '../platform/transact.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity, type AccountRow } from './accounts.entities.ts';
import type { billingPolicies } from './accounts.inputs.ts';
import { accountUpdated, changeOf } from './changes.ts';
import { type LockedAccount, lockAccounts } from './lock-accounts.ts';

/** Where an account stands: below which other, and who is invoiced for it. */
export interface Place {
  parentAccountId: string | null;
  billingPolicy: (typeof billingPolicies)[number];
  /** The payer was named and not the parent: it has to pay for itself. */
  byPayer: boolean;
}

type Placed = Pick<AccountRow, 'parentAccountId' | 'billingPolicy' | 'billToAccountId' | 'invoiceAccountId'>;
type Child = Pick<AccountRow, 'organizationId' | 'id' | 'testClockId'>;

const mostLevels = 10;

/** The place that an input asks for; null if it asks for none. INVALID_INPUT for a payer and a parent at once. */
export function wantedPlace(
  row: Placed,
  input: { billToAccountId?: unknown; parentAccountId?: unknown; billingPolicy?: unknown },
): Place | null {
  const { billToAccountId: payer, parentAccountId: parent, billingPolicy: policy } = input;
  if ([payer, parent, policy].every((one) => one === undefined)) return null;
  if (payer !== undefined && (parent != null || policy != null)) {
    throw invalidInput(['input', 'billToAccountId'], 'Give the bill-to account, or the parent and the policy.');
  }
  if (payer !== undefined) {
    const billingPolicy = payer === null ? 'self' : 'parent_pays';
    return { parentAccountId: payer as string | null, billingPolicy, byPayer: payer !== null };
  }
  const parentAccountId = (parent === undefined ? row.parentAccountId : parent) as string | null;
  const kept = parentAccountId === null ? 'self' : row.billingPolicy;
  const billingPolicy = (policy ?? kept) as Place['billingPolicy'];
  if (billingPolicy !== 'self' && parentAccountId === null) {
    throw invalidInput(['input', 'billingPolicy'], 'An account without a parent is invoiced itself.');
  }
  return { parentAccountId, billingPolicy, byPayer: false };
}

/**
 * Locks accounts with all above them, and all below the first one, in the order of their ids: who is invoiced for whom follows
 * from all of them.
 * What changed between the look and the lock begins the work anew.
 */
export async function lockFamily(
  work: Work,
  ids: readonly (string | null | undefined)[],
): Promise<Map<string, LockedAccount>> {
  const wanted = ids.filter((id): id is string => id != null);
  const locked = await lockAccounts(work, await familyOf(work, wanted));
  const family = await familyOf(work, wanted);
  if (family.some((id) => !locked.has(id))) throw new BeginAnew('a family of accounts changed');
  return locked;
}

async function familyOf(work: Work, ids: readonly string[]): Promise<string[]> {
  const rows = await work.rows<{ id: string }>(
    `with recursive above as (
       select a.id, a.parent_account_id from accounts a where a.organization_id = $1 and a.id = any($2::uuid[])
       union
       select p.id, p.parent_account_id from above t join accounts p on p.organization_id = $1 and p.id = t.parent_account_id
     ), below as (
       select a.id from accounts a where a.organization_id = $1 and a.id = $3::uuid
       union
       select c.id from below t join accounts c on c.organization_id = $1 and c.parent_account_id = t.id and c.deleted_at is null
     ) select id from above union select id from below order by id`,
    [work.organizationId, `{${ids.join(',')}}`, ids[0]],
  );
  return rows.map((row) => row.id);
}

/**
 * Puts an account below another one and says who is invoiced for it and for all below it from now on; what is invoiced stays
 * as it is. Writes those below; answers what is to be written of the account itself. NOT_FOUND, CONFLICT for a circle or
 * another test clock, LIMIT_EXCEEDED for too many levels, each at the field that named the account.
 */
export async function placeAccount(work: Work, account: Child, place: Place): Promise<Placed> {
  const path = ['input', place.byPayer ? 'billToAccountId' : 'parentAccountId'];
  const { parentAccountId, billingPolicy } = place;
  const family = await lockFamily(work, [account.id, parentAccountId]);
  const parent = parentAccountId === null ? null : checkedParent(family, account, place, path);
  const placed: Placed = { parentAccountId, billingPolicy, ...resolve(billingPolicy, parent) };
  const below = childrenOf(family);
  if (place.byPayer && (below.get(account.id) ?? []).some((child) => child.billToAccountId === account.id)) {
    throw conflict('Other accounts are billed to this one, so it must pay for itself.', path);
  }
  const levels = levelsAbove(family, parentAccountId) + 1 + levelsBelow(below, account.id);
  if (levels > mostLevels) {
    throw new DomainError('LIMIT_EXCEEDED', `At most ${mostLevels} levels of accounts are allowed.`, { path });
  }
  const pending: (Placed & { id: string })[] = [{ ...placed, id: account.id }];
  for (let upper = pending.pop(); upper; upper = pending.pop()) {
    for (const child of below.get(upper.id) ?? []) {
      const resolved = resolve(child.billingPolicy, upper);
      pending.push({ ...child, ...resolved });
      const same =
        child.billToAccountId === resolved.billToAccountId && child.invoiceAccountId === resolved.invoiceAccountId;
      if (same) continue;
      const { organizationId, id, now } = child;
      work.update(AccountEntity, { organizationId, id, ...resolved, updatedAt: now });
      work.announce(accountUpdated(child, changeOf<AccountRow>(child, resolved) ?? {}, now));
    }
  }
  return placed;
}

/** Who pays, and on whose invoices lines go, below an upper account that is itself resolved; null: the account itself. */
function resolve(
  policy: string,
  upper: (Placed & { id: string }) | null,
): Pick<Placed, 'billToAccountId' | 'invoiceAccountId'> {
  if (!upper || policy === 'self') return { billToAccountId: null, invoiceAccountId: null };
  return {
    billToAccountId: upper.billToAccountId ?? upper.id,
    invoiceAccountId: policy === 'parent_invoiced' ? (upper.invoiceAccountId ?? upper.id) : null,
  };
}

function checkedParent(
  family: ReadonlyMap<string, LockedAccount>,
  account: Child,
  { parentAccountId, byPayer }: Place,
  path: string[],
): LockedAccount {
  if (parentAccountId === account.id) {
    const message = byPayer
      ? 'An account that pays for itself needs no bill-to account.'
      : 'An account is not above itself.';
    throw conflict(message, path);
  }
  const parent = family.get(parentAccountId ?? '');
  if (!parent || parent.deletedAt || parent.organizationId !== account.organizationId) throw notFound(path);
  if (byPayer && parent.billToAccountId)
    throw conflict('The bill-to account is itself billed to another account.', path);
  if (parent.testClockId !== account.testClockId) {
    throw conflict(
      byPayer ? 'The bill-to account lives on another test clock.' : 'The parent lives on another test clock.',
      path,
    );
  }
  for (let upper: LockedAccount | undefined = parent; upper; upper = family.get(upper.parentAccountId ?? '')) {
    if (upper.id === account.id) throw conflict('The parent stands below this account.', path);
  }
  return parent;
}

function childrenOf(family: ReadonlyMap<string, LockedAccount>): Map<string, LockedAccount[]> {
  const children = new Map<string, LockedAccount[]>();
  for (const one of family.values()) {
    if (!one.parentAccountId || one.deletedAt) continue;
    children.set(one.parentAccountId, [...(children.get(one.parentAccountId) ?? []), one]);
  }
  return children;
}

function levelsAbove(family: ReadonlyMap<string, LockedAccount>, id: string | null): number {
  let levels = 0;
  for (let upper = family.get(id ?? ''); upper; upper = family.get(upper.parentAccountId ?? '')) levels += 1;
  return levels;
}

function levelsBelow(children: ReadonlyMap<string, LockedAccount[]>, id: string): number {
  return Math.max(0, ...(children.get(id) ?? []).map((child) => 1 + levelsBelow(children, child.id)));
}
