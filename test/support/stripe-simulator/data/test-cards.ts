import { type Decline, declineOf } from './declines.ts';

/** When a card asks the customer to authenticate. */
export type Authentication =
  /** For every payment, however the card was set up. */
  | 'always'
  /** On session always; off session unless the card was set up with authentication first. */
  | 'unless_set_up'
  /** On session always; off session never. */
  | 'on_session_only';

/** What a test card does; the names and numbers are those of docs.stripe.com/testing. */
export interface TestCard {
  name: string;
  number: string;
  brand: string;
  funding: 'credit' | 'debit' | 'prepaid';
  country: string;
  /** Every charge is refused with this. */
  decline?: Decline;
  /** Whether it can be attached or set up although charges are refused. */
  attachable: boolean;
  authentication?: Authentication;
  declineAfterAuthentication?: Decline;
  /** Reasons of the disputes that follow a successful charge; an inquiry takes no money. */
  disputes?: { reason: string; inquiry: boolean }[];
  fraudWarning?: true;
  refund?: 'pending' | 'fails';
  bypassPending?: true;
  blockedByRadar?: true;
  riskLevel: 'normal' | 'elevated' | 'highest';
  checks: { address_line1_check: Check; address_postal_code_check: Check; cvc_check: Check };
}

type Check = 'pass' | 'fail' | 'unchecked' | null;

