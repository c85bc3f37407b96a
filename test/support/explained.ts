/**
 * Computes an invoice again from what its lines say of themselves in the API, and from nothing else: its own arithmetic, no code
 * of the product. The derivation's structure is all it knows.
 */

/** A fraction: numerator and positive denominator. */
export type Fraction = readonly [bigint, bigint];
type Facts = { __typename: string } & Record<string, string & boolean & Facts[]>;

export interface ExplainedLine {
  amount: { amountMinor: string };
  discountAmount: { amountMinor: string };
  taxAmount: { amountMinor: string };
  derivation: {
    currency: string;
    steps: Facts[];
    discountSteps: {
      position: number;
      kind: string;
      percent: string | null;
      offered: string | null;
      base: string;
      togetherBase: string;
      taken: string;
      capped: boolean;
      exact: string;
      amount: string;
      returned: { given: string; amount: string; discount: string } | null;
    }[];
    taxReason: { rule: string; on: string | null } | null;
    taxSteps: {
      taxRateId: string | null;
      percent: string;
      inclusive: boolean;
      base: string;
      togetherBase: string;
      togetherAmount: string;
      includedPercent: string | null;
      exact: string;
      amount: string;
    }[];
  };
}

export const explainedFields = `amount { amountMinor } discountAmount { amountMinor } taxAmount { amountMinor } derivation { currency
  steps { ...Steps ... on BucketStep { quantity steps { ...Steps } } }
  discountSteps { position kind discountId couponName percent offered base togetherBase taken capped exact amount
    returned { given amount discount } }
  taxReason { rule on country region category registration { country scheme } }
  taxSteps { taxRateId percent inclusive base togetherBase togetherAmount includedPercent exact amount } }`;

export const stepsFragment = `fragment Steps on DerivationStep { __typename amount
  ... on PerUnitStep { unitAmount quantity } ... on TierStep { quantity unitAmount flatAmount }
  ... on PercentageTierStep { base ratePercent flatAmount } ... on PackagesStep { packageAmount packages }
  ... on EventsStep { treatment events charged ratePercent fixedAmount bound } ... on SuppliedStep { totalMinor digits }
  ... on BlocksStep { blocks blockAmount } ... on MultiplyStep { factor } ... on ProrateStep { share }
  ... on MaximumStep { maximum previouslyBilled } ... on MinimumStep { minimum previouslyBilled }
  ... on RoundStep { digits } ... on CreditStep { cap } ... on AdjustStep { to } }`;

export function read(text: string | number): Fraction {
  const [whole = '', part] = String(text).split('/');
  if (part !== undefined) return [BigInt(whole), BigInt(part)];
  const [integer = '', decimals = ''] = whole.split('.');
  return [BigInt(integer + decimals), 10n ** BigInt(decimals.length)];
}
export const times = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * c, b * d];
export const plus = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d];
export const minus = (one: Fraction, [c, d]: Fraction): Fraction => plus(one, [-c, d]);
const less = ([a, b]: Fraction, [c, d]: Fraction): boolean => a * d < c * b;
export const equal = ([a, b]: Fraction, [c, d]: Fraction): boolean => a * d === c * b;
const floor = ([a, b]: Fraction): bigint => (a < 0n && a % b !== 0n ? a / b - 1n : a / b);
/** To the nearest whole; a half goes away from zero. */
export const round = ([a, b]: Fraction): bigint => (a < 0n ? -round([-a, b]) : floor([2n * a + b, 2n * b]));
const total = (amounts: readonly bigint[]): bigint => amounts.reduce((sum, one) => sum + one, 0n);
const percentOf = (text: string): Fraction => times(read(text), [1n, 100n]);
const zero: Fraction = [0n, 1n];

