import { invalidState, notFound } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/work.ts';
import type { TaxProviderName } from '../../tax/index.ts';
import type { BilledAccount } from '../charges/invoice-request.ts';

/** The legal entity that issues an invoice, and what of it is frozen into one. */
export interface Issuer {
  organizationId: string;
  id: string;
  country: string | null;
  invoicePrefix: string;
  isDefault: boolean;
  taxProvider: TaxProviderName;
  taxIdCheck: 'checksum' | 'register';
  taxIdMaxAgeDays: number;
  pricesIncludeTax: boolean;
  taxCodes: readonly TaxCode[];
  /** As the invoice keeps it. */
  frozen: FrozenIssuer;
}

export interface FrozenIssuer {
  legalEntityId: string;
  name: string;
  address: unknown;
  country: string | null;
  taxIds: unknown;
  email: string | null;
  /** Which version of its branding the document wears; not there on what was frozen before versions were kept. */
  brandingVersion?: number;
}

export interface FrozenBuyer {
  accountId: string;
  name: string;
  email: string | null;
  billingAddress: unknown;
  taxIds: unknown;
  taxExempt: boolean;
  /** Why, and when; not there where nothing is said. */
  taxExemption?: unknown;
  /** In which language the document speaks, and in which zone its days are told; not there on what was frozen before. */
  locale?: string;
  timezone?: string;
}

interface IssuerRecord {
  organization_id: string;
  id: string;
  name: string;
  address: unknown;
  country: string | null;
  tax_ids: unknown;
  email: string | null;
  invoice_prefix: string;
  is_default: boolean;
  branding_version: number;
  tax_provider: TaxProviderName;
  tax_id_check: 'checksum' | 'register';
  tax_id_max_age_days: number;
  prices_include_tax: boolean;
  tax_codes: TaxCode[];
}

/** What a service calls a tax category of the merchant. */
export interface TaxCode {
  category: string;
  code: string;
}

/** The issuers of the organizations of a batch. */
export class Issuers {
  private readonly byId = new Map<string, Issuer>();
  private readonly defaults = new Map<string, Issuer>();

  constructor(issuers: readonly Issuer[]) {
    for (const issuer of issuers) {
      this.byId.set(issuer.id, issuer);
      if (issuer.isDefault) this.defaults.set(issuer.organizationId, issuer);
    }
  }

  /** NOT_FOUND for a named one of somebody else; INVALID_STATE where the organization has none at all. */
  of(organizationId: string, id?: string | null): Issuer {
    if (!id) {
      const issuer = this.defaults.get(organizationId);
      if (!issuer) throw invalidState('The organization has no legal entity that could issue invoices.');
      return issuer;
    }
    const issuer = this.byId.get(id);
    if (issuer?.organizationId !== organizationId) throw notFound(['input', 'legalEntityId']);
    return issuer;
  }
}

/** Reads the issuers of these organizations, which are few, in one query. */
export async function loadIssuers(work: Work, organizationIds: readonly string[]): Promise<Issuers> {
  const records = await work.rows<IssuerRecord>(
    `select organization_id, id, name, address, country, tax_ids, email, invoice_prefix, is_default, branding_version,
       tax_provider, tax_id_check, tax_id_max_age_days, prices_include_tax, tax_codes from legal_entities
     where organization_id = any($1::uuid[])`,
    [`{${organizationIds.join(',')}}`],
  );
  return new Issuers(
    records.map((record) => ({
      organizationId: record.organization_id,
      id: record.id,
      country: record.country,
      invoicePrefix: record.invoice_prefix,
      isDefault: record.is_default,
      taxProvider: record.tax_provider,
      taxIdCheck: record.tax_id_check,
      taxIdMaxAgeDays: record.tax_id_max_age_days,
      pricesIncludeTax: record.prices_include_tax,
      taxCodes: record.tax_codes,
      frozen: {
        legalEntityId: record.id,
        name: record.name,
        address: record.address,
        country: record.country,
        taxIds: record.tax_ids,
        email: record.email,
        brandingVersion: record.branding_version,
      },
    })),
  );
}

/** The buyer as the invoice keeps it: whom it is sent to, in its language; days are told in the zone of the using account. */
export function freezeBuyer(billTo: BilledAccount, timezone: string): FrozenBuyer {
  return {
    accountId: billTo.id,
    name: billTo.name,
    email: billTo.email ?? null,
    billingAddress: billTo.billingAddress ?? null,
    taxIds: billTo.taxIds,
    taxExempt: billTo.taxExempt,
    ...(billTo.taxExempt && billTo.taxExemption ? { taxExemption: billTo.taxExemption } : {}),
    locale: billTo.locale,
    timezone,
  };
}
