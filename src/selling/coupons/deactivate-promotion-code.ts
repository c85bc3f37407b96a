import { invalidState, notFound } from '../../platform/errors.ts';
import type { Work } from '../../platform/work.ts';
import { PromotionCodeEntity, type PromotionCodeRow } from './coupons.entities.ts';
import { announceCode } from './coupons.facts.ts';
import { codeColumns } from './coupons.rows.ts';

/** The code can not be redeemed any more; its text stays taken. NOT_FOUND; INVALID_STATE if it is inactive already. */
export async function deactivatePromotionCode(work: Work, input: { id: string }): Promise<PromotionCodeRow> {
  const path = ['input', 'id'];
  const [code] = await work.rows<PromotionCodeRow>(
    `select ${codeColumns('p')} from promotion_codes p where p.organization_id = $1 and p.id = $2 for update`,
    [work.organizationId, input.id],
  );
  if (!code) throw notFound(path);
  if (code.deactivatedAt) throw invalidState('The code is inactive already.', path);
  const { organizationId, id } = code;
  const at = work.recordedAt;
  Object.assign(code, { deactivatedAt: at, updatedAt: at });
  work.update(PromotionCodeEntity, { organizationId, id, deactivatedAt: at, updatedAt: at });
  announceCode(work, 'promotion_code.deactivated', code);
  return code;
}
