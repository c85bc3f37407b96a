import type { Work } from '../../platform/work.ts';
import type { CreditKey } from './credit-moves.ts';
import { postEnded } from './end-lot.ts';
import { loadBalances } from './load-balances.ts';

/**
 * Gives back what an invoice had spent, into the lots it came from. What has expired or was withdrawn meanwhile leaves
 * again at once (its own ledger transaction, effect `expire:<invoice>` or `withdraw:<invoice>` of the grant): a void does
 * not make credit last longer than was agreed.
 */
export async function returnCredit(
  work: Work,
  key: CreditKey,
  { invoiceId, at }: { invoiceId: string; at: Date },
): Promise<void> {
  const spent = await work.rows<{ grant_id: string; amount: bigint }>(
    `select grant_id, (-sum(amount))::bigint as amount from credit_entries
     where organization_id = $1 and source_id = $2 and source_type = 'invoice_application'
     group by grant_id having sum(amount) < 0 order by min(seq)`,
    [key.organizationId, invoiceId],
  );
  const balances = await loadBalances(
    work,
    [key],
    spent.map((one) => one.grant_id),
  );
  for (const { grant_id: grantId, amount } of spent) {
    const left = balances.giveBack({ ...key, grantId, amount, invoiceId, at });
    const lot = balances.lotsOf(key).find(({ row }) => row.id === grantId);
    if (left === 0n || !lot) continue;
    const effect = lot.row.expiredAt ? `expire:${invoiceId}` : `withdraw:${invoiceId}`;
    postEnded(work, lot, left, effect, at);
  }
  balances.save(work);
}
