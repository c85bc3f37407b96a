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
];
