import type { Command } from '../command.ts';
import { Disagreement } from '../stage.ts';
import { figures as allFigures } from './looking.ts';

/** What is due is left out: some of it is paid in the same instant. */
const figures = allFigures.replace('amountDue { amountMinor }', '');

const HOUR = 3_600_000;

/** The clock goes on, through whatever falls due. */
export const advance: Command = {
  verb: 'advance',
  weight: 9,
  draw: (random) => ({
    hours: random.one([1, 13, 24, 24 * 6, 24 * 17, 24 * 31, 24 * 31]),
    minutes: random.between(0, 59),
  }),
  play: async (stage, step) => {
    const to = stage.model.now + Number(step.hours) * HOUR + Number(step.minutes) * 60_000;
    await stage.walk(to);
    stage.model.advance(to);
    return 'done';
  },
};

/** The next invoices of an account are looked at, the clock goes on to that very instant, and they are what was shown. */
export const foresee: Command = {
  verb: 'foresee',
  weight: 3,
  draw: (random) => ({ account: random.between(0, 2) }),
  play: async (stage, step) => {
    const account = stage.model.accounts[Number(step.account)]!;
    const accountId = stage.accountId(account);
    const shown = await stage.ask<{ invoices: ({ at: string } & Record<string, unknown>)[] | null }>(
      'previewInvoice',
      { accountId },
      `invoices { at ${figures} }`,
      'query',
    );
    if (!shown.invoices && shown.userErrors[0]?.code !== 'INVALID_STATE') {
      throw new Disagreement(`previewInvoice refuses: ${JSON.stringify(shown.userErrors)}`);
    }
    const next = () =>
      Math.min(...stage.model.subscriptions.map((one) => (one.account === account && one.next) || Infinity));
    if (!shown.invoices && next() === Infinity) return 'refused';
    const before = stage.model.invoices.length;
    const issued = () => stage.model.invoices.slice(before).filter((one) => one.account === account).length;
    await stage.settled();
    // Past what bills nothing, as the start of a trial.
    for (let at = next(); issued() === 0 && at < Infinity; at = next()) {
      await stage.walk(at);
      stage.model.advance(at);
    }
    const answer = await stage.world.graphql<{ account: { invoices: { nodes: ({ createdAt: string } & object)[] } } }>(
      `query ($id: ID!) { account(id: $id) { invoices(first: 20) { nodes { createdAt ${figures} } } } }`,
      { id: accountId },
      { as: stage.organization },
    );
    if (answer.errors) throw new Disagreement(JSON.stringify(answer.errors));
    const done = answer
      .data!.account.invoices.nodes.slice(0, issued())
      .reverse()
      .map(({ createdAt, ...rest }) => JSON.stringify({ at: createdAt, ...rest }));
    const told = (shown.invoices ?? []).map((one) => JSON.stringify(one));
    if (done.sort().join('\n') !== told.sort().join('\n')) {
      throw new Disagreement(`billed otherwise than shown:\n  shown ${told.join()}\n  done  ${done.join()}`);
    }
    return 'done';
  },
};
