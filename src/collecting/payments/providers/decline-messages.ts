const messages: Readonly<Record<string, string>> = {
  insufficient_funds: 'The card has insufficient funds.',
  expired_card: 'The card has expired.',
  incorrect_cvc: "The card's security code is incorrect.",
  invalid_cvc: "The card's security code is incorrect.",
  incorrect_number: 'The card number is incorrect.',
  invalid_number: 'The card number is incorrect.',
  incorrect_zip: 'The postal code does not fit the card.',
  processing_error: 'An error occurred while the card was processed. Trying again later may help.',
  authentication_required: 'The bank asks the cardholder to confirm this payment.',
  call_issuer: 'The card was declined. The bank that issued it knows why.',
  card_not_supported: 'The card does not support this kind of purchase.',
  currency_not_supported: 'The card does not support this currency.',
  duplicate_transaction: 'A payment of the same amount was made very recently.',
  amount_too_small: 'The amount is smaller than the smallest one that can be charged.',
  amount_too_large: 'The amount is larger than the largest one that can be charged.',
  amount_not_chargeable: 'The amount cannot be charged exactly in this currency.',
  not_processed: 'The payment did not go through. No money was taken.',
  provider_error: 'The payment provider could not process the payment. No money was taken.',
  payment_method_missing: 'There is no payment method to charge.',
};

/** What a customer may read about a decline; codes that hide their reason come as `generic_decline`. */
export function declineMessage(visibleCode: string): string {
  return Object.hasOwn(messages, visibleCode) ? (messages[visibleCode] ?? '') : 'The card was declined.';
}
