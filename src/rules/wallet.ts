import { digitsOf } from './currency.ts';
import { type DecimalLimits, formatScaled, parseDecimal } from './decimal.ts';
import { least, sum } from './money.ts';
import { divideRounded, multiply, rational, roundToScale } from './rational.ts';

/**
 * Prepaid credit that may pay invoices. `lineKinds` limits it to lines of these kinds, `priceIds` to lines of these
 * prices; null pays for all.
 */
export interface Wallet {
  readonly id: string;
  /** What may be spent now, minor units, ≥ 0: the balance less what is held. */
  readonly balanceMinor: bigint;
  readonly lineKinds: readonly string[] | null;
  readonly priceIds?: readonly string[] | null;
}

/** What decides whose turn it is. A lower `priority` goes first; from `expiresAt` on it cannot be spent; null never expires. */
export interface OrderedWallet extends Wallet {
  readonly priority: number;
  readonly expiresAt: Date | null;
  readonly grantedAt: Date;
}

/** A line as credit sees it: what is still to be paid of it, tax included, minor units, ≥ 0. */
export interface PayableLine {
  readonly kind: string;
  /** What it bills; null or left out for what has no price of a plan. */
  readonly priceId?: string | null;
  readonly dueMinor: bigint;
}

export interface WalletUse {
  /** By wallet, in the order given; 0 where nothing was taken. */
  readonly wallets: readonly { readonly id: string; readonly appliedMinor: bigint }[];
  /** By line: what credit paid of it. */
  readonly lines: readonly bigint[];
  readonly appliedMinor: bigint;
  readonly leftDueMinor: bigint;
}

const LIMITS: DecimalLimits = { maxIntegerDigits: 18, maxFractionDigits: 30 };

/**
 * The wallets that may be spent at an instant, in the order in which they are: lower priority first, then the one that
 * expires sooner, then the older, then by id, so that the order is the same every time; how narrow they are limited does not
 * count: give what is for few lines a lower priority. Empty and expired ones are left out.
 */
export function spendableInOrder<W extends OrderedWallet>(wallets: readonly W[], at: Date): W[] {
  const spendable = wallets.filter(
    (wallet) => wallet.balanceMinor > 0n && (wallet.expiresAt === null || wallet.expiresAt.getTime() > at.getTime()),
  );
  const expiry = (wallet: OrderedWallet): number => wallet.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
  return spendable.sort((left, right) => {
    if (left.priority !== right.priority) return left.priority - right.priority;
    if (expiry(left) !== expiry(right)) return expiry(left) < expiry(right) ? -1 : 1;
    const older = left.grantedAt.getTime() - right.grantedAt.getTime();
    return older || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
  });
}

/**
 * Pays an invoice from wallets in the order given, each as far as it reaches: on whatever lines leave the earlier ones what they
 * pay and the later ones most, so that no more can be paid in any way, and the order of the lines decides nothing. Null lines: the
 * invoice is one line of no kind. What is due beyond the lines is open to unlimited wallets only. No wallet falls below zero and
 * no more is paid than is due. RangeError for a negative amount. Source: op `invoice.wallet_allocation`.
 */
export function allocateWallets(
  dueMinor: bigint,
  lines: readonly PayableLine[] | null,
  wallets: readonly Wallet[],
): WalletUse {
  if (dueMinor < 0n || (lines ?? []).some((line) => line.dueMinor < 0n))
    throw new RangeError('a due amount is negative');
  if (wallets.some((wallet) => wallet.balanceMinor < 0n)) throw new RangeError('a wallet is below zero');
  const named = lines ?? [];
  const beyond = dueMinor - sum(named.map((line) => line.dueMinor));
  const groups = groupsOf([...named, { kind: null, dueMinor: beyond > 0n ? beyond : 0n }], wallets);
  let left = dueMinor;
  const used = wallets.map(({ id, balanceMinor }, turn) => {
    let appliedMinor = 0n;
    const spendable = least(balanceMinor, left);
    for (let way = findWay(groups, turn); way && appliedMinor < spendable; way = findWay(groups, turn)) {
      appliedMinor += payAlong(way, spendable - appliedMinor);
    }
    left -= appliedMinor;
    return { id, appliedMinor };
  });
  return { wallets: used, lines: paidByLine(named, groups), appliedMinor: dueMinor - left, leftDueMinor: left };
}

/** Lines that the same wallets may pay are one to them. */
interface Group {
  /** Which lines, by index. */
  readonly lines: number[];
  /** What is still to be paid of them, minor units. */
  due: bigint;
  /** By wallet: whether it may pay them, and what it pays. */
  readonly open: readonly boolean[];
  readonly paid: bigint[];
}

type Scoped = { kind: string | null; priceId?: string | null; dueMinor: bigint };

function groupsOf(lines: readonly Scoped[], wallets: readonly Wallet[]): Group[] {
  const groups = new Map<string, Group>();
  lines.forEach((line, index) => {
    const open = wallets.map((wallet) => pays(wallet, line));
    const key = open.map(Number).join('');
    const group = groups.get(key) ?? { lines: [], due: 0n, open, paid: wallets.map(() => 0n) };
    groups.set(key, group);
    group.lines.push(index);
    group.due += line.dueMinor;
  });
  return [...groups.values()];
}

