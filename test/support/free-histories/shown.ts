import type { Arguments } from '../model/command.ts';
import { figures as allFigures } from '../model/commands/looking.ts';
import type { Random } from '../model/random.ts';
import { Disagreement, type Ground } from './ground.ts';

const figures = allFigures.replace('amountDue { amountMinor }', '');

export const drawLook = (random: Random): Arguments => ({ look: random.chance(0.5) });

interface Shown {
  preview: { status: string; invoices: object[]; token: string } | null;
}

/**
 * Looks at what a mutation would do and carries it out by its token: it does what was shown, to the last unit. Both refuse
 * with the same words, or neither does. Disagreement for anything else.
 */
export async function asShown(
  ground: Ground,
  preview: string,
  execution: string,
  input: object,
): Promise<'done' | 'refused'> {
  const selection = `preview { status token invoices { ${figures} } }`;
  const shown = await ground.ask<Shown>(preview, input, selection, 'query');
  if ((await ground.inspector.digest(ground.organization.id)) !== ground.digest) {
    throw new Disagreement(`${preview} has written something`);
  }
  const before = await told(ground);
  const answer = await ground.ask<{ subscription: { status: string } | null }>(
    execution,
    { ...input, ...(shown.preview ? { previewToken: shown.preview.token } : {}) },
    'subscription { status }',
  );
  const refusals = [shown, answer].map(({ userErrors }) => JSON.stringify(userErrors));
  if (refusals[0] !== refusals[1])
    throw new Disagreement(`${preview} refuses with ${refusals[0]}, ${execution} with ${refusals[1]}`);
  if (!shown.preview || !answer.subscription) return 'refused';
  const after = await told(ground);
  // What a change gives back may pay older invoices: these are not shown.
  const core = (one: Told | undefined) =>
    one && `${one.isDraft} ${one.figures.replace(/"creditsApplied":\{[^}]*\}/, '')}`;
  const moved = [...after].filter(([id, one]) => core(before.get(id)) !== core(one)).map(([, one]) => one.figures);
  // A preview ends before anything is collected: what nobody can pay is past due at once.
  const { status } = answer.subscription;
  const collected = status === 'PAST_DUE' && shown.preview.status === 'ACTIVE' ? 'ACTIVE' : status;
  const done = [collected, ...moved.sort()].join('\n    ');
  const promised = [shown.preview.status, ...shown.preview.invoices.map((one) => JSON.stringify(one)).sort()].join(
    '\n    ',
  );
  if (done !== promised)
    throw new Disagreement(`${execution}: done otherwise than shown:\n  shown ${promised}\n  done  ${done}`);
  return 'done';
}

interface Told {
  figures: string;
  /** A draft that waited may become final without another figure. */
  isDraft: boolean;
}

/** What the figures of the newest invoices are, by their ids. */
async function told(ground: Ground): Promise<Map<string, Told>> {
  const answer = await ground.query<{
    invoices: { nodes: ({ id: string; reason: string; status: string } & object)[] };
  }>(`{ invoices(first: 100) { nodes { id reason status ${figures} } } }`, {});
  // Credit that is bought by itself is a reaction, which may come before these are read or after.
  const nodes = answer.invoices.nodes.filter(({ reason }) => reason !== 'TOP_UP');
  return new Map(
    nodes.map(({ id, reason: _reason, status, ...rest }) => [
      id,
      { figures: JSON.stringify(rest), isDraft: status === 'DRAFT' },
    ]),
  );
}
