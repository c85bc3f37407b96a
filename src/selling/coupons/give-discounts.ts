import type { LockedAccount } from '../../accounts/index.ts';
import { type DiscountTerms, type InvoiceDiscount, unusedDiscount } from '../../collecting/invoicing/index.ts';
import { alreadyExists, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { uuids } from '../../platform/sql-text.ts';
import type { Work } from '../../platform/work.ts';
import { checkCode, checkCoupon, type Purchase } from './check-redemption.ts';
import {
  CouponEntity,
  type CouponRow,
  DiscountEntity,
  type DiscountRow,
  PromotionCodeEntity,
  type PromotionCodeRow,
} from './coupons.entities.ts';
import { announceDiscount } from './coupons.facts.ts';
import type { DiscountReference } from './coupons.input.ts';
import { codeColumns, couponColumns, pricesOf } from './coupons.rows.ts';

/** Who is given coupons, and for what. The account is locked. */
export interface Recipient {
  account: LockedAccount;
  /** The one subscription they are for; null: all lines of the account. */
  subscriptionId: string | null;
  /** What is bought, as far as it is known. */
  purchase: Purchase;
}

/** A discount just given, and the object that invoices of this transaction draw on. */
export interface Gift {
  row: DiscountRow;
  live: InvoiceDiscount;
}

type LimitedCoupon = CouponRow & { priceIds: string[] | null };

/**
 * Redeems coupons for an account or one of its subscriptions, in the order given. Rows of coupons and codes are locked in
 * the order of their ids, so the last place is taken once however many want it. Nothing but the counts is written: the
 * caller writes the gifts (`writeGifts`) beside what they are for. NOT_FOUND, INVALID_STATE, LIMIT_EXCEEDED,
 * ALREADY_EXISTS for a second time where one is allowed, CURRENCY_MISMATCH, with paths below that of the reference.
 */
export async function giveDiscounts(
  work: Work,
  recipient: Recipient,
  references: readonly DiscountReference[],
  pathOf: (index: number) => readonly string[],
): Promise<Gift[]> {
  if (references.length === 0) return [];
  const { account, subscriptionId } = recipient;
  const codes = await lockCodes(work, references);
  const coupons = await lockCoupons(work, references, codes);
  const history = await historyOf(work, account);
  const seen = new Set(history.couponIds);
  return references.map((reference, index): Gift => {
    const at = [...pathOf(index), reference.couponId ? 'couponId' : 'promotionCode'];
    const code = reference.promotionCode ? codes.get(reference.promotionCode.toUpperCase()) : undefined;
    const coupon = coupons.get(code?.couponId ?? reference.couponId ?? '');
    if (!coupon || (reference.promotionCode && !code)) throw notFound(at);
    checkCoupon(coupon, recipient, at);
    if (code) checkCode(code, recipient, history.hasBought, at);
    if (coupon.oncePerAccount && seen.has(coupon.id)) throw alreadyExists(at, 'The account has had this coupon.');
    seen.add(coupon.id);
    redeem(work, coupon, code);
    return giftOf(coupon, code, { account, subscriptionId, position: history.nextPosition + index });
  });
}

/** Writes discounts that were given, as they are after the first invoices. */
export function writeGifts(work: Work, gifts: readonly Gift[]): void {
  work.insert(
    DiscountEntity,
    gifts.map(({ row }) => row),
  );
  for (const { row } of gifts) {
    announceDiscount(work, 'discount.given', { ...row, status: 'active' }, row.startedAt);
    if (row.endedAt) announceDiscount(work, 'discount.ended', row, row.endedAt);
  }
}

async function lockCodes(work: Work, references: readonly DiscountReference[]): Promise<Map<string, PromotionCodeRow>> {
  const texts = references.flatMap(({ promotionCode }) => promotionCode?.toUpperCase() ?? []);
  if (texts.length === 0) return new Map();
  const rows = await work.rows<PromotionCodeRow>(
    `select ${codeColumns('p')} from promotion_codes p
     where p.organization_id = $1 and upper(p.code) in (select jsonb_array_elements_text($2::jsonb))
     order by p.id for update`,
    [work.organizationId, JSON.stringify(texts)],
  );
  return new Map(rows.map((row) => [row.code.toUpperCase(), row]));
}

async function lockCoupons(
  work: Work,
  references: readonly DiscountReference[],
  codes: ReadonlyMap<string, PromotionCodeRow>,
): Promise<Map<string, LimitedCoupon>> {
  const ids = references.flatMap(({ couponId }) => couponId ?? []);
  for (const code of codes.values()) ids.push(code.couponId);
  if (ids.length === 0) return new Map();
  const rows = await work.rows<LimitedCoupon>(
    `select ${couponColumns('c')}, ${pricesOf('c')} as "priceIds" from coupons c
     where c.organization_id = $1 and c.id = any($2::uuid[]) order by c.id for update of c`,
    [work.organizationId, uuids(ids)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

const isAsked = `i.status in ('open', 'paid', 'uncollectible')`;

/**
 * What an account has had before. Its row is locked, so nobody gives it another coupon meanwhile. It has also bought what stands
 * on the invoices of another account.
 */
async function historyOf(work: Work, { id, invoiceAccountId }: LockedAccount) {
  const [found] = await work.rows<{ coupon_ids: string[]; next_position: number; has_bought: boolean }>(
    `select coalesce(array_agg(d.coupon_id::text) filter (where d.id is not null and d.returned_at is null), '{}') as coupon_ids,
       coalesce(max(d.position), 0) + 1 as next_position,
       exists (select from invoices i where i.organization_id = $1 and i.account_id = $2 and ${isAsked})
       or exists (select from subscriptions s
         join invoice_lines l on l.organization_id = s.organization_id and l.subscription_id = s.id
         join invoices i on i.organization_id = l.organization_id and i.id = l.invoice_id
         where s.organization_id = $1 and s.account_id = $2 and ${isAsked})
       or exists (select from invoices i
         join invoice_lines l on l.organization_id = i.organization_id and l.invoice_id = i.id and l.account_id = $2
         where i.organization_id = $1 and i.account_id = $3 and ${isAsked}) as has_bought
     from discounts d where d.organization_id = $1 and d.account_id = $2`,
    [work.organizationId, id, invoiceAccountId ?? null],
  );
  return {
    couponIds: found!.coupon_ids,
    nextPosition: found!.next_position,
    hasBought: found!.has_bought,
  };
}

function redeem(work: Work, coupon: CouponRow, code: PromotionCodeRow | undefined): void {
  const { organizationId } = coupon;
  const updatedAt = work.recordedAt;
  coupon.redeemed += 1;
  work.update(CouponEntity, { organizationId, id: coupon.id, redeemed: coupon.redeemed, updatedAt });
  if (!code) return;
  code.redeemed += 1;
  work.update(PromotionCodeEntity, { organizationId, id: code.id, redeemed: code.redeemed, updatedAt });
}

function giftOf(
  coupon: LimitedCoupon,
  code: PromotionCodeRow | undefined,
  to: { account: LockedAccount; subscriptionId: string | null; position: number },
): Gift {
  const { account, subscriptionId, position } = to;
  const row: DiscountRow = {
    organizationId: account.organizationId,
    id: newId(),
    couponId: coupon.id,
    promotionCodeId: code?.id ?? null,
    accountId: account.id,
    subscriptionId,
    status: 'active',
    position,
    ...unusedDiscount,
    startedAt: account.now,
    endedAt: null,
    oneInvoice: false,
    returnedAt: null,
    createdAt: account.now,
    updatedAt: account.now,
  };
  const terms = termsOf(coupon, { accountId: account.id, subscriptionId });
  const { id, startedAt } = row;
  const live = { id, couponName: coupon.name, terms, startedAt, endedAt: null, usedAt: null, ...unusedDiscount };
  return { row, live };
}

/** What a coupon takes off, in the words of invoicing. */
export function termsOf(
  coupon: Pick<LimitedCoupon, 'kind' | 'amount' | 'currency' | 'percent' | 'frequency' | 'periods' | 'priceIds'>,
  to: Pick<DiscountTerms, 'accountId' | 'subscriptionId'>,
): DiscountTerms {
  return {
    kind: coupon.kind as DiscountTerms['kind'],
    amount: coupon.amount?.toString() ?? null,
    currency: coupon.currency ?? null,
    percent: coupon.percent ?? null,
    frequency: coupon.frequency as DiscountTerms['frequency'],
    periods: coupon.periods ?? null,
    ...to,
    priceIds: coupon.priceIds,
  };
}