/** A wallet pays more of `to`; of what it then pays too much, less of `from`, which the one of the step before pays. */
interface Step {
  readonly wallet: number;
  readonly to: Group;
  readonly before: { readonly step: Step; readonly from: Group } | null;
}

/**
 * How a wallet can pay more: what it may pay itself, else what an earlier one pays that could pay something else instead, and so
 * on (an augmenting path). No wallet pays less for it: what each pays is the most its turn allows. Null where there is no way.
 */
function findWay(groups: readonly Group[], turn: number): Step | null {
  const found: Step[] = [];
  const seen = new Set<Group>();
  const look = (wallet: number, before: Step['before']): Step | undefined => {
    for (const to of groups) {
      if (!to.open[wallet] || seen.has(to)) continue;
      seen.add(to);
      found.push({ wallet, to, before });
    }
    return found.find(({ to }) => to.due > 0n);
  };
  const asked = new Set([turn]);
  let end = look(turn, null);
  for (let index = 0; !end && index < found.length; index += 1) {
    const step = found[index]!;
    step.to.paid.forEach((paid, wallet) => {
      if (paid === 0n || asked.has(wallet)) return;
      asked.add(wallet);
      end ??= look(wallet, { step, from: step.to });
    });
  }
  return end ?? null;
}

/** Pays up to `most` more along a way, and answers how much. */
function payAlong(way: Step, most: bigint): bigint {
  let amount = least(most, way.to.due);
  for (let step = way; step.before; step = step.before.step)
    amount = least(amount, step.before.from.paid[step.wallet]!);
  way.to.due -= amount;
  for (let step: Step | undefined = way; step; step = step.before?.step) {
    step.to.paid[step.wallet]! += amount;
    if (step.before) step.before.from.paid[step.wallet]! -= amount;
  }
  return amount;
}

/** By line, those of a group in their order. */
function paidByLine(named: readonly PayableLine[], groups: readonly Group[]): bigint[] {
  const paid = named.map(() => 0n);
  for (const group of groups) {
    let amount = sum(group.paid);
    for (const index of group.lines.filter((one) => one < named.length)) {
      paid[index] = least(named[index]!.dueMinor, amount);
      amount -= paid[index];
    }
  }
  return paid;
}

function pays(
  { lineKinds, priceIds = null }: Wallet,
  { kind, priceId = null }: { kind: string | null; priceId?: string | null },
): boolean {
  const suits = (allowed: readonly string[] | null, it: string | null) =>
    allowed === null || (it !== null && allowed.includes(it));
  return suits(lineKinds, kind) && suits(priceIds, priceId);
}

/** What a balance comes to once usage that is not invoiced yet is taken off. A forecast: it may be negative. Minor units. */
export function ongoingBalance(balanceMinor: bigint, unbilledUsageMinor: bigint): bigint {
  return balanceMinor - unbilledUsageMinor;
}

/**
 * A purchase of credits: their number rounded to the currency's digits, and its price (that number × what one credit costs in
 * major units) in minor units, rounded once. RangeError for fewer than none, a negative rate or text that is no decimal.
 * Source: op `invoice.wallet_top_up`.
 */
export function topUp(
  credits: string,
  rateAmount: string,
  currency: string,
): { readonly credits: string; readonly amountMinor: bigint } {
  const digits = digitsOf(currency);
  const scaled = roundToScale(parseDecimal(credits, LIMITS), digits);
  const rate = parseDecimal(rateAmount, LIMITS);
  if (scaled < 0n || rate.numerator < 0n) throw new RangeError('a top-up is not negative');
  const price = multiply(rational(scaled), rate);
  return { credits: formatScaled(scaled, digits), amountMinor: divideRounded(price.numerator, price.denominator) };
}

/** Credit that was bought, and what it cost: minor units, both above zero. */
export interface Purchase {
  readonly creditMinor: bigint;
  readonly priceMinor: bigint;
}

/** The credit that goes back with so much of its price: rounded up, so that no credit stays that nobody paid for. */
export function creditOfPrice({ creditMinor, priceMinor }: Purchase, paidBackMinor: bigint): bigint {
  return divideRounded(creditMinor * paidBackMinor, priceMinor, 'up');
}

/** The largest part of the price, all of it at most, that so much of the credit covers. */
export function priceOfCredit({ creditMinor, priceMinor }: Purchase, takenMinor: bigint): bigint {
  return least(divideRounded(takenMinor * priceMinor, creditMinor, 'down'), priceMinor);
}

/** When and how far a wallet is filled by itself: a fixed `amountMinor`, or up to `targetMinor`. */
export type TopUpRule =
  | { readonly thresholdMinor: bigint; readonly amountMinor: bigint }
  | { readonly thresholdMinor: bigint; readonly targetMinor: bigint };

/**
 * What to buy automatically, minor units; 0n for nothing. It is due when the ongoing balance and what is bought but not yet
 * paid for are together at or below the threshold, so that a top-up under way is not bought twice.
 */
export function automaticTopUp(ongoingMinor: bigint, pendingMinor: bigint, rule: TopUpRule): bigint {
  const expected = ongoingMinor + pendingMinor;
  if (expected > rule.thresholdMinor) return 0n;
  if ('amountMinor' in rule) return rule.amountMinor > 0n ? rule.amountMinor : 0n;
  return rule.targetMinor > expected ? rule.targetMinor - expected : 0n;
}
