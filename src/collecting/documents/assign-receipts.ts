import type { BillingAddress } from '../../accounts/index.ts';
import { newId, toGlobalId } from '../../platform/id.ts';
import type { Fact } from '../../platform/outbox.ts';
import type { Work } from '../../platform/work.ts';
import { localDate } from '../../rules/calendar.ts';
import { receiptNumber } from '../../rules/receipt-number.ts';
import type { Party, PostalAddress, ReceiptMethod } from './document-content.ts';
import { ReceiptDayEntity, ReceiptEntity, type ReceiptRow } from './documents.entities.ts';

interface PaidRecord {
  organization_id: string;
  payment_id: string;
  account_id: string;
  currency: string;
  amount: bigint;
  settled_at: Date;
  timezone: string;
  locale: string;
  branding_version: number;
  buyer: Pick<Party, 'name' | 'taxIds' | 'email'> & { address: BillingAddress | null };
  method: ReceiptMethod;
  covers: { number: string; amount: string }[];
  issuer: {
    legalEntityId: string;
    name: string;
    address: Partial<PostalAddress>;
    country: string | null;
    taxIds: Party['taxIds'];
    email: string | null;
  };
}

/**
 * Consequence of `payment.succeeded`: each payment gets its receipt, once, in the transaction that records the success.
 * Numbers are taken when all else is done: until the commit the day's counter is locked.
 */
export async function assignReceipts(work: Work, facts: readonly Fact[]): Promise<void> {
  const receipts = (await findPaid(work, facts)).map((paid) => receiptOf(paid, work.recordedAt));
  if (receipts.length === 0) return;
  work.insert(ReceiptEntity, receipts);
  work.atLast([ReceiptEntity], () => numberReceipts(work, receipts));
}

/** In one statement for any number of payments; one that has its receipt is left out. */
function findPaid(work: Work, facts: readonly Fact[]): Promise<PaidRecord[]> {
  const list = (values: readonly string[]) => `{${values.join(',')}}`;
  return work.rows<PaidRecord>(
    `select p.organization_id, p.id as payment_id, p.account_id, p.currency, p.amount, p.settled_at, a.timezone, a.locale,
       json_build_object('name', a.name, 'email', a.email, 'taxIds', a.tax_ids, 'address', a.billing_address) as buyer,
       json_build_object('manual', p.manual_kind, 'type', m.type, 'brand', m.brand, 'last4', m.last4, 'reference', p.reference) as method,
       coalesce(c.covers, '[]') as covers, coalesce(c.issuer, e.issuer) as issuer,
       (select l.branding_version from legal_entities l where l.organization_id = p.organization_id
          and l.id = (coalesce(c.issuer, e.issuer)->>'legalEntityId')::uuid) as branding_version
     from unnest($1::uuid[], $2::uuid[]) as w(organization_id, id)
       join payments p on p.organization_id = w.organization_id and p.id = w.id and p.settled_at is not null
       join accounts a on a.organization_id = p.organization_id and a.id = p.account_id
       left join payment_methods m on m.organization_id = p.organization_id and m.id = p.payment_method_id
       left join lateral (
         select json_agg(json_build_object('number', i.number, 'amount', pa.amount::text) order by i.number_seq, i.id) as covers,
           (array_agg(i.issuer order by i.number_seq, i.id))[1] as issuer
         from payment_applications pa join invoices i on i.organization_id = pa.organization_id and i.id = pa.invoice_id
         where pa.organization_id = p.organization_id and pa.payment_id = p.id and pa.status = 'applied') c on true
       left join lateral (
         select json_build_object('legalEntityId', l.id, 'name', l.name, 'address', l.address, 'country', l.country, 'taxIds', l.tax_ids, 'email', l.email) as issuer
         from legal_entities l where l.organization_id = p.organization_id and l.is_default) e on true
     where not exists (select from receipts r where r.organization_id = p.organization_id and r.payment_id = p.id)
     order by p.organization_id, p.id`,
    [list(facts.map((fact) => fact.organizationId)), list(facts.map((fact) => fact.objectId))],
  );
}

function receiptOf(paid: PaidRecord, recordedAt: Date): ReceiptRow {
  const { issuer, buyer } = paid;
  return {
    organizationId: paid.organization_id,
    id: newId(),
    number: '',
    accountId: paid.account_id,
    paymentId: paid.payment_id,
    currency: paid.currency,
    amount: paid.amount,
    paidOn: localDate(paid.timezone, paid.settled_at),
    paidAt: paid.settled_at,
    legalEntityId: issuer.legalEntityId,
    content: {
      issuer: {
        id: toGlobalId('le', issuer.legalEntityId),
        name: issuer.name,
        address: issuer.country ? ({ ...nothing, ...issuer.address, country: issuer.country } as PostalAddress) : null,
        taxIds: issuer.taxIds,
        email: issuer.email,
      },
      buyer: { id: toGlobalId('acc', paid.account_id), ...buyer },
      method: paid.method,
      covers: paid.covers,
      locale: paid.locale,
      brandingVersion: paid.branding_version,
    },
    recordedAt,
  };
}

const nothing = { line1: null, line2: null, city: null, region: null, postalCode: null };

async function numberReceipts(work: Work, receipts: readonly ReceiptRow[]): Promise<void> {
  const days = new Map<string, { organizationId: string; paidOn: string; count: number }>();
  const keyOf = (organizationId: string, paidOn: string) => `${organizationId} ${paidOn}`;
  for (const { organizationId, paidOn } of receipts) {
    const day = days.get(keyOf(organizationId, paidOn)) ?? { organizationId, paidOn, count: 0 };
    day.count += 1;
    days.set(keyOf(organizationId, paidOn), day);
  }
  // In the order of their keys, so that two transactions cannot wait for each other.
  const sorted = [...days].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, day]) => day);
  const rows = await work.rowsOf<{ organization_id: string; paid_on: string; last_place: number }>(
    [ReceiptDayEntity],
    `insert into receipt_days as d (organization_id, paid_on, last_place)
     select * from unnest($1::uuid[], $2::date[], $3::int[])
     on conflict (organization_id, paid_on) do update set last_place = d.last_place + excluded.last_place
     returning organization_id, paid_on, last_place`,
    [
      `{${sorted.map((day) => day.organizationId).join(',')}}`,
      `{${sorted.map((day) => day.paidOn).join(',')}}`,
      `{${sorted.map((day) => day.count).join(',')}}`,
    ],
  );
  const next = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row.organization_id, row.paid_on);
    next.set(key, row.last_place - (days.get(key)?.count ?? 0) + 1);
  }
  for (const { organizationId, id, paidOn } of receipts) {
    const key = keyOf(organizationId, paidOn);
    const place = next.get(key) ?? 0;
    next.set(key, place + 1);
    work.update(ReceiptEntity, { organizationId, id, number: receiptNumber(paidOn, place) });
  }
}
