import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { instantOfLocal, localOfInstant } from '../../rules/calendar.ts';
import { type Entry, postBoughtCreditTaken, postCreditGranted, reversePosting } from '../../rules/posting.ts';
import { type CreditBalances, type Lot, loadBalances, releaseHoldsOn } from '../credits/index.ts';
import type { InvoiceFactData } from '../invoicing/index.ts';
import { post } from '../ledger/index.ts';
import { forgetFailures } from './follow-automatic.ts';
import { takeWhatWaits } from './refund-bought.ts';
import {
  CreditTopUpEntity,
  CreditTopUpRefundEntity,
  type CreditTopUpRefundRow,
  type CreditTopUpRow,
} from './wallets.entities.ts';

const day = 86_400_000;

interface Followed {
  topUp: CreditTopUpRow;
  fact: Fact;
}

/** The purchases that facts of invoices are about, with their accounts' credit; null in nearly all transactions. */
async function follow(work: Work, facts: readonly Fact[]) {
  const about = facts.filter((fact) => (fact.data as InvoiceFactData).reason === 'top_up');
  if (about.length === 0) return null;
  const invoiceIds = about.map((fact) => fact.objectId);
  const rows = await work.find(CreditTopUpEntity, { invoiceId: { $in: invoiceIds } });
  const topUps = rows.flatMap((topUp): Followed[] => {
    const fact = about.find((one) => one.objectId === topUp.invoiceId);
    return fact ? [{ topUp, fact }] : [];
  });
  const lots = topUps.flatMap(({ topUp }) => topUp.grantId ?? []);
  return { topUps, balances: await loadBalances(work, rows, lots) };
}

function lotOf(balances: CreditBalances, topUp: CreditTopUpRow): Lot | undefined {
  return balances.lotsOf(topUp).find(({ row }) => row.id === topUp.grantId);
}

/**
 * Consequence of `invoice.paid`: the credit that the invoice bought is given, once whatever arrives twice. An invoice paid
 * anew after its money had bounced lets the credit be spent again.
 */
export async function giveBoughtCredit(work: Work, facts: readonly Fact[]): Promise<void> {
  const followed = await follow(work, facts);
  if (!followed) return;
  const { topUps, balances } = followed;
  const accounts = await accountsOf(work, topUps);
  const refunds = await refundsOf(work, topUps);
  for (const { topUp, fact } of topUps) {
    const lot = lotOf(balances, topUp);
    if (lot) {
      if (lot.row.frozenAt) balances.freeze(lot, false, fact.at);
      continue;
    }
    if (topUp.status !== 'pending') continue;
    const given = give(work, balances, topUp, fact.at, accounts.get(topUp.accountId));
    const waiting = refunds.filter((one) => one.topUpId === topUp.id);
    takeWhatWaits(work, balances, given, waiting, fact.at);
  }
  balances.save(work);
  await forgetFailures(
    work,
    topUps.map(({ topUp }) => topUp),
  );
}

interface Holder {
  id: string;
  timezone: string;
  test_clock_id: string | null;
}

