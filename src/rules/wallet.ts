import { digitsOf } from './currency.ts';
import { type DecimalLimits, formatScaled, parseDecimal } from './decimal.ts';
import { sum } from './money.ts';
import { divideRounded, multiply, rational, roundToScale } from './rational.ts';

/** Prepaid credit that may pay invoices. `lineKinds` limits it to lines of these kinds, `priceIds` to lines of these prices; null pays for all. */
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
 * Pays an invoice from wallets in the order given, each as far as it reaches: first on the lines that fewest of the later wallets
 * may pay, so that what those are limited to is left for them whatever the order of the lines; among equals in their order.
 * Null lines: the invoice is one line of no kind. What is due beyond the lines is open to unlimited wallets only. No wallet falls below zero and
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
  const open: { kind: string | null; priceId?: string | null; dueMinor: bigint }[] = named.map((line) => ({ ...line }));
  open.push({ kind: null, dueMinor: beyond > 0n ? beyond : 0n });
  let left = dueMinor;
  const used = wallets.map((wallet, turn) => {
    const spendable = smaller(wallet.balanceMinor, left);
    let balance = spendable;
    const later = wallets.slice(turn + 1).filter(({ balanceMinor }) => balanceMinor > 0n);
    const others = (line: (typeof open)[number]) => later.filter((one) => pays(one, line)).length;
    const own = open.filter((line) => pays(wallet, line)).map((line) => ({ line, others: others(line) }));
    for (const { line } of own.sort((left, right) => left.others - right.others)) {
      const amount = smaller(line.dueMinor, balance);
      line.dueMinor -= amount;
      balance -= amount;
    }
    left -= spendable - balance;
    return { id: wallet.id, appliedMinor: spendable - balance };
  });
  return {
    wallets: used,
    lines: named.map((line, index) => line.dueMinor - open[index]!.dueMinor),
    appliedMinor: dueMinor - left,
    leftDueMinor: left,
  };
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

const smaller = (left: bigint, right: bigint): bigint => (left < right ? left : right);
