import { columnsRead } from '../../../platform/lookahead.ts';

/** A row of `invoice_lines` as SQL answers it. */
export interface LineRecord {
  id: string;
  invoice_id: string;
  position: number;
  kind: string;
  account_id: string;
  subscription_id: string | null;
  subscription_item_id: string | null;
  component: string;
  price_id: string | null;
  description: string;
  period_start: Date | null;
  period_end: Date | null;
  quantity: string;
  unit_amount: string;
  amount: bigint;
  discount_amount: bigint;
  tax_amount: bigint;
  currency: string;
  reverses_line_id: string | null;
  derivation: unknown;
  taxes: unknown;
  tax_category: string | null;
  created_at: Date;
}

/** The columns of lines `l` that a request needs, for a select. */
export const lineColumns = columnsRead<keyof LineRecord>(
  {
    always: ['id', 'invoice_id', 'account_id', 'subscription_id', 'subscription_item_id', 'price_id', 'currency'],
    fields: {
      position: ['position'],
      kind: ['kind'],
      description: ['description'],
      component: ['component'],
      period: ['period_start', 'period_end'],
      quantity: ['quantity'],
      unitAmountMinor: ['unit_amount'],
      amount: ['amount'],
      discountAmount: ['discount_amount'],
      taxAmount: ['tax_amount'],
      reversesLineId: ['reverses_line_id'],
      derivation: ['derivation', 'taxes'],
      taxes: ['taxes'],
      taxCategory: ['tax_category'],
      createdAt: ['created_at'],
    },
  },
  (columns) => columns.map((name) => `l.${name}`).join(', '),
);

/** A row of `invoice_taxes` as SQL answers it. */
export interface TaxRecord {
  invoice_id: string;
  tax_rate_id: string | null;
  treatment: string;
  name: string;
  percent: string;
  inclusive: boolean;
  taxable: bigint;
  amount: bigint;
}
