import type { Step } from './command.ts';

/** Histories that once went wrong, cut down to what is needed, with what was wrong; they are played with every run. */
export const onceWrong: readonly (readonly [what: string, steps: readonly Step[]])[] = [
  [
    'what a credit note took back was given back again by a change',
    [
      {
        ...{ verb: 'create', account: 1, offer: 1, quantity: 10, startDays: 0, trialDays: null, calendar: false },
        ...{ automatic: false, netDays: null, look: false, between: 'nothing' },
      },
      { verb: 'note', which: 0, any: false, kind: 'part', line: 1, percent: 70 },
      {
        ...{ verb: 'change', which: 0, any: false, kind: 'quantity', offer: 0, quantity: 3, keep: true, credit: true },
        ...{ byDay: false, look: false, between: 'nothing' },
      },
    ],
  ],
  [
    'a change of the interval made another one at the same instant impossible',
    [
      {
        ...{ verb: 'create', account: 2, offer: 0, quantity: 34, startDays: 0, trialDays: null, calendar: false },
        ...{ automatic: true, netDays: 14, look: false, between: 'nothing' },
      },
      {
        ...{
          verb: 'change',
          which: 0,
          any: false,
          kind: 'replace',
          offer: 74,
          quantity: 6,
          keep: false,
          credit: false,
        },
        ...{ byDay: false, look: true, between: 'nothing' },
      },
      {
        ...{
          verb: 'change',
          which: 0,
          any: false,
          kind: 'replace',
          offer: 64,
          quantity: 17,
          keep: false,
          credit: true,
        },
        ...{ byDay: false, look: true, between: 'nothing' },
      },
    ],
  ],
];
