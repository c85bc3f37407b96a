import type { Fact } from '../../platform/outbox.ts';

export type CreditFactType =
  | 'credit.granted'
  | 'credit.applied'
  | 'credit.returned'
  | 'credit.expired'
  | 'credit.withdrawn'
  | 'credit.held'
  | 'credit.released'
  | 'credit.captured'
  | 'credit.frozen'
  | 'credit.unfrozen';

/** What a fact about credit tells; amounts in minor units as text. `available`: what may be spent after it. */
export interface CreditFactData extends Record<string, unknown> {
  accountId: string;
  currency: string;
  amount: string;
  balance: string;
  available: string;
  grantId?: string;
  holdId?: string;
  invoiceId?: string;
  sourceType?: string;
  sourceId?: string;
}

/** A fact about an account's credit. It is about the grant, else the hold, else the invoice that it names. */
export function creditFact(type: CreditFactType, organizationId: string, at: Date, data: CreditFactData): Fact {
  const { grantId, holdId, invoiceId } = data;
  const [objectType, objectId] = grantId
    ? ['credit_grant', grantId]
    : holdId
      ? ['credit_hold', holdId]
      : ['invoice', invoiceId ?? ''];
  return { type, organizationId, objectType, objectId, accountId: data.accountId, at, data };
}