/** Whole parts of a whole sum: rounded down, and what is left goes to the largest remainders, the earlier one first. */
function share(sum: bigint, exact: readonly Fraction[]): bigint[] {
  if (sum < 0n) {
    return share(
      -sum,
      exact.map(([a, b]): Fraction => [-a, b]),
    ).map((part) => -part);
  }
  const parts = exact.map(floor);
  const rests = exact.map((one, index) => minus(one, [parts[index]!, 1n]));
  const order = [...exact.keys()].sort((a, b) =>
    less(rests[b]!, rests[a]!) ? -1 : less(rests[a]!, rests[b]!) ? 1 : a - b,
  );
  for (const index of order.slice(0, Number(sum - total(parts)))) parts[index]! += 1n;
  return parts;
}

/** What the steps of a price come to, in the main unit. */
function reached(steps: readonly Facts[]): Fraction {
  return steps.reduce(follow, zero);
}

function follow(before: Fraction, step: Facts): Fraction {
  const of = (field: string): Fraction => read(step[field]!);
  const left = (most: string) => minus(of(most), of('previouslyBilled'));
  switch (step.__typename) {
    case 'FlatStep':
      return plus(before, of('amount'));
    case 'PerUnitStep':
      return plus(before, times(of('unitAmount'), of('quantity')));
    case 'TierStep':
      return plus(before, plus(times(of('unitAmount'), of('quantity')), of('flatAmount')));
    case 'PercentageTierStep':
      return plus(before, plus(times(of('base'), percentOf(step.ratePercent!)), of('flatAmount')));
    case 'PackagesStep':
      return plus(before, times(of('packageAmount'), of('packages')));
    case 'EventsStep':
      if (step.treatment === 'FREE') return before;
      if (step.bound !== null) return plus(before, times(of('events'), of('bound')));
      return plus(
        before,
        plus(times(of('charged'), percentOf(step.ratePercent!)), times(of('events'), of('fixedAmount'))),
      );
    case 'SuppliedStep':
      return plus(before, times(of('totalMinor'), [1n, 10n ** BigInt(step.digits!)]));
    case 'BlocksStep':
      return plus(before, times(of('blocks'), of('blockAmount')));
    case 'BucketStep':
      return plus(before, reached(step.steps!));
    case 'MultiplyStep':
      return times(before, of('factor'));
    case 'ProrateStep':
      return times(before, of('share'));
    case 'MaximumStep':
      return less(left('maximum'), before) ? (less(left('maximum'), zero) ? zero : left('maximum')) : before;
    case 'MinimumStep':
      return less(before, left('minimum')) ? left('minimum') : before;
    case 'RoundStep':
      return [round(times(before, [10n ** BigInt(step.digits!), 1n])), 10n ** BigInt(step.digits!)];
    case 'CreditStep': {
      const most = step.cap === null || less(before, of('cap')) ? before : of('cap');
      return step.cap !== null && less(most, zero) ? zero : [-most[0], most[1]];
    }
    case 'AdjustStep':
      return of('to');
    default:
      throw new Error(`nobody has told what ${step.__typename} does`);
  }
}

/** What the lines of one invoice say that their own facts do not come to; nothing where they can be computed again. */
export function contradictionsOf(lines: readonly ExplainedLine[], digits = 2): string[] {
  const unit: Fraction = [10n ** BigInt(digits), 1n];
  const minor = (text: string): bigint => {
    const [a, b] = times(read(text), unit);
    if (a % b !== 0n) throw new Error(`${text} is no whole amount`);
    return a / b;
  };
  const wrong: string[] = [];
  const hold = (what: string, said: bigint, comes: bigint) => {
    if (said !== comes) wrong.push(`${what}: says ${said}, comes to ${comes}`);
  };
  lines.forEach((line, index) => {
    if (line.derivation.steps.length > 0) {
      const amount = times(reached(line.derivation.steps), unit);
      hold(`amount of line ${index}`, BigInt(line.amount.amountMinor), round(amount));
    }
  });
  holdDiscounts(lines, minor, hold);
  holdTaxes(lines, minor, hold);
  return wrong;
}

type Hold = (what: string, said: bigint, comes: bigint) => void;
type Minor = (text: string) => bigint;

