import { currency } from '../data/currencies.ts';
import { createdListParameters, email, expandParameter, shippingHash } from '../engine/common-parameters.ts';
import {
  boolean,
  emptyable,
  identifier,
  integer,
  metadata,
  notSimulated,
  oneOf,
  required,
  text,
  unchecked,
} from '../engine/parameters.ts';
import { automaticMethods, intentParameters, mandateData, offSession, url } from './intent-parameters.ts';

const amount = integer({ minimum: 1 });
const captureMethod = oneOf('automatic', 'automatic_async', 'manual');
const futureUsage = oneOf('off_session', 'on_session');

const shared = {
  ...expandParameter,
  ...intentParameters,
  amount_details: emptyable(unchecked),
  capture_method: captureMethod,
  hooks: notSimulated,
  payment_details: emptyable(unchecked),
  receipt_email: email,
  shipping: emptyable(shippingHash),
};

const describing = {
  application_fee_amount: notSimulated,
  customer: identifier(),
  description: text(1000),
  metadata,
  statement_descriptor: text(22),
  statement_descriptor_suffix: text(22),
  transfer_data: notSimulated,
  transfer_group: notSimulated,
};

const confirming = {
  error_on_requires_action: boolean,
  mandate: identifier(),
  mandate_data: mandateData,
  off_session: offSession,
  radar_options: unchecked,
  return_url: url,
  use_stripe_sdk: boolean,
};

export const createParameters = {
  ...shared,
  ...describing,
  ...confirming,
  amount: required(amount),
  currency: required(currency),
  automatic_payment_methods: automaticMethods,
  confirm: boolean,
  confirmation_method: oneOf('automatic', 'manual'),
  on_behalf_of: notSimulated,
  setup_future_usage: futureUsage,
};

export const updateParameters = {
  ...shared,
  ...describing,
  amount,
  currency,
  setup_future_usage: emptyable(futureUsage),
};

export const confirmParameters = {
  ...shared,
  ...confirming,
  amount_to_confirm: amount,
  setup_future_usage: emptyable(futureUsage),
};

export const captureParameters = {
  ...expandParameter,
  amount_details: unchecked,
  amount_to_capture: amount,
  application_fee_amount: notSimulated,
  final_capture: boolean,
  hooks: notSimulated,
  metadata,
  payment_details: emptyable(unchecked),
  statement_descriptor: text(22),
  statement_descriptor_suffix: text(22),
  transfer_data: notSimulated,
};

export const cancelParameters = {
  ...expandParameter,
  cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
};

export const listParameters = { ...createdListParameters, customer: identifier(), customer_account: notSimulated };
export const retrieveParameters = { ...expandParameter, client_secret: identifier() };
