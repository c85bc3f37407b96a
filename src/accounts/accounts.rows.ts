import type { AccountRow, BillingAddress, CustomField, TaxExemption, TaxId } from './accounts.entities.ts';

/** A row of `accounts` as SQL answers it. */
export interface AccountRecord {
  organization_id: string;
  id: string;
  external_id: string | null;
  name: string;
  email: string | null;
  currency: string;
  timezone: string;
  locale: string;
  billing_address: BillingAddress | null;
  tax_ids: TaxId[];
  tax_exempt: boolean;
  tax_exemption: TaxExemption | null;
  bill_to_account_id: string | null;
  dunning_status: string;
  net_days: number | null;
  invoice_grace_days: number | null;
  legal_entity_id: string | null;
  purchase_order_number: string | null;
  custom_fields: CustomField[];
  parent_account_id: string | null;
  billing_policy: string;
  invoice_account_id: string | null;
  test_clock_id: string | null;
  metadata: Record<string, string>;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
  erased_at: Date | null;
}

const names = [
  'organization_id',
  'id',
  'external_id',
  'name',
  'email',
  'currency',
  'timezone',
  'locale',
  'billing_address',
  'tax_ids',
  'tax_exempt',
  'tax_exemption',
  'bill_to_account_id',
  'dunning_status',
  'net_days',
  'invoice_grace_days',
  'legal_entity_id',
  'purchase_order_number',
  'custom_fields',
  'parent_account_id',
  'billing_policy',
  'invoice_account_id',
  'test_clock_id',
  'metadata',
  'created_at',
  'updated_at',
  'deleted_at',
  'erased_at',
] as const satisfies readonly (keyof AccountRecord)[];

/** The columns of accounts behind an alias, for a select. */
export function accountColumns(alias: string): string {
  return names.map((name) => `${alias}.${name}`).join(', ');
}

/** The row as verbs know it. */
export function toAccountRow(record: AccountRecord): AccountRow {
  return {
    organizationId: record.organization_id,
    id: record.id,
    externalId: record.external_id,
    name: record.name,
    email: record.email,
    currency: record.currency,
    timezone: record.timezone,
    locale: record.locale,
    billingAddress: record.billing_address,
    taxIds: record.tax_ids,
    taxExempt: record.tax_exempt,
    taxExemption: record.tax_exemption,
    billToAccountId: record.bill_to_account_id,
    dunningStatus: record.dunning_status,
    netDays: record.net_days,
    invoiceGraceDays: record.invoice_grace_days,
    legalEntityId: record.legal_entity_id,
    purchaseOrderNumber: record.purchase_order_number,
    customFields: record.custom_fields,
    parentAccountId: record.parent_account_id,
    billingPolicy: record.billing_policy,
    invoiceAccountId: record.invoice_account_id,
    testClockId: record.test_clock_id,
    metadata: record.metadata,
    createdAt: record.created_at,
    updatedAt: record.updated_at,
    deletedAt: record.deleted_at,
    erasedAt: record.erased_at,
  };
}
