import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const InvoiceStatusEnum = {
  DRAFT: 'draft',
  OPEN: 'open',
  PAID: 'paid',
  VOID: 'void',
  UNCOLLECTIBLE: 'uncollectible',
} as const;
registerEnumType(InvoiceStatusEnum, {
  name: 'InvoiceStatus',
  description: 'Where an invoice is in its life. Whether it is past due is told apart: `pastDue`.',
  valuesConfig: {
    DRAFT: { description: 'Can still be changed and asks for nothing yet.' },
    OPEN: { description: 'Final, and money is due.' },
    PAID: { description: 'Nothing is due any more.' },
    VOID: { description: 'Taken back as if it had never asked for anything.' },
    UNCOLLECTIBLE: { description: 'Given up and written off; money may still come.' },
  },
});

export const InvoiceReasonEnum = {
  SUBSCRIPTION_CREATED: 'subscription_created',
  SUBSCRIPTION_CYCLE: 'subscription_cycle',
  SUBSCRIPTION_CHANGE: 'subscription_change',
  SUBSCRIPTION_ENDED: 'subscription_ended',
  MANUAL: 'manual',
  TOP_UP: 'top_up',
  PAYMENT_REVERSED: 'payment_reversed',
} as const;
registerEnumType(InvoiceReasonEnum, {
  name: 'InvoiceReason',
  description: 'Why an invoice was made.',
  valuesConfig: {
    SUBSCRIPTION_CREATED: { description: 'A subscription began.' },
    SUBSCRIPTION_CYCLE: { description: 'A period of a subscription fell due.' },
    SUBSCRIPTION_CHANGE: { description: 'A subscription was changed within a period.' },
    SUBSCRIPTION_ENDED: { description: 'A subscription ended.' },
    MANUAL: { description: 'Somebody made it.' },
    PAYMENT_REVERSED: {
      description:
        'The money of a payment is gone after credit notes had given some of it back: that is asked for. No tax is charged on it.',
    },
    TOP_UP: { description: 'Credit was bought. It is given once the invoice is paid; no tax is charged on it.' },
  },
});

export const InvoiceTaxStatusEnum = { KNOWN: 'known', PENDING: 'pending' } as const;
registerEnumType(InvoiceTaxStatusEnum, {
  name: 'InvoiceTaxStatus',
  description: 'Whether the tax of an invoice is known.',
  valuesConfig: {
    KNOWN: { description: 'It is in the sums, if one is due.' },
    PENDING: { description: 'It is not known yet and not in the sums: the total is without tax, and none is guessed.' },
  },
});

export const TaxPendingReasonEnum = {
  TAX_ID: 'tax_id',
  REGION: 'region',
  NO_RATE: 'no_rate',
  PROVIDER: 'provider',
  REFUSED: 'refused',
  TAKEN_BACK: 'taken_back',
} as const;
registerEnumType(TaxPendingReasonEnum, {
  name: 'TaxPendingReason',
  description: 'Why the tax of an invoice is not known.',
  valuesConfig: {
    TAX_ID: {
      description: 'No register has confirmed the VAT id of the buyer: whether it owes the tax itself depends on it.',
    },
    REGION: {
      description:
        'The billing address does not say the region that the tax depends on, or says it in a way that is not known. A change of the address looks again.',
    },
    NO_RATE: {
      description:
        'The legal entity is registered for tax there, but no rate holds on the tax date. A new rate (0 % is one) or a change of its registrations looks again.',
    },
    PROVIDER: { description: 'The tax service of the legal entity has not answered yet.' },
    REFUSED: {
      description:
        'The tax service cannot tax it as it is; `problem` says why. A change of draft or account asks again.',
    },
    TAKEN_BACK: {
      description: 'It takes back a line of a draft whose own tax is not known: it follows once that is.',
    },
  },
});

export const TaxFilingKindEnum = { SALE: 'sale', REVERSAL: 'reversal' } as const;
registerEnumType(TaxFilingKindEnum, {
  name: 'TaxFilingKind',
  description: 'What a tax service is told.',
  valuesConfig: {
    SALE: { description: 'That something was sold.' },
    REVERSAL: { description: 'That it, or a part of it, was taken back.' },
  },
});

