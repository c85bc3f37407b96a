import type { App } from '../../../platform/app-types.ts';
import { FactFollower } from '../../../platform/fact-follower.ts';
import { formatDecimal } from '../../../rules/money.ts';

const shown = [
  'invoice.finalized',
  'payment.succeeded',
  'payment.failed',
  'payment.requires_action',
  'subscription.canceled',
  'dunning.exhausted',
];

/** Prints what happens, a line each, as it happens. Answers how to stop it. */
export function startFeed(
  app: App,
  organizationId: string,
  print: (line: string) => void,
): { stop: () => Promise<void> } {
  const follower = new FactFollower(app.facts, organizationId, null, (fact) => shown.includes(fact.type));
  const run = async () => {
    for await (const followed of follower) {
      if (followed.kind === 'gap') continue;
      const { fact } = followed;
      const { amount, amountDue, currency, failureCode } = fact.data as Record<string, string | undefined>;
      const minor = amount ?? amountDue;
      const money = minor && currency ? `${formatDecimal(BigInt(minor), currency)} ${currency}` : '';
      print(
        `  ${fact.at.toISOString().slice(0, 16).replace('T', ' ')}  ${fact.type.padEnd(24)} ${money.padStart(16)}  ${failureCode ?? ''}`,
      );
    }
  };
  void run().catch(() => undefined);
  return {
    stop: async () => {
      await follower.return();
    },
  };
}
