import { invalidRequest } from '../engine/errors.ts';
import type { FormHash } from '../engine/form.ts';
import {
  arrayOf,
  boolean,
  emptyable,
  hash,
  identifier,
  integer,
  notSimulated,
  oneOf,
  required,
  type Shape,
  unchecked,
} from '../engine/parameters.ts';

/** The types of payment method that the simulator can carry out. */
export const METHOD_TYPES = ['card', 'us_bank_account'] as const;

/** Types that Stripe knows; those the simulator cannot do may be excluded, but not be asked for. */
const typeList = arrayOf(identifier(100));

/** Parameters that PaymentIntents and SetupIntents share. `payment_method_types` is gone since 2026-09-30.endive. */
export const intentParameters = {
  allowed_payment_method_types: arrayOf(oneOf(...METHOD_TYPES)),
  excluded_payment_method_types: emptyable(typeList),
  confirmation_token: notSimulated,
  customer_account: notSimulated,
  payment_method: identifier(),
  payment_method_data: notSimulated,
  payment_method_configuration: notSimulated,
  payment_method_options: hash(optionsOfTypes()),
};

function optionsOfTypes(): Record<string, Shape<FormHash>> {
  const names =
    'acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik boleto card ' +
    'card_present cashapp crypto customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna konbini kr_card ' +
    'link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay ' +
    'revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip';
  return Object.fromEntries(names.split(' ').map((name) => [name, unchecked]));
}

export const automaticMethods = hash({ enabled: required(boolean), allow_redirects: oneOf('always', 'never') });

export const mandateData = emptyable(
  hash({
    customer_acceptance: required(
      hash({
        type: required(oneOf('online', 'offline')),
        accepted_at: integer({ minimum: 0 }),
        offline: emptyable(unchecked),
        online: hash({ ip_address: required(identifier()), user_agent: required(identifier()) }),
      }),
    ),
  }),
);

/** `true`, `false`, or the kind of off-session payment, which also means true. */
export const offSession: Shape<boolean> = (value, path) =>
  value === 'one_off' || value === 'recurring' ? true : boolean(value, path);

/** The automatic setting of an intent after its parameters; null when types are named instead. */
export function automaticSetting(
  automatic: { enabled: boolean; allow_redirects?: string } | undefined,
  allowed: readonly string[] | undefined,
): { enabled: boolean; allow_redirects?: string } | null {
  if (automatic) {
    return automatic.enabled
      ? { allow_redirects: automatic.allow_redirects ?? 'always', enabled: true }
      : { enabled: false };
  }
  return allowed ? null : { allow_redirects: 'always', enabled: true };
}

/** The types an intent accepts. */
export function acceptedTypes(
  allowed: readonly string[] | null | undefined,
  excluded: readonly string[] | null | undefined,
): string[] {
  return [...(allowed ?? METHOD_TYPES)].filter((type) => !excluded?.includes(type));
}

/**
 * An on-session confirmation that may redirect needs a place to come back to.
 *
 * @throws ApiError 400 unless a return_url is given, redirects are ruled out, or types without redirects are named.
 */
export function checkReturnUrl(
  automatic: { enabled: boolean | null; allow_redirects?: string | null } | null,
  returnUrl: string | null | undefined,
): void {
  if (automatic?.enabled && automatic.allow_redirects !== 'never' && !returnUrl) {
    throw invalidRequest(
      'This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods ' +
        "might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based " +
        'payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to ' +
        '`never` when creating Setup Intents and Payment Intents.',
    );
  }
}

/** An absolute URL. */
export const url: Shape<string> = (value, path) => {
  const address = identifier(2048)(value, path);
  if (!URL.canParse(address)) {
    throw invalidRequest('Not a valid URL', { code: 'url_invalid', param: path });
  }
  return address;
};
