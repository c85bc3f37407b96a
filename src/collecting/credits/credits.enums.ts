import 'reflect-metadata';
import { registerEnumType } from 'type-graphql';

export const CreditSourceEnum = {
  GRANT: 'grant',
  TOP_UP: 'top_up',
  CARRIED_OVER: 'carried_over',
  OVERPAYMENT: 'overpayment',
  CREDIT_NOTE: 'credit_note',
  REFUND_FAILED: 'refund_failed',
  INVOICE_APPLICATION: 'invoice_application',
  EXPIRY: 'expiry',
  WITHDRAWAL: 'withdrawal',
} as const;
registerEnumType(CreditSourceEnum, {
  name: 'CreditSource',
  description: 'What moved a credit balance.',
  valuesConfig: {
    GRANT: { description: 'Somebody gave it.' },
    TOP_UP: { description: 'It was bought.' },
    CARRIED_OVER: { description: 'It would have made an invoice negative.' },
    OVERPAYMENT: { description: 'A payment left it over.' },
    CREDIT_NOTE: {
      description: 'A credit note gave it, anew for what money had paid, or back to the grant that had paid.',
    },
    REFUND_FAILED: { description: 'A refund that had taken it failed.' },
    INVOICE_APPLICATION: { description: 'An invoice spent it, or gave it back when it was voided.' },
    EXPIRY: { description: 'Its time was over.' },
    WITHDRAWAL: { description: 'It was taken back, or went out with a refund.' },
  },
});

export const CreditGrantStatusEnum = {
  ACTIVE: 'active',
  FROZEN: 'frozen',
  SPENT: 'spent',
  EXPIRED: 'expired',
  WITHDRAWN: 'withdrawn',
} as const;
registerEnumType(CreditGrantStatusEnum, {
  name: 'CreditGrantStatus',
  description: 'What has become of a grant of credit.',
  valuesConfig: {
    ACTIVE: { description: 'Something is left of it.' },
    FROZEN: {
      description:
        'The invoice that bought it is unpaid again, or the draft whose lines it gives back is not final yet: it is not spent until then.',
    },
    SPENT: { description: 'Nothing is left of it.' },
    EXPIRED: { description: 'Its time is over.' },
    WITHDRAWN: { description: 'It was taken back.' },
  },
});

export const CreditGrantOrderEnum = { NEWEST: 'newest', SPENDING: 'spending' } as const;
registerEnumType(CreditGrantOrderEnum, {
  name: 'CreditGrantOrder',
  description: 'How grants of credit are sorted.',
  valuesConfig: {
    NEWEST: { description: 'The newest first.' },
    SPENDING: { description: 'As they are spent: by priority, then those that end sooner, then the older ones.' },
  },
});

export const CreditHoldStatusEnum = {
  HELD: 'held',
  RELEASED: 'released',
  CAPTURED: 'captured',
  EXPIRED: 'expired',
} as const;
registerEnumType(CreditHoldStatusEnum, {
  name: 'CreditHoldStatus',
  description: 'What has become of a hold on credit.',
  valuesConfig: {
    HELD: { description: 'It keeps credit back.' },
    RELEASED: { description: 'It let the credit go.' },
    CAPTURED: { description: 'Its order was invoiced.' },
    EXPIRED: { description: 'Its time is over.' },
  },
});

export const CreditLineKindEnum = {
  RECURRING: 'recurring',
  USAGE: 'usage',
  USAGE_ADJUSTMENT: 'usage_adjustment',
  ONE_OFF: 'one_off',
  SETUP_FEE: 'setup_fee',
  TRUE_UP: 'true_up',
  ADJUSTMENT: 'adjustment',
} as const;
registerEnumType(CreditLineKindEnum, {
  name: 'CreditLineKind',
  description: 'A kind of invoice line that credit can be limited to.',
  valuesConfig: {
    RECURRING: { description: 'Recurring fees.' },
    USAGE: { description: 'Metered usage.' },
    USAGE_ADJUSTMENT: { description: 'Usage that came late or was changed.' },
    ONE_OFF: { description: 'One-off goods and services.' },
    SETUP_FEE: { description: 'Fees of a beginning.' },
    TRUE_UP: { description: 'What a commitment was short of.' },
    ADJUSTMENT: { description: 'Adjustments.' },
  },
});