const ADDRESS_UNKNOWN = { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' } as const;

function card(name: string, number: string, rest: Partial<TestCard> = {}): TestCard {
  return {
    name: `pm_card_${name}`,
    number,
    brand: 'visa',
    funding: 'credit',
    country: 'US',
    attachable: true,
    riskLevel: 'normal',
    checks: ADDRESS_UNKNOWN,
    ...rest,
  };
}

function declining(name: string, number: string, declineCode: string, rest: Partial<TestCard> = {}): TestCard {
  return card(name, number, { decline: declineOf(declineCode), attachable: false, ...rest });
}

/** A decline without advice: the rows for which none was seen. */
function unadvised(declineCode: string): Decline {
  const { code } = declineOf(declineCode);
  return { code, declineCode };
}

const CARDS: TestCard[] = [
  card('visa', '4242424242424242'),
  card('visa_debit', '4000056655665556', { funding: 'debit' }),
  card('mastercard', '5555555555554444', { brand: 'mastercard' }),
  card('mastercard_debit', '5200828282828210', { brand: 'mastercard', funding: 'debit' }),
  card('mastercard_prepaid', '5105105105105100', { brand: 'mastercard', funding: 'prepaid' }),
  card('amex', '378282246310005', { brand: 'amex' }),
  card('discover', '6011111111111117', { brand: 'discover' }),
  card('diners', '3056930009020004', { brand: 'diners' }),
  card('jcb', '3566002020360505', { brand: 'jcb', country: 'JP' }),
  card('unionpay', '6200000000000005', { brand: 'unionpay', country: 'CN' }),

  declining('visa_chargeDeclined', '4000000000000002', 'generic_decline'),
  declining('visa_chargeDeclinedInsufficientFunds', '4000000000009995', 'insufficient_funds'),
  declining('visa_chargeDeclinedLostCard', '4000000000009987', 'lost_card'),
  declining('visa_chargeDeclinedStolenCard', '4000000000009979', 'stolen_card'),
  declining('chargeDeclinedExpiredCard', '4000000000000069', 'expired_card'),
  declining('chargeDeclinedIncorrectCvc', '4000000000000127', 'incorrect_cvc'),
  declining('chargeDeclinedProcessingError', '4000000000000119', 'processing_error'),
  declining('chargeDeclinedFraudulent', '4100000000000019', 'fraudulent', {
    blockedByRadar: true,
    riskLevel: 'highest',
  }),
  declining('visa_chargeDeclinedVelocityLimitExceeded', '4000000000006975', 'card_velocity_exceeded'),
  card('chargeCustomerFail', '4000000000000341', { decline: unadvised('generic_decline') }),

  card('authenticationRequired', '4000002760003184', { authentication: 'always' }),
  card('authenticationRequiredOnSetup', '4000002500003155', { authentication: 'unless_set_up' }),
  card('authenticationRequiredSetupForOffSession', '4000003800000446', { authentication: 'on_session_only' }),
  card('authenticationRequiredChargeDeclinedInsufficientFunds', '4000008260003178', {
    authentication: 'always',
    declineAfterAuthentication: declineOf('insufficient_funds'),
  }),
  card('threeDSecure2Required', '4000000000003220', { authentication: 'always' }),
  card('threeDSecureOptional', '4000000000003055'),
  card('threeDSecureRequiredChargeDeclined', '4000008400001629', {
    authentication: 'always',
    declineAfterAuthentication: declineOf('generic_decline'),
  }),

  card('createDispute', '4000000000000259', { disputes: [{ reason: 'fraudulent', inquiry: false }] }),
  card('createDisputeProductNotReceived', '4000000000002685', {
    disputes: [{ reason: 'product_not_received', inquiry: false }],
  }),
  card('createDisputeInquiry', '4000000000001976', { disputes: [{ reason: 'fraudulent', inquiry: true }] }),
  card('createMultipleDisputes', '4000008400000779', {
    disputes: [
      { reason: 'fraudulent', inquiry: false },
      { reason: 'product_not_received', inquiry: false },
    ],
  }),
  card('createIssuerFraudRecord', '4000000000005423', { fraudWarning: true }),
  card('pendingRefund', '4000000000007726', { refund: 'pending' }),
  card('refundFail', '4000000000005126', { refund: 'fails' }),
  card('bypassPending', '4000000000000077', { bypassPending: true }),
  card('bypassPendingInternational', '4000003720000278', { bypassPending: true, country: 'IE' }),

  declining('radarBlock', '4100000000000019', 'fraudulent', { blockedByRadar: true, riskLevel: 'highest' }),
  card('riskLevelHighest', '4000000000004954', { riskLevel: 'highest' }),
  card('riskLevelElevated', '4000000000009235', { riskLevel: 'elevated' }),
  card('cvcCheckFail', '4000000000000101', { checks: { ...ADDRESS_UNKNOWN, cvc_check: 'fail' } }),
  card('avsFail', '4000000000000010', {
    checks: { address_line1_check: 'fail', address_postal_code_check: 'fail', cvc_check: 'pass' },
  }),
  card('avsZipFail', '4000000000000036', {
    checks: { address_line1_check: 'pass', address_postal_code_check: 'fail', cvc_check: 'pass' },
  }),
  card('avsLine1Fail', '4000000000000028', {
    checks: { address_line1_check: 'fail', address_postal_code_check: 'pass', cvc_check: 'pass' },
  }),
  card('avsUnchecked', '4000000000000044', {
    checks: { address_line1_check: 'unchecked', address_postal_code_check: 'unchecked', cvc_check: 'pass' },
  }),
];

const ALIASES: Record<string, string> = {
  pm_card_chargeDeclined: 'pm_card_visa_chargeDeclined',
  pm_card_chargeDeclinedInsufficientFunds: 'pm_card_visa_chargeDeclinedInsufficientFunds',
  pm_card_chargeDeclinedLostCard: 'pm_card_visa_chargeDeclinedLostCard',
  pm_card_chargeDeclinedStolenCard: 'pm_card_visa_chargeDeclinedStolenCard',
  pm_card_us: 'pm_card_visa',
};

const BY_NAME = new Map(CARDS.map((entry) => [entry.name, entry]));

/** All test cards, in the order of the documentation. */
export const testCards: readonly TestCard[] = CARDS;

/** The card behind `pm_card_visa` or `tok_visa`; undefined for anything else. */
export function findTestCard(id: string): TestCard | undefined {
  const name = id.startsWith('tok_') ? `pm_card_${id.slice(4)}` : id;
  return BY_NAME.get(ALIASES[name] ?? name);
}
