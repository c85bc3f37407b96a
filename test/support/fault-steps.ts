import type { FaultProxy, Statement } from './fault-proxy.ts';
import type { StripeSimulator } from './stripe-simulator/index.ts';

/** A moment in the life of a bill at which a process may die. */
export interface Step {
  /** The step of the fault matrix. */
  readonly name: string;
  /** Whether it is looked at in every run, not only at night. */
  readonly usual: boolean;
  /** Calls `strike` in that very moment, once. */
  arm(parts: { proxy: FaultProxy; simulator: StripeSimulator }, strike: () => void): void;
}

type When = (statement: Statement) => boolean;

const commits = (statement: Statement) => /^\s*commit\b/i.test(statement.text);
const commitOf =
  (text: RegExp, but?: RegExp): When =>
  (statement) =>
    commits(statement) &&
    statement.transaction.some((each) => text.test(each)) &&
    !(but && statement.transaction.some((each) => but.test(each)));
const says =
  (text: RegExp): When =>
  (statement) =>
    text.test(statement.text);

const newInvoice = /insert into "invoices"/;
const newAttempt = /insert into "payment_attempts"/;
const movedAttempt = /update "payment_attempts"/;
const intake = /insert into "?provider_events"?/;
const applied = /update "?provider_events"?/;
const movedRefund = /update "refunds"/;
const settledRefund = /update "refunds" t set [^;]*"settled_at"/;
const charging = '/v1/payment_intents';
const refunding = '/v1/refunds';

/** A moment that is a statement on its way to the database, or its answer on the way back. */
function atStatement(name: string, side: 'before' | 'after', when: When, usual = false): Step {
  return {
    name: `${name}, ${side} it`,
    usual,
    arm: ({ proxy }, strike) => void proxy.plant({ act: 'hold', side, when, onHit: strike }),
  };
}

/** A moment of the conversation with Stripe. */
function atStripe(name: string, path: string, kind: 'no_answer_before_effect' | 'no_answer_after_effect'): Step {
  const when = (strike: () => void) => () => {
    strike();
    return true;
  };
  return {
    name,
    usual: true,
    arm: ({ simulator }, strike) => void simulator.fail({ kind, method: 'POST', path, when: when(strike) }),
  };
}

/** Stripe has answered, and nothing is on record of it. */
function answerInMemory(name: string, path: string): Step {
  return {
    name,
    usual: true,
    arm: ({ proxy, simulator }, strike) => {
      const known = simulator.requests.length;
      const answered = () =>
        simulator.requests.slice(known).some((each) => each.method === 'POST' && each.path === path && each.answered);
      // The outcome's transaction begins after the answer; others may begin too, and then the reply is in memory as well.
      proxy.plant({
        act: 'hold',
        side: 'before',
        when: (statement) => answered() && /^begin/i.test(statement.text),
        onHit: strike,
      });
    },
  };
}

/** The steps of the worker, in the order in which a bill passes them. */
export const workerSteps: readonly Step[] = [
  atStatement('S0 the look for what is due', 'before', says(/due_subscriptions\(/)),
  atStatement('S0 the look for what is due', 'after', says(/due_subscriptions\(/), true),
  atStatement('S1 the queuing of a wake', 'before', says(/from add_flow\(/i)),
  atStatement('S1 the queuing of a wake', 'after', says(/from add_flow\(/i), true),
  atStatement('S2 the claim of a job', 'after', says(/from move_to_active\(/i), true),
  atStatement('S3 the writing of the invoice', 'before', says(newInvoice), true),
  atStatement('S4 the writing of invoice, lines, taxes, ledger and facts', 'after', says(newInvoice), true),
  atStatement('S5 the reservation of numbers', 'after', says(/update number_series/), true),
  atStatement('S6 the commit of the invoice', 'before', commitOf(newInvoice)),
  atStatement('S6 the commit of the invoice', 'after', commitOf(newInvoice), true),
  atStatement('S7 the commit of the relay', 'before', commitOf(/insert into "published_facts"/)),
  atStatement('S7 the commit of the relay', 'after', commitOf(/insert into "published_facts"/), true),
  atStatement('S8 the commit of the attempt', 'before', commitOf(newAttempt)),
  atStatement('S8 the commit of the attempt', 'after', commitOf(newAttempt), true),
  atStripe('S9 the request has left and nothing is done', charging, 'no_answer_before_effect'),
  atStripe('S10 Stripe has charged and not replied', charging, 'no_answer_after_effect'),
  answerInMemory('S11 the reply is in memory', charging),
  atStatement('S12 the commit of the outcome', 'before', commitOf(movedAttempt, newAttempt), true),
  atStatement('S12 the commit of the outcome', 'after', commitOf(movedAttempt, newAttempt), true),
  atStatement('S19 the marking of the job', 'before', says(/move_to_completed/i), true),
  atStatement('S19 the marking of the job', 'after', says(/move_to_completed/i)),
];

/** The steps of a refund: the same part of the way, with money that leaves. */
export const refundSteps: readonly Step[] = [
  atStatement('S8 the commit of the refund that is claimed', 'before', commitOf(movedRefund, settledRefund)),
  atStatement('S8 the commit of the refund that is claimed', 'after', commitOf(movedRefund, settledRefund), true),
  atStripe('S9 the request has left and nothing is given back', refunding, 'no_answer_before_effect'),
  atStripe('S10 Stripe has given back and not replied', refunding, 'no_answer_after_effect'),
  answerInMemory('S11 the reply is in memory', refunding),
  atStatement('S12 the commit of what came of it', 'before', commitOf(settledRefund)),
  atStatement('S12 the commit of what came of it', 'after', commitOf(settledRefund), true),
];

/** The steps of the side-door and of what applies its events. */
export const webhookSteps: readonly Step[] = [
  atStatement('S13 the storing of a webhook that has arrived', 'before', says(intake), true),
  atStatement('S14 the commit of the inbox', 'before', commitOf(intake), true),
  atStatement('S15 the commit of the inbox, with 200 not sent', 'after', commitOf(intake), true),
  atStatement('S16 the commit of what an event has brought about', 'before', commitOf(applied, intake)),
  atStatement('S16 the commit of what an event has brought about', 'after', commitOf(applied, intake), true),
];

/** Whether everything is to be looked at, however long it takes. */
export const nightly = process.env.PERENNIAL_PROFILE === 'nightly';

/** The steps that this run looks at. */
export function stepsOfRun(steps: readonly Step[]): Step[] {
  return steps.filter((each) => nightly || each.usual);
}
