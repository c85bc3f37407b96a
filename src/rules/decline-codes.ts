/**
 * What a decline means for collecting. soft: a later try without the customer may work. authentication: only the customer, on
 * session, can complete it. new_card: another card is needed. fix_data: the card's details are wrong. ask_issuer: the
 * customer has to call the issuer. hard: never try this card again. stop: look before anything else is tried (a duplicate).
 * configuration: our own set-up is wrong (a test card in live mode).
 */
export type DeclineClass =
  | 'soft'
  | 'authentication'
  | 'new_card'
  | 'fix_data'
  | 'ask_issuer'
  | 'hard'
  | 'stop'
  | 'configuration';

/** Decline codes by class. Source: docs.stripe.com/declines/codes, "next steps", read class by class. */
export const CODES_BY_CLASS: Readonly<Record<DeclineClass, readonly string[]>> = {
  soft: [
    'approve_with_id',
    'card_velocity_exceeded',
    'do_not_honor',
    'generic_decline',
    'insufficient_funds',
    'issuer_not_available',
    'processing_error',
    'reenter_transaction',
    'try_again_later',
    'withdrawal_count_limit_exceeded',
  ],
  authentication: ['authentication_not_handled', 'authentication_required'],
  new_card: ['card_not_supported', 'currency_not_supported', 'expired_card', 'pin_try_exceeded'],
  fix_data: [
    'incorrect_cvc',
    'incorrect_pin',
    'incorrect_zip',
    'invalid_cvc',
    'invalid_expiry_month',
    'invalid_expiry_year',
    'invalid_number',
    'invalid_pin',
    'offline_pin_required',
    'online_or_offline_pin_required',
  ],
  ask_issuer: ['call_issuer', 'invalid_amount', 'no_action_taken', 'not_permitted', 'service_not_allowed'],
  hard: [
    'do_not_try_again',
    'fraudulent',
    'highest_risk_level',
    'incorrect_number',
    'invalid_account',
    'lost_card',
    'merchant_blacklist',
    'new_account_information_available',
    'pickup_card',
    'restricted_card',
    'revocation_of_all_authorizations',
    'revocation_of_authorization',
    'security_violation',
    'stolen_card',
    'stop_payment_order',
    'transaction_not_allowed',
  ],
  stop: ['duplicate_transaction'],
  configuration: ['testmode_decline'],
};

/** Codes whose true reason is not shown to the customer: a generic decline is shown instead. */
export const HIDDEN_FROM_CUSTOMER: ReadonlySet<string> = new Set([
  'fraudulent',
  'lost_card',
  'merchant_blacklist',
  'pickup_card',
  'restricted_card',
  'security_violation',
  'stolen_card',
]);

/** The provider's advice on what to do next; it decides over the code's class. */
export const CLASS_BY_ADVICE: Readonly<Record<string, DeclineClass>> = {
  try_again_later: 'soft',
  do_not_try_again: 'hard',
  confirm_card_data: 'fix_data',
};
