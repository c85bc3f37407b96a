import type { App } from '../../platform/app-types.ts';
import type { BilledTax, SupplyTax } from './decide-tax.ts';

/** Who says what tax an issuer's invoices carry: the merchant's own rates, or a service that is asked over the network. */
export const taxProviderNames = ['manual', 'stripe_tax'] as const;
export type TaxProviderName = (typeof taxProviderNames)[number];

/** What of the issuer decides about tax. */
export interface TaxIssuer {
  id: string;
  country: string | null;
  taxProvider: TaxProviderName;
  /** What a reverse charge needs: right check digits, or a register's answer that is not older than so many days. */
  taxIdCheck: 'checksum' | 'register';
  taxIdMaxAgeDays: number;
  /** For a service: whether prices contain the tax, and which of its codes stand for the merchant's tax categories. */
  pricesIncludeTax: boolean;
  taxCodes: readonly { category: string; code: string }[];
}

/** What of the bill-to account decides about tax. */
export interface TaxBuyer {
  id: string;
  name: string;
  address: {
    country: string;
    region: string | null;
    postalCode: string | null;
    city: string | null;
    line1: string | null;
    line2: string | null;
  } | null;
  taxIds: readonly { type: string; value: string }[];
  /** Whether it is exempt on a day (`YYYY-MM-DD`). */
  exemptOn(day: string): boolean;
}

/** A line to be taxed: what it asks for less its discount, in minor units. */
export interface TaxQuestionLine {
  id: string;
  amountMinor: bigint;
  /** Its tax date (`YYYY-MM-DD`). */
  on: string;
  category: string | null;
  /** Of a line that takes another back: the rates that one was billed with. It is not asked about again. */
  billed: readonly BilledTax[] | null;
  /** Of such a line, too: what it gives back of what a service told for that one. */
  toldBack: readonly ToldTax[];
}

/** Which tax an invoice carries, asked as of an instant on its account's clock. */
export interface TaxQuestion {
  organizationId: string;
  currency: string;
  issuer: TaxIssuer;
  buyer: TaxBuyer;
  at: Date;
  lines: readonly TaxQuestionLine[];
}

/**
 * Why a tax is not known: a tax id that no register has confirmed yet, an address that does not tell the region, a place without
 * a rate where the issuer is registered, a service that has not answered, or that refuses, a line that is taken back and whose own
 * tax is not known.
 */
export type TaxPendingReason = 'tax_id' | 'region' | 'no_rate' | 'provider' | 'refused' | 'taken_back';

/** Why a tax is not known, and in words what is missing, where somebody has to enter it. */
export interface TaxPending {
  reason: TaxPendingReason;
  problem: string | null;
}

/** One tax of one line as a service told it, to the cent. */
export interface ToldTax {
  /** Which tax: equal for the same one on several lines. */
  key: string;
  /** Of one that is taken back: the id that it was billed under. */
  rateId?: string;
  name: string;
  /** Of which place, as rules of lines say it: `US/CA`. */
  place: string;
  percent: string;
  inclusive: boolean;
  treatment: 'taxed' | 'reverse_charge';
  taxableMinor: bigint;
  amountMinor: bigint;
}

/** What of a line's tax a service told, to the cent. */
export interface Told {
  told?: readonly ToldTax[];
}

/** `rates`: of each line, rounded by our rules. `told`: of each line, as a service told it. `pending`: nobody knows yet; only what
 * takes lines back has its rates, and what was told of them, as billed. */
export type TaxDecision =
  | { kind: 'rates' | 'told'; lines: readonly (SupplyTax & Told)[] }
  | ({ kind: 'pending'; lines: readonly (SupplyTax & Told)[] } & TaxPending);

/** What a service answered to a question. `reference`: its own name of the answer. */
export type ToldAnswer =
  | { status: 'told'; reference: string; lines: readonly { lineId: string; taxes: readonly ToldTax[] }[] }
  /** Not now; the same question may be asked again. */
  | { status: 'unavailable'; problem: string }
  /** Not this question: something of it has to change first. */
  | { status: 'refused'; problem: string };

/** What an invoice, a credit note or a void did that the service is to know for its reports. Minor units, positive. */
export interface TaxFiling {
  organizationId: string;
  /** Unique at the service; the same for every try. */
  reference: string;
  /** The service's name of the answer (a sale), or of the sale that is taken back. */
  of: string;
  /** What of the sale is taken back, line by line; null: all of it. */
  lines: readonly { lineId: string; amountMinor: bigint; taxMinor: bigint }[] | null;
}

export type FiledAnswer =
  | { status: 'filed'; reference: string }
  | { status: 'unavailable'; problem: string }
  | { status: 'refused'; problem: string };

/** A service that tells taxes over the network: never called inside a transaction. Its calls may be repeated. */
export interface RemoteTax {
  readonly name: TaxProviderName;
  calculate(app: App, question: TaxQuestion, invoiceId: string, hash: string): Promise<ToldAnswer>;
  recordSale(app: App, filing: TaxFiling): Promise<FiledAnswer>;
  recordReversal(app: App, filing: TaxFiling): Promise<FiledAnswer>;
}
