/** What a refused charge says: the four fields that a caller may branch on. */
export interface Decline {
  code: string;
  declineCode: string;
  adviceCode?: string;
  param?: string;
}

const MESSAGES: Record<string, string> = {
  generic_decline: 'Your card was declined.',
  insufficient_funds: 'Your card has insufficient funds.',
  expired_card: 'Your card has expired.',
  incorrect_cvc: "Your card's security code is incorrect.",
  processing_error: 'An error occurred while processing your card. Try again in a little bit.',
  card_velocity_exceeded:
    'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
  card_not_supported: 'Your card does not support this type of purchase.',
  currency_not_supported: 'Your card does not support this currency.',
};

/** The text that a customer may read. Codes that must not be told (lost, stolen, fraud) all read as a plain decline. */
export function declineMessage(declineCode: string): string {
  return MESSAGES[declineCode] ?? 'Your card was declined.';
}

/** Decline codes that are an error code of their own; every other one comes with `card_declined`. */
const OWN_CODES = new Map<string, string | undefined>([
  ['expired_card', 'exp_month'],
  ['incorrect_cvc', 'cvc'],
  ['processing_error', undefined],
  ['incorrect_number', 'number'],
]);

const ADVICE: Record<string, string> = {
  generic_decline: 'try_again_later',
  insufficient_funds: 'try_again_later',
  processing_error: 'try_again_later',
  lost_card: 'do_not_try_again',
  stolen_card: 'do_not_try_again',
  expired_card: 'confirm_card_data',
  incorrect_cvc: 'confirm_card_data',
};

/** The decline as Stripe's test cards answer it (observed); an unlisted decline code has no advice. */
export function declineOf(declineCode: string): Decline {
  const param = OWN_CODES.get(declineCode);
  const adviceCode = ADVICE[declineCode];
  return {
    code: OWN_CODES.has(declineCode) ? declineCode : 'card_declined',
    declineCode,
    ...(adviceCode === undefined ? {} : { adviceCode }),
    ...(param === undefined ? {} : { param }),
  };
}
