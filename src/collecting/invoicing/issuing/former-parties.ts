import { type LockedAccount, lockAccounts } from '../../../accounts/index.ts';
import type { Work } from '../../../platform/work.ts';
import type { ChargeDraft, InvoiceRequest } from '../charges/invoice-request.ts';
import type { Issuers } from '../issuers/issuers.ts';

type Accounts = ReadonlyMap<string, LockedAccount>;

/** Locks who was billed before for what is taken back, where that is another one than who pays by now. No statement where nobody was. */
export function lockFormerParties(work: Work, requests: readonly InvoiceRequest[]): Promise<Accounts> {
  const ids = requests.flatMap(({ billTo, charges }) =>
    charges.flatMap(({ parties }) =>
      parties && parties.payerId !== billTo.id ? [parties.payerId, parties.accountId] : [],
    ),
  );
  return lockAccounts(work, [...new Set(ids)].sort());
}

/**
 * A request in parts: what one account paid must not pay what another one is billed, and an issuer gives back the tax that it asked
 * for. So what is taken back of lines of other parties is an invoice between those, final at once, before the request itself. A payer
 * that is deleted has none: there it is one of who pays now.
 */
export function byParties(request: InvoiceRequest, issuers: Issuers, accounts: Accounts): InvoiceRequest[] {
  const { billTo, account, charges } = request;
  const issuerId = issuers.of(account.organizationId, request.legalEntityId).id;
  const apart = new Map<string, InvoiceRequest>();
  const own: ChargeDraft[] = [];
  for (const charge of charges) {
    const { payerId = billTo.id, accountId = account.id, issuerId: legalEntityId = issuerId } = charge.parties ?? {};
    const there = accounts.get(payerId);
    const former =
      there && !there.deletedAt ? { billTo: there, account: accounts.get(accountId) ?? account } : { billTo, account };
    if (former.billTo.id === billTo.id && legalEntityId === issuerId) {
      own.push(charge);
      continue;
    }
    const key = `${former.billTo.id} ${legalEntityId}`;
    const part = apart.get(key) ?? { ...givenBack(request), ...former, legalEntityId, charges: [] };
    apart.set(key, { ...part, charges: [...part.charges, charge] });
  }
  return apart.size === 0 ? [request] : [...apart.values(), { ...request, charges: own }];
}

const givenBack = (request: InvoiceRequest): InvoiceRequest => ({
  ...request,
  ...{ finalize: true, graceDays: 0, hold: false, includeWaiting: false },
});
