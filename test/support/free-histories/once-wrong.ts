import type { Step } from '../model/command.ts';

/** Histories that once went wrong, cut down to what is needed, with what was wrong; they are played with every run. */
export const onceWrong: readonly (readonly [what: string, steps: readonly Step[]])[] = [
  [
    'a subscription that had lapsed was taken up again and the time before it had begun lacked its arrears',
    [
      {
        ...{ verb: 'create', account: 3, offer: 90, extra: false, override: false, quantity: 23, startDays: 0 },
        ...{ trialDays: null, calendar: false, automatic: true, netDays: null, coupon: 1, look: false },
      },
      { verb: 'advance', hours: 144, minutes: 28 },
      { verb: 'reactivate', which: 540, any: false },
      { verb: 'void', which: 537, any: false },
    ],
  ],
  [
    'an invoice asked for money again after its credit note was voided, and nobody collected it',
    [
      {
        ...{ verb: 'create', account: 1, offer: 0, extra: false, override: false, quantity: 1, startDays: 0 },
        ...{ trialDays: null, calendar: false, automatic: true, netDays: null, coupon: null, look: false },
      },
      { verb: 'note', which: 0, any: false, kind: 'all', line: 0, percent: 1, refund: false },
      { verb: 'voidNote', which: 0, any: false },
    ],
  ],
  [
    'a subscription whose first invoice was paid in part could not lapse, and its clock stood still',
    [
      {
        ...{ verb: 'create', account: 1, offer: 0, extra: false, override: false, quantity: 1, startDays: 0 },
        ...{ trialDays: null, calendar: false, automatic: true, netDays: null, coupon: null, look: false },
      },
      { verb: 'pay', which: 0, any: false, percent: 40 },
      { verb: 'advance', hours: 144, minutes: 0 },
    ],
  ],
  [
    'a subscription whose first invoice was credited in part could not lapse, and its clock stood still',
    [
      {
        ...{ verb: 'create', account: 1, offer: 0, extra: false, override: false, quantity: 1, startDays: 0 },
        ...{ trialDays: null, calendar: false, automatic: true, netDays: null, coupon: null, look: false },
      },
      { verb: 'note', which: 0, any: false, kind: 'amount', line: 0, percent: 30, refund: false },
      { verb: 'advance', hours: 144, minutes: 0 },
    ],
  ],
];
