import type { LockedAccount } from '../../../accounts/index.ts';
import { invalidInput } from '../../../platform/errors.ts';
import { readInput } from '../../../platform/input.ts';
import type { Work } from '../../../platform/work.ts';
import { localDay } from '../../../rules/calendar.ts';
import { chargeOf } from '../charges/charge-line.ts';
import type { ChargeDraft } from '../charges/invoice-request.ts';
import type { InvoiceDiscount } from '../discounts/invoice-discount.ts';
import { checkLineDiscount, manualDiscount, manualTerms, usualName } from '../discounts/manual-discounts.ts';
import type { InvoiceRow } from '../invoicing.entities.ts';
import { issueInvoices } from '../issuing/issue-invoices.ts';
import { lockBilled } from '../settlement/lock-billed.ts';
import { type CreateInvoiceInput, createInvoiceInput } from './drafting.inputs.ts';

/** What a new invoice asks for, for whom: what discounts of it are computed from. The account is locked, and stands at its instant. */
export interface Purchased {
  user: LockedAccount;
  currency: string;
  charges: readonly ChargeDraft[];
}

/**
 * Makes an invoice by hand, of the lines given and, if asked, of the account's waiting charges: a draft, or final at once.
 * It goes to the account's bill-to account. What is taken off lines comes before what is taken off all of them (`discountsOf`).
 * `at`: the instant that it is made as of, where one was promised; the account's own if left out.
 * NOT_FOUND, CURRENCY_MISMATCH, AMOUNT_TOO_LARGE, INVALID_INPUT with paths.
 */
export async function createInvoice(
  work: Work,
  given: CreateInvoiceInput,
  options: { discountsOf?: (purchased: Purchased) => Promise<readonly InvoiceDiscount[]>; at?: Date | undefined } = {},
): Promise<InvoiceRow> {
  const input = readInput(createInvoiceInput, given);
  const billed = await lockBilled(work, input.accountId, ['input', 'accountId']);
  const { billTo } = billed;
  const account = asOf(billed.account, options.at);
  const user = asOf(billed.user, options.at);
  const currency = input.currency ?? account.currency;
  const charges = input.lines.map((line, index) =>
    chargeOf(user.id, currency, line, ['input', 'lines', String(index)]),
  );
  const ofLines = input.lines.flatMap(({ discount }, index): InvoiceDiscount[] => {
    if (!discount) return [];
    const path = ['input', 'lines', String(index), 'discount'];
    const terms = manualTerms(discount, { currency, lineIds: null, path });
    checkLineDiscount(charges[index]!.amount, discount, path);
    return [manualDiscount(usualName, terms, account.now, index)];
  });
  const discounts = [...ofLines, ...((await options.discountsOf?.({ user, currency, charges })) ?? [])];
  const usualDays = billTo.netDays ?? account.organization.netDays;
  const [invoice] = await issueInvoices(work, [
    {
      account,
      billTo,
      currency,
      at: account.now,
      askedAt: billed.account.now,
      collection: input.autoCollect ? 'automatic' : 'manual',
      netDays: input.dueOn ? daysUntil(input.dueOn, account) : (input.netDays ?? usualDays),
      reason: 'manual',
      legalEntityId: input.legalEntityId ?? account.legalEntityId ?? null,
      memo: input.memo ?? null,
      purchaseOrderNumber: input.purchaseOrderNumber ?? account.purchaseOrderNumber ?? null,
      customFields: input.customFields ?? account.customFields,
      metadata: input.metadata ?? {},
      charges,
      ...(discounts.length > 0 ? { discounts } : {}),
      finalize: input.finalize ?? false,
      includeWaiting: input.includeWaitingCharges ?? false,
    },
  ]);
  if (!invoice) throw invalidInput(['input', 'lines'], 'There are no waiting charges, and no lines were given.');
  return invoice;
}

const asOf = (account: LockedAccount, at: Date | undefined): LockedAccount => (at ? { ...account, now: at } : account);

const day = 86_400_000;
const mostDays = 365;

/** Local days from today until a day. INVALID_INPUT for a day that is over, or more than a year away. */
function daysUntil(dueOn: string, { timezone, now }: LockedAccount): number {
  const days = Date.parse(`${dueOn}T00:00:00Z`) / day - localDay(timezone, now);
  if (days < 0) throw invalidInput(['input', 'dueOn'], 'The due day is over.');
  if (days > mostDays) throw invalidInput(['input', 'dueOn'], `The due day is at most ${mostDays} days away.`);
  return days;
}
