import type { Step } from './day-play.ts';

const now = { when: 'now', inDays: 0 } as const;

/** Histories that once went wrong, cut down to what is needed, with what was wrong; they are played with every run. */
export const onceWrong: readonly (readonly [what: string, steps: readonly Step[]])[] = [
  [
    'a change that is not settled of two plans with the same component was refused',
    [
      {
        verb: 'create',
        plans: [
          { plan: 'Bare', quantity: 5 },
          { plan: 'More', quantity: 1 },
        ],
        half: false,
      },
      {
        ...{ verb: 'change', ...now, settle: 'none', credit: 'time' },
        parts: [
          { kind: 'quantity', plan: 'Bare', component: 'base', quantity: 2 },
          { kind: 'quantity', plan: 'More', component: 'base', quantity: 8 },
        ],
      },
    ],
  ],
  [
    'a plan that was removed without being settled was given back where that fell into a pause',
    [
      { verb: 'create', plans: [{ plan: 'Dearer', quantity: 8 }], half: false },
      { verb: 'change', ...now, settle: 'none', credit: 'time', parts: [{ kind: 'add', plan: 'Bare', quantity: 1 }] },
      {
        ...{ verb: 'change', when: 'date', inDays: 7, settle: 'none', credit: 'time' },
        parts: [{ kind: 'remove', plan: 'Dearer' }],
      },
      { verb: 'days', days: 4 },
      { verb: 'pause', when: 'now', anchor: 'shift', credit: 'none', inDays: null },
      { verb: 'days', days: 4 },
      { verb: 'resume' },
    ],
  ],
  [
    'an end without credit, taken up again at the same instant, was given back by a pause after it',
    [
      { verb: 'create', plans: [{ plan: 'Month', quantity: 2 }], half: false },
      { verb: 'days', days: 9 },
      { verb: 'cancel', at: 'now', credit: 'none', inDays: 0 },
      { verb: 'reactivate' },
      { verb: 'days', days: 2 },
      { verb: 'pause', when: 'now', anchor: 'keep', credit: 'time', inDays: null },
    ],
  ],
  [
    'what stays with the merchant of a change at the very start was given back by a pause at the same instant',
    [
      { verb: 'create', plans: [{ plan: 'Month', quantity: 8 }], half: true },
      {
        ...{ verb: 'change', ...now, settle: 'none', credit: 'time' },
        parts: [{ kind: 'quantity', plan: 'Month', component: 'seats', quantity: 1 }],
      },
      { verb: 'pause', when: 'now', anchor: 'keep', credit: 'time', inDays: null },
    ],
  ],
  [
    'what an end had left out was free after a change that is not settled and a pause that gave back',
    [
      { verb: 'create', plans: [{ plan: 'Month', quantity: 2 }], half: false },
      { verb: 'cancel', at: 'date', credit: 'none', inDays: 50 },
      { verb: 'days', days: 32 },
      {
        ...{ verb: 'change', ...now, settle: 'none', credit: 'time' },
        parts: [{ kind: 'replace', out: 'Month', in: 'Dearer', quantity: null }],
      },
      { verb: 'days', days: 4 },
      { verb: 'pause', when: 'now', anchor: 'keep', credit: 'time', inDays: null },
      { verb: 'days', days: 4 },
      { verb: 'resume' },
      { verb: 'days', days: 2 },
      { verb: 'undoCancel' },
    ],
  ],
];
