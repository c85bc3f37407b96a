import { notFound } from '../platform/errors.ts';
import { newId } from '../platform/id.ts';
import { readInput } from '../platform/input.ts';
import type { Work } from '../platform/work.ts';
import { AccountEntity, type AccountRow } from './accounts.entities.ts';
import { type CreateAccountInput, createAccountInput } from './accounts.inputs.ts';
import { creationOf } from './changes.ts';
import { placeAccount, wantedPlace } from './place-account.ts';
import { refuseIdleExemption } from './refuse-idle-exemption.ts';

interface Ground {
  timezone: string;
  default_currency: string;
  mode: string;
  clock_now: Date | null;
}

/**
 * Makes an account; currency and time zone are the organization's unless said otherwise, the locale is English.
 * NOT_FOUND for a missing test clock or bill-to account, ALREADY_EXISTS for an external id in use, INVALID_INPUT with
 * the paths of what is malformed.
 */
export async function createAccount(work: Work, given: CreateAccountInput): Promise<AccountRow> {
  const input = readInput(createAccountInput, given);
  const organizationId = work.organizationId;
  const ground = await readGround(work, organizationId, input.testClockId ?? null);
  const at = ground.clock_now ?? work.recordedAt;
  const row: AccountRow = {
    organizationId,
    id: newId(),
    externalId: input.externalId ?? null,
    name: input.name,
    email: input.email ?? null,
    currency: input.currency ?? ground.default_currency,
    timezone: input.timezone ?? ground.timezone,
    locale: input.locale ?? 'en',
    billingAddress: input.billingAddress ?? null,
    taxIds: input.taxIds ?? [],
    taxExempt: input.taxExempt ?? false,
    taxExemption: input.taxExemption ?? null,
    billToAccountId: null,
    parentAccountId: null,
    billingPolicy: 'self',
    invoiceAccountId: null,
    dunningStatus: 'active',
    netDays: input.netDays ?? null,
    invoiceGraceDays: input.invoiceGraceDays ?? null,
    legalEntityId: input.legalEntityId ?? null,
    purchaseOrderNumber: input.purchaseOrderNumber ?? null,
    customFields: input.customFields ?? [],
    testClockId: input.testClockId ?? null,
    metadata: input.metadata ?? {},
    createdAt: at,
    updatedAt: at,
    deletedAt: null,
    erasedAt: null,
  };
  refuseIdleExemption(row);
  const place = wantedPlace(row, input);
  if (place) Object.assign(row, await placeAccount(work, row, place));
  work.insert(AccountEntity, [row]);
  work.announce({
    type: 'account.created',
    organizationId,
    objectType: 'account',
    objectId: row.id,
    accountId: row.id,
    at,
    data: { accountId: row.id, currency: row.currency, testClockId: row.testClockId },
    change: creationOf(row, [
      'externalId',
      'name',
      'email',
      'currency',
      'timezone',
      'locale',
      'billingAddress',
      'taxIds',
    ]),
  });
  return row;
}

async function readGround(work: Work, organizationId: string, testClockId: string | null): Promise<Ground> {
  const [ground] = await work.rows<Ground & { clock_id: string | null }>(
    `select o.timezone, o.default_currency, o.mode, c.id as clock_id, c.now_at as clock_now
     from organizations o left join test_clocks c on c.organization_id = o.id and c.id = $2::uuid
     where o.id = $1`,
    [organizationId, testClockId],
  );
  if (!ground || (testClockId && !ground.clock_id)) throw notFound(['input', 'testClockId']);
  return ground;
}
