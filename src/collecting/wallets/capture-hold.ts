import { currencyMismatch } from '../../platform/errors.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { endHold, keepHold, nameOrder } from '../credits/index.ts';
import { chargeOf, issueInvoices, payDebtsBehind, termsOfAccount } from '../invoicing/index.ts';
import { refuseBilledElsewhere } from './top-up-credit.ts';
import { type CaptureHoldInput, captureHoldInput } from './wallets.inputs.ts';

/**
 * Invoices the order that credit was held for: the hold ends, and the invoice, final at once, is paid with credit in the
 * usual order, as far as it reaches; what the hold kept is there for it, unless its money is gone or its own invoice is owed
 * again. What the order leaves over is free again. NOT_FOUND, INVALID_STATE once the hold has ended, CURRENCY_MISMATCH, INVALID_INPUT.
 */
export async function captureHold(work: Work, given: CaptureHoldInput): Promise<{ id: string; invoiceId: string }> {
  const input = readInput(captureHoldInput, given);
  const { hold, account, balances, parts } = await keepHold(work, input.id);
  refuseBilledElsewhere(account, ['input', 'id']);
  const { organizationId, id, currency } = hold;
  input.lines.forEach(({ unitAmount }, index) => {
    if (!unitAmount || unitAmount.currency === currency) return;
    const path = ['input', 'lines', String(index), 'unitAmount', 'currency'];
    throw currencyMismatch(path, `The credit is held in ${currency}.`);
  });
  const charges = input.lines.map((line, index) =>
    chargeOf(account.id, currency, line, ['input', 'lines', String(index)]),
  );
  const at = account.now;
  endHold(work, balances, hold, parts, { event: 'capture', at });
  balances.save(work);
  await payDebtsBehind(work, { organizationId, holdId: id, at });
  const [invoice] = await issueInvoices(work, [
    {
      ...{ account, billTo: account, currency, at, charges, finalize: true, reason: 'manual' },
      ...termsOfAccount(account),
      collection: input.autoCollect ? 'automatic' : 'manual',
      netDays: input.netDays ?? account.netDays ?? account.organization.netDays,
      memo: input.memo ?? null,
    },
  ]);
  nameOrder(work, hold, invoice!.id);
  return { id, invoiceId: invoice!.id };
}