async function accountsOf(work: Work, topUps: readonly Followed[]): Promise<Map<string, Holder>> {
  const rows = await work.rows<Holder>(
    `select id, timezone, test_clock_id from accounts where organization_id = any($1::uuid[]) and id = any($2::uuid[])`,
    [`{${work.organizations.join(',')}}`, `{${topUps.map(({ topUp }) => topUp.accountId).join(',')}}`],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function give(work: Work, balances: CreditBalances, topUp: CreditTopUpRow, at: Date, holder: Holder | undefined): Lot {
  const { organizationId, id, accountId, currency, amount, price, priority, reason, metadata, expiresAfterDays } =
    topUp;
  const zone = holder?.timezone ?? 'UTC';
  const local = localOfInstant(zone, at.getTime());
  const expiresAt = expiresAfterDays ? new Date(instantOfLocal(zone, local + expiresAfterDays * day)) : null;
  const terms = { paidAmount: price, priority, lineKinds: topUp.lineKinds ?? null, expiresAt, reason: reason ?? null };
  balances.move({
    ...{ organizationId, accountId, currency, amount, sourceType: 'top_up', sourceId: id, at },
    terms: { ...terms, testClockId: holder?.test_clock_id ?? null, metadata },
  });
  const lot = balances.lotsOf(topUp).find(({ row }) => row.sourceId === id)!;
  const entries = postCreditGranted(currency, amount, price);
  post(work, [{ organizationId, sourceType: 'credit_grant', sourceId: lot.row.id, effect: 'grant', at, entries }]);
  // The lot's row goes first: the purchase names it.
  const granted = { status: 'granted', grantId: lot.row.id, givenUpAt: null };
  work.update(CreditTopUpEntity, { organizationId, id, ...granted, updatedAt: at });
  return lot;
}

/** What refunds took, or wait to take, of purchases. */
function refundsOf(work: Work, topUps: readonly Followed[]): Promise<CreditTopUpRefundRow[]> {
  return work.find(CreditTopUpRefundEntity, { topUpId: { $in: topUps.map(({ topUp }) => topUp.id) } });
}

/** Consequence of `invoice.reopened`: credit whose money is gone again is not spent until the invoice is paid anew. */
export async function freezeBoughtCredit(work: Work, facts: readonly Fact[]): Promise<void> {
  const followed = await follow(work, facts);
  if (!followed) return;
  const { topUps, balances } = followed;
  for (const { topUp, fact } of topUps) {
    const lot = lotOf(balances, topUp);
    if (lot && !lot.row.frozenAt) balances.freeze(lot, true, fact.at);
  }
  balances.save(work);
}

/**
 * Consequence of `invoice.voided`: what was bought and not paid for is not given any more. Of credit that was given before
 * the money bounced, what is left is taken back, and what was spent is lost (bad debt).
 */
export async function cancelPurchase(work: Work, facts: readonly Fact[]): Promise<void> {
  const followed = await follow(work, facts);
  if (!followed) return;
  const { topUps, balances } = followed;
  const refunds = await refundsOf(work, topUps);
  // What a hold keeps back of it is gone with the rest.
  const kept = topUps.flatMap(({ topUp }) => ((lotOf(balances, topUp)?.row.held ?? 0n) > 0n ? [topUp.grantId!] : []));
  await releaseHoldsOn(work, balances, kept, facts[0]!.at);
  for (const { topUp, fact } of topUps) {
    const { organizationId, id, currency, amount, price } = topUp;
    const lot = lotOf(balances, topUp);
    if (!lot) {
      work.update(CreditTopUpEntity, { organizationId, id, status: 'canceled', updatedAt: fact.at });
      continue;
    }
    const left = balances.close(lot, 'withdrawal', fact.at);
    const lost: Entry[] = [
      { account: 'credits', currency, amountMinor: left - amount },
      { account: 'bad_debt', currency, amountMinor: amount - left },
    ];
    const given = reversePosting(postCreditGranted(currency, amount, price));
    // What refunds took back was neither left nor spent.
    const refunded = refunds
      .filter((one) => one.topUpId === id && one.status === 'taken')
      .flatMap(({ credit, money }): Entry[] => [
        ...reversePosting(postBoughtCreditTaken(currency, credit, money)),
        { account: 'credits', currency, amountMinor: credit },
        { account: 'bad_debt', currency, amountMinor: -credit },
      ]);
    const entries = addUp([...given, ...lost, ...refunded]);
    const source = { organizationId, sourceType: 'credit_grant', sourceId: lot.row.id };
    // What was withdrawn before by hand is posted as that: this is another effect.
    post(work, [{ ...source, effect: 'cancel', at: fact.at, entries }]);
  }
  balances.save(work);
}

/** One entry for an account, none where nothing is left. */
function addUp(entries: readonly Entry[]): Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const known = sums.get(entry.account);
    sums.set(entry.account, { ...entry, amountMinor: entry.amountMinor + (known?.amountMinor ?? 0n) });
  }
  return [...sums.values()].filter((entry) => entry.amountMinor !== 0n);
}
