import { type Buyer, checkMayBuy, isBlocked } from '../items/check-may-buy.ts';
import { PriceBook } from '../items/price-book.ts';
import { owesMore } from './change-direction.ts';

type Standing = Parameters<typeof owesMore>[0];

/** ACCOUNT_BLOCKED as `checkMayBuy` for a change, of which nothing is said as long as it makes nobody owe more. */
export function checkMayChange(buyer: Buyer, before: Standing, after: Standing): void {
  if (isBlocked(buyer) && owesMore(before, after, new PriceBook())) checkMayBuy(buyer);
}