/** The parts of a discount over the lines that name it, each on what the earlier ones left. */
function holdDiscounts(lines: readonly ExplainedLine[], minor: Minor, hold: Hold): void {
  const left = lines.map((line) => BigInt(line.amount.amountMinor));
  const given = lines.map(() => 0n);
  const positions = lines.flatMap((line) => line.derivation.discountSteps.map(({ position }) => position));
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    const places = [...lines.keys()].filter(
      (index) => stepAt(lines[index]!, position)?.kind !== 'RETURNED' && stepAt(lines[index]!, position),
    );
    if (places.length === 0) continue;
    const steps = places.map((index) => stepAt(lines[index]!, position)!);
    const { percent, offered, taken, togetherBase, capped } = steps[0]!;
    const base = total(places.map((index) => left[index]!));
    hold(`together of discount ${position}`, minor(togetherBase), base);
    const offer = offered === null ? round(times([base, 1n], percentOf(percent!))) : minor(offered);
    hold(`taken by discount ${position}`, minor(taken), offer < base ? offer : base);
    hold(`cap of discount ${position}`, capped ? 1n : 0n, offered !== null && minor(offered) > base ? 1n : 0n);
    const rate: Fraction = offered === null ? percentOf(percent!) : [minor(taken), base];
    const parts = share(
      minor(taken),
      places.map((index) => times([left[index]!, 1n], rate)),
    );
    places.forEach((index, place) => {
      hold(`base of discount ${position} of line ${index}`, minor(steps[place]!.base), left[index]!);
      hold(`part of discount ${position} of line ${index}`, minor(steps[place]!.amount), parts[place]!);
      const exact = times([left[index]!, 100n], rate);
      hold(`exact discount of line ${index}`, equal(read(steps[place]!.exact), exact) ? 1n : 0n, 1n);
      left[index]! -= parts[place]!;
      given[index]! += parts[place]!;
    });
  }
  lines.forEach((line, index) => {
    const back = line.derivation.discountSteps.filter(({ kind }) => kind === 'RETURNED');
    if (back.length > 0) {
      const parts = share(
        minor(back[0]!.taken),
        back.map(({ base, togetherBase, taken }) => times(read(taken), [minor(base) * 100n, minor(togetherBase)])),
      );
      back.forEach(({ amount }, place) => {
        hold(`return ${place} of line ${index}`, minor(amount), parts[place]!);
      });
      given[index] = total(parts);
      const { returned, taken } = back[0]!;
      if (!returned) hold(`share of line ${index}`, 0n, 1n);
      else {
        const [part, left] = [minor(returned.given), minor(returned.amount)];
        hold(`given back by line ${index}`, part, BigInt(line.amount.amountMinor));
        hold(`returned by line ${index}`, minor(taken), round([minor(returned.discount) * part, left]));
      }
    }
    hold(`discount of line ${index}`, BigInt(line.discountAmount.amountMinor), given[index]!);
  });
}

/** Moves single units from the first rate that has more than its sum to the first that has less, line by line. */
function evenOut(parts: bigint[][], byRate: readonly bigint[]): void {
  const over = (at: number) => total(parts.map((part) => part[at]!)) - byRate[at]!;
  for (const part of parts) {
    for (;;) {
      const from = byRate.findIndex((_sum, at) => over(at) > 0n);
      const to = byRate.findIndex((_sum, at) => over(at) < 0n);
      if (from < 0 || (part[from]! <= 0n && part[to]! >= 0n)) break;
      part[from]! -= 1n;
      part[to]! += 1n;
    }
  }
}

const stepAt = (line: ExplainedLine, at: number) =>
  line.derivation.discountSteps.find(({ position }) => position === at);