export const TaxFilingStatusEnum = {
  WAITING: 'waiting',
  FILED: 'filed',
  REFUSED: 'refused',
  CANCELED: 'canceled',
} as const;
registerEnumType(TaxFilingStatusEnum, {
  name: 'TaxFilingStatus',
  description: 'Whether a tax service was told.',
  valuesConfig: {
    WAITING: { description: 'It is about to be told, or is tried again.' },
    FILED: { description: 'It was told.' },
    REFUSED: { description: 'It does not take it; `problem` says why. To be recorded there by hand.' },
    CANCELED: { description: 'Nothing is to be told any more.' },
  },
});

export const TaxProviderEnum = { MANUAL: 'manual', STRIPE_TAX: 'stripe_tax' } as const;
registerEnumType(TaxProviderEnum, {
  name: 'TaxProvider',
  description: 'Who says what tax invoices carry.',
  valuesConfig: {
    MANUAL: { description: 'Your own rates, registrations and exemptions. Known at once.' },
    STRIPE_TAX: {
      description:
        'Stripe Tax, by the registrations at your Stripe account. Invoices are drafts (taxStatus PENDING) until it has answered, which is a matter of seconds; then they become final by themselves. Sales and what is taken back of them are recorded there.',
    },
  },
});

export const TaxIdCheckPolicyEnum = { CHECKSUM: 'checksum', REGISTER: 'register' } as const;
registerEnumType(TaxIdCheckPolicyEnum, {
  name: 'TaxIdCheckPolicy',
  description: 'What a reverse charge needs.',
  valuesConfig: {
    CHECKSUM: { description: 'A VAT id that is right by form and check digits.' },
    REGISTER: {
      description:
        'Also that the register confirmed it, not longer ago than `taxIdMaxAgeDays`. While no answer is known, invoices that depend on it stay drafts.',
    },
  },
});

export const CollectionEnum = { AUTOMATIC: 'automatic', MANUAL: 'manual' } as const;
registerEnumType(CollectionEnum, {
  name: 'Collection',
  description: 'How the money of an invoice is collected.',
  valuesConfig: {
    AUTOMATIC: {
      description: 'By the payment method as soon as it is finalized, whenever it is due; retried by dunning.',
    },
    MANUAL: {
      description:
        'The customer pays by themselves. An unpaid one becomes past due, and nothing else happens: no dunning.',
    },
  },
});

export const LineKindEnum = {
  RECURRING: 'recurring',
  USAGE: 'usage',
  USAGE_ADJUSTMENT: 'usage_adjustment',
  ONE_OFF: 'one_off',
  SETUP_FEE: 'setup_fee',
  TRUE_UP: 'true_up',
  ADJUSTMENT: 'adjustment',
} as const;
registerEnumType(LineKindEnum, {
  name: 'InvoiceLineKind',
  description: 'What a line is for.',
  valuesConfig: {
    RECURRING: { description: 'A period of a subscription item.' },
    USAGE: { description: 'What was used in a period.' },
    USAGE_ADJUSTMENT: { description: 'Usage that became known or changed after its period was billed.' },
    ONE_OFF: { description: 'Something sold once.' },
    SETUP_FEE: { description: 'A fee for the beginning.' },
    TRUE_UP: { description: 'What is missing to a minimum that was agreed.' },
    ADJUSTMENT: { description: 'A correction, which may be negative.' },
  },
});

export const ChargeKindEnum = { ONE_OFF: 'one_off', SETUP_FEE: 'setup_fee', ADJUSTMENT: 'adjustment' } as const;
registerEnumType(ChargeKindEnum, {
  name: 'ChargeKind',
  description: 'What a charge made by hand is for.',
  valuesConfig: {
    ONE_OFF: { description: 'Something sold once.' },
    SETUP_FEE: { description: 'A fee for the beginning.' },
    ADJUSTMENT: { description: 'A correction, which may be negative.' },
  },
});

export const ChargeStatusEnum = { WAITING: 'waiting', INVOICED: 'invoiced', CANCELED: 'canceled' } as const;
registerEnumType(ChargeStatusEnum, {
  name: 'ChargeStatus',
  description: 'What has become of a charge.',
  valuesConfig: {
    WAITING: { description: 'It waits for the next invoice.' },
    INVOICED: { description: 'It is a line of an invoice.' },
    CANCELED: { description: 'It was taken back before it was invoiced.' },
  },
});
