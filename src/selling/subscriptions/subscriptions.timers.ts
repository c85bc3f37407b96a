import type { App } from '../../platform/app-types.ts';
import type { Timer } from '../../platform/module.ts';
import { billAccounts } from './billing/bill-accounts.ts';
import { lapseSubscription } from './changes/lapse-subscription.ts';
import { announceTrialEnd } from './trials/announce-trial-end.ts';

type ClockReference = { organizationId: string; clockId: string };

const accountsAtOnce = 1_000;

async function read<T>(app: App, clock: ClockReference, text: string, values: unknown[] = []): Promise<T[]> {
  const reader = app.read(clock.organizationId);
  try {
    return await reader.rows<T>(text, [clock.organizationId, clock.clockId, ...values]);
  } finally {
    await reader.close();
  }
}

/** Renewals, starts, trial ends and scheduled ends of accounts on a test clock. */
const boundaries: Timer = {
  name: 'subscription-boundaries',
  async nextDue(app, clock) {
    const [row] = await read<{ at: Date | null }>(
      app,
      clock,
      `select min(s.next_billing_at) as at from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.next_billing_at is not null and s.parked_at is null`,
    );
    return row?.at ?? null;
  },
  async runDue(app, clock, at) {
    const due = await read<{ account_id: string }>(
      app,
      clock,
      `select distinct s.account_id from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.next_billing_at <= $3 and s.parked_at is null
       order by s.account_id`,
      [at],
    );
    const { organizationId } = clock;
    for (let start = 0; start < due.length; start += accountsAtOnce) {
      const batch = due.slice(start, start + accountsAtOnce);
      const references = batch.map((row) => ({ organizationId, accountId: row.account_id }));
      await billAccounts(app, references, at);
    }
  },
};

/** Subscriptions on a test clock whose first invoice is not paid in time. */
const lapses: Timer = {
  name: 'subscription-lapses',
  async nextDue(app, clock) {
    const [row] = await read<{ at: Date | null }>(
      app,
      clock,
      `select min(s.lapses_at) as at from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.lapses_at is not null`,
    );
    return row?.at ?? null;
  },
  async runDue(app, clock, at) {
    const due = await read<{ id: string }>(
      app,
      clock,
      `select s.id from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.lapses_at <= $3 order by s.lapses_at, s.id`,
      [at],
    );
    for (const { id } of due) {
      await lapseSubscription(app, { organizationId: clock.organizationId, subscriptionId: id });
    }
  },
};

/** Trials on a test clock whose end is to be announced. */
const trialReminders: Timer = {
  name: 'trial-reminders',
  async nextDue(app, clock) {
    const [row] = await read<{ at: Date | null }>(
      app,
      clock,
      `select min(s.trial_reminds_at) as at from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.status = 'trialing' and s.trial_reminds_at is not null`,
    );
    return row?.at ?? null;
  },
  async runDue(app, clock, at) {
    const due = await read<{ id: string }>(
      app,
      clock,
      `select s.id from subscriptions s
       where s.organization_id = $1 and s.test_clock_id = $2 and s.status = 'trialing' and s.trial_reminds_at <= $3
       order by s.trial_reminds_at, s.id`,
      [at],
    );
    for (const { id } of due) {
      await announceTrialEnd(app, { organizationId: clock.organizationId, subscriptionId: id });
    }
  },
};

export const subscriptionTimers: readonly Timer[] = [trialReminders, boundaries, lapses];
