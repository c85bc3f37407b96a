/** A price as its row has it. */
export interface PricedBy {
  model: string;
  parameters: {
    amount?: string;
    unitAmount?: string;
    tiers?: { upTo: string | null; unitAmount: string; flatAmount?: string }[];
  };
  quantity: string;
}

/** Decimals are integers of millionths; a product of two of them has the square of that below it. */
const one = 1_000_000n;
const square = one * one;

function millionths(text: string): bigint {
  const [whole = '0', part = ''] = text.split('.');
  return BigInt(`${whole}${part.padEnd(6, '0').slice(0, 6)}`);
}

const rounded = (value: bigint, under: bigint): bigint => (value + under / 2n) / under;

interface Step {
  step: string;
  amount: string;
  [fact: string]: unknown;
}

/** What an item costs in a whole period: minor units, the price of one, and how it came about. */
export function priceItem(item: PricedBy): { amount: bigint; unitAmount: string; steps: Step[] } {
  const { model, parameters, quantity } = item;
  const parts = partsOf(item);
  const exact = parts.reduce((sum, part) => sum + part.exact, 0n);
  const amount = rounded(exact, square);
  const round = { step: 'round', mode: 'half_away_from_zero', currency: 'EUR', digits: 2, amount: major(amount) };
  const listed = parameters.amount ?? parameters.unitAmount;
  const average = rounded(exact * 10n ** 10n, millionths(quantity) * one);
  return {
    amount,
    unitAmount: listed ?? decimalText(average, 10),
    steps: [...parts.map(({ facts, exact: own }) => ({ step: model, ...facts, amount: decimalText(own, 14) })), round],
  };
}

function partsOf({ model, parameters, quantity }: PricedBy): { exact: bigint; facts: Record<string, unknown> }[] {
  const units = millionths(quantity);
  if (parameters.amount) return [{ exact: millionths(parameters.amount) * one, facts: {} }];
  if (parameters.unitAmount) {
    const { unitAmount } = parameters;
    return [{ exact: millionths(unitAmount) * units, facts: { unitAmount, quantity } }];
  }
  let above = 0n;
  return (parameters.tiers ?? []).flatMap((tier, index) => {
    const from = above;
    const upTo = tier.upTo === null ? units : millionths(tier.upTo);
    above = upTo;
    if (units <= from || (model === 'volume' && units > upTo)) return [];
    const part = model === 'volume' ? units : (units < upTo ? units : upTo) - from;
    const exact = part * millionths(tier.unitAmount) + millionths(tier.flatAmount ?? '0') * one;
    return [{ exact, facts: { ...tier, step: 'tier', tier: index + 1, quantity: decimalText(part, 6) } }];
  });
}

/** A percentage of amounts, rounded once over all and shared out by largest remainder. Minor units, not negative. */
export function percentageOf(
  amounts: readonly bigint[],
  percent: string,
): { whole: bigint; shares: bigint[]; exact: string[] } {
  const under = 100n * one;
  const exact = amounts.map((amount) => amount * millionths(percent));
  const whole = rounded(
    exact.reduce((sum, share) => sum + share, 0n),
    under,
  );
  const shares = exact.map((share) => share / under);
  let missing = whole - shares.reduce((sum, share) => sum + share, 0n);
  const order = exact.map((share, index) => ({ rest: share % under, index }));
  order.sort((left, right) => (left.rest === right.rest ? left.index - right.index : left.rest > right.rest ? -1 : 1));
  for (const { index } of order) {
    if (missing <= 0n) break;
    shares[index]! += 1n;
    missing -= 1n;
  }
  return { whole, shares, exact: exact.map((share) => decimalText(share, 8)) };
}

/** Minor units as text of the main unit. */
export const major = (minor: bigint): string => `${minor / 100n}.${(minor % 100n).toString().padStart(2, '0')}`;

/** An integer with so many digits behind the point, without what is 0 at its end. */
function decimalText(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${text.slice(0, -digits)}${fraction && `.${fraction}`}`;
}