/** Taxes: first what the amounts contain, set by set of rates; then what comes on top, rate by rate. */
function holdTaxes(lines: readonly ExplainedLine[], minor: Minor, hold: Hold): void {
  const net = lines.map((line) => BigInt(line.amount.amountMinor) - BigInt(line.discountAmount.amountMinor));
  const tax = lines.map(() => 0n);
  const stepsOf = (index: number, inclusive: boolean) =>
    lines[index]!.derivation.taxSteps.filter((step) => step.inclusive === inclusive);
  const setOf = (index: number) =>
    stepsOf(index, true)
      .map(({ taxRateId }) => taxRateId)
      .sort()
      .join(' ');
  for (const set of new Set([...lines.keys()].map(setOf))) {
    if (set === '') continue;
    const places = [...lines.keys()].filter((index) => setOf(index) === set);
    const rates = stepsOf(places[0]!, true);
    const gross = total(places.map((index) => net[index]!));
    const sum = rates.reduce((all, { percent }) => plus(all, percentOf(percent)), zero);
    const whole = plus([1n, 1n], sum);
    const contained = gross - round([gross * whole[1], whole[0]]);
    const byRate = share(
      contained,
      rates.map(({ percent }) => times([contained, 1n], times(percentOf(percent), [sum[1], sum[0]]))),
    );
    rates.forEach((rate, place) => {
      hold(`contained tax ${rate.percent} %`, minor(rate.togetherAmount), byRate[place]!);
      hold(`contained base ${rate.percent} %`, minor(rate.togetherBase), gross);
    });
    const byLine = share(
      contained,
      places.map((index) => times([net[index]!, 1n], [sum[0] * whole[1], sum[1] * whole[0]])),
    );
    const parts = byLine.map((amount) =>
      share(
        amount,
        rates.map(({ percent }) => times([amount, 1n], times(percentOf(percent), [sum[1], sum[0]]))),
      ),
    );
    evenOut(parts, byRate);
    places.forEach((index, place) => {
      rates.forEach(({ taxRateId, percent }, at) => {
        const step = stepsOf(index, true).find((one) => one.taxRateId === taxRateId)!;
        const name = `contained tax ${percent} % of line ${index}`;
        hold(name, minor(step.amount), parts[place]![at]!);
        hold(`base of ${name}`, minor(step.base), net[index]!);
        const exact = times([net[index]!, 1n], times(percentOf(percent), [whole[1], whole[0]]));
        hold(`exact ${name}`, equal(times(read(step.exact), [100n, 1n]), exact) ? 1n : 0n, 1n);
        hold(`rates of ${name}`, equal(percentOf(step.includedPercent!), sum) ? 1n : 0n, 1n);
      });
      tax[index]! += byLine[place]!;
    });
  }
  const base = net.map((amount, index) => amount - tax[index]!);
  const onTop = lines.flatMap((_line, index) => stepsOf(index, false).map(({ taxRateId }) => taxRateId));
  for (const id of new Set(onTop)) {
    const stepOf = (index: number) => stepsOf(index, false).find(({ taxRateId }) => taxRateId === id);
    const places = [...lines.keys()].filter(stepOf);
    const { percent, togetherAmount, togetherBase } = stepOf(places[0]!)!;
    const all = total(places.map((index) => base[index]!));
    hold(`base of ${percent} %`, minor(togetherBase), all);
    hold(`tax of ${percent} %`, minor(togetherAmount), round(times([all, 1n], percentOf(percent))));
    const exact = places.map((index) => times([base[index]!, 1n], percentOf(percent)));
    share(minor(togetherAmount), exact).forEach((part, place) => {
      const index = places[place]!;
      const step = stepOf(index)!;
      hold(`tax ${percent} % of line ${index}`, minor(step.amount), part);
      hold(`base ${percent} % of line ${index}`, minor(step.base), base[index]!);
      hold(`exact tax of line ${index}`, equal(times(read(step.exact), [100n, 1n]), exact[place]!) ? 1n : 0n, 1n);
      tax[index]! += part;
    });
  }
  lines.forEach((line, index) => {
    hold(`tax of line ${index}`, BigInt(line.taxAmount.amountMinor), tax[index]!);
  });
}
