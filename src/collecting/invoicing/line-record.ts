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
  created_at: Date;
}

/** The columns of lines, for a select. */
export const lineColumns = `l.id, l.invoice_id, l.position, l.kind, l.account_id, l.subscription_id, l.subscription_item_id, l.component, l.price_id,
  l.description, l.period_start, l.period_end, l.quantity, l.unit_amount, l.amount, l.discount_amount, l.tax_amount, l.currency,
  l.reverses_line_id, l.derivation, l.created_at`;

/** A row of `invoice_taxes` as SQL answers it. */
export interface TaxRecord {
  invoice_id: string;
  tax_rate_id: string | null;
  name: string;
  percent: string;
  inclusive: boolean;
  taxable: bigint;
  amount: bigint;
}
