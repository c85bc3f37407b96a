import type { Arguments, Step } from '../command.ts';
import type { ModelAccount } from '../model.ts';
import type { Random } from '../random.ts';
import { Disagreement, type Stage } from '../stage.ts';

export const figures = `currency subtotal { amountMinor } discountTotal { amountMinor } taxTotal { amountMinor } total { amountMinor }
  creditsApplied { amountMinor } amountDue { amountMinor } taxes { name percent taxable { amountMinor } amount { amountMinor } }
  lines { kind description component period { start end } quantity unitAmountMinor amount { amountMinor } discountAmount { amountMinor }
    taxAmount { amountMinor } reversesLineId }`;

/** Whether one looks before one acts, and what happens between: nothing, a while, or something that is billed along. */
export function drawLook(random: Random): Arguments {
  return { look: random.chance(0.6), between: random.one(['nothing', 'nothing', 'while', 'charge']) };
}

export interface Look {
  preview: string;
  execution: string;
  input: object;
  account: ModelAccount;
  /** Whether a charge that has come to wait makes the preview wrong; null where that is not foretold. */
  outdates(): boolean | null;
}

interface Shown {
  preview: { status: string; invoices: object[]; token: string } | null;
}

interface Done {
  subscription: { status: string; latestInvoice: object | null } | null;
}

const whileMs = 1_234_567;

/**
 * Looks at what a mutation would do, lets something happen, and carries it out by its token: it does what was shown, to the
 * last unit, or refuses with STALE_PREVIEW. Disagreement for anything else; `refused` promises that nothing was written.
 */
export async function asShown(stage: Stage, step: Step, look: Look): Promise<'done' | 'refused'> {
  const { preview, execution, input } = look;
  const selection = `preview { status token invoices { ${figures} } }`;
  const shown = await stage.ask<Shown>(preview, input, selection, 'query');
  if (!shown.preview) throw new Disagreement(`${preview} refuses: ${JSON.stringify(shown.userErrors)}`);
  if ((await stage.inspector.digest(stage.organization.id)) !== stage.digest) {
    throw new Disagreement(`${preview} has written something`);
  }
  const outdated = await between(stage, step, look);
  const answer = await stage.ask<Done>(
    execution,
    { ...input, previewToken: shown.preview.token },
    `subscription { status latestInvoice { ${figures} } }`,
  );
  const [refusal] = answer.userErrors;
  if (refusal) {
    if (outdated !== false && refusal.code === 'STALE_PREVIEW') return 'refused';
    throw new Disagreement(`${execution} after its preview: ${JSON.stringify(answer.userErrors)}`);
  }
  if (outdated === true) throw new Disagreement(`${execution}: a preview that has become wrong was carried out`);
  const { status, latestInvoice } = answer.subscription!;
  const { invoices } = shown.preview;
  const done = JSON.stringify([status, invoices.length === 0 ? [] : [latestInvoice]]);
  const told = JSON.stringify([shown.preview.status, invoices]);
  if (done !== told)
    throw new Disagreement(`${execution}: done otherwise than shown:\n  shown ${told}\n  done  ${done}`);
  return 'done';
}

/** Answers whether what happens makes the preview wrong: null where it may, as a boundary may lie between. */
async function between(stage: Stage, step: Step, { account, outdates }: Look): Promise<boolean | null> {
  const { model } = stage;
  if (step.between === 'nothing') return false;
  if (step.between === 'while') {
    await stage.walk(model.now + whileMs);
    model.advance(model.now + whileMs);
    await stage.settled();
    return null;
  }
  const line = { description: 'Meanwhile', unitAmount: { amountMinor: '777', currency: 'EUR' } };
  const input = { accountId: stage.accountId(account), line };
  const { charge } = await stage.expect<{ charge: { id: string } }>('createCharge', input, null, 'charge { id }');
  stage.ids.set(model.addCharge(account, 777n, model.now), charge.id);
  await stage.settled();
  return outdates();
}
