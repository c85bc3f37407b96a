import type { Metadata } from '../../../platform/scalars.ts';

/** Rows as statements answer them: what lists and look-ups read, without entities. */
export interface MethodRecord {
  id: string;
  account_id: string;
  provider: string;
  type: string;
  brand: string | null;
  last4: string | null;
  exp_month: number | null;
  exp_year: number | null;
  is_default: boolean;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
  detached_at: Date | null;
}

export const methodColumns = (m: string) =>
  `${m}.id, ${m}.account_id, ${m}.provider, ${m}.type, ${m}.brand, ${m}.last4, ${m}.exp_month, ${m}.exp_year, ${m}.is_default, ${m}.metadata, ${m}.created_at, ${m}.updated_at, ${m}.detached_at`;

export interface PaymentRecord {
  id: string;
  account_id: string;
  payment_method_id: string | null;
  provider: string;
  provider_ref: string | null;
  status: string;
  amount: bigint;
  amount_refunded: bigint;
  currency: string;
  off_session: boolean;
  capture_method: string;
  manual_kind: string | null;
  reference: string | null;
  notes: string | null;
  failure_code: string | null;
  failure_message: string | null;
  decline_class: string | null;
  next_attempt_at: Date | null;
  cancel_reason: string | null;
  capture_amount: bigint | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
  settled_at: Date | null;
  reversed_at: Date | null;
  reversal_reason: string | null;
  reversal_notes: string | null;
}

export const paymentColumns = (p: string) =>
  `${p}.id, ${p}.account_id, ${p}.payment_method_id, ${p}.provider, ${p}.provider_ref, ${p}.status, ${p}.amount, ${p}.amount_refunded, ${p}.currency, ${p}.off_session, ${p}.capture_method, ${p}.manual_kind, ${p}.reference, ${p}.notes, ${p}.failure_code, ${p}.failure_message, ${p}.decline_class, ${p}.next_attempt_at, ${p}.cancel_reason, ${p}.capture_amount, ${p}.metadata, ${p}.created_at, ${p}.updated_at, ${p}.settled_at, ${p}.reversed_at, ${p}.reversal_reason, ${p}.reversal_notes`;

export interface AttemptRecord {
  id: string;
  payment_id: string;
  payment_method_id: string | null;
  attempt_no: number;
  status: string;
  amount: bigint;
  currency: string;
  off_session: boolean;
  failure_code: string | null;
  failure_message: string | null;
  advice_code: string | null;
  client_secret: string | null;
  at: Date;
  finished_at: Date | null;
}

export interface ApplicationRecord {
  id: string;
  payment_id: string;
  invoice_id: string;
  amount: bigint;
  currency: string;
  status: string;
}

export interface RefundRecord {
  id: string;
  payment_id: string;
  credit_note_id: string | null;
  amount: bigint;
  currency: string;
  status: string;
  reason: string | null;
  provider: string;
  provider_ref: string | null;
  failure_code: string | null;
  metadata: Metadata;
  created_at: Date;
  updated_at: Date;
  settled_at: Date | null;
}

export const refundColumns = (r: string) =>
  `${r}.id, ${r}.payment_id, ${r}.credit_note_id, ${r}.amount, ${r}.currency, ${r}.status, ${r}.reason, ${r}.provider, ${r}.provider_ref, ${r}.failure_code, ${r}.metadata, ${r}.created_at, ${r}.updated_at, ${r}.settled_at`;
