import { randomInt } from 'node:crypto';
import type { Work } from '../../../platform/work.ts';
import { NumberSeriesEntity } from '../invoicing.entities.ts';

/** What a legal entity numbers, each in a series of its own. */
export type SeriesKind = 'invoice' | 'credit_note';

/** A gapless series: the invoices or the credit notes of one legal entity. */
export interface SeriesKey {
  organizationId: string;
  legalEntityId: string;
}

const keyOf = (key: SeriesKey) => `${key.organizationId} ${key.legalEntityId}`;

/**
 * The next numbers of several series: answers one number for each key given, in their order. One statement reserves a
 * block a series; its row stays locked until the transaction ends, so this is the last read of a verb, and the series
 * are locked in the order of their organizations. What is rolled back leaves no gap.
 */
export async function takeNumbers(
  work: Work,
  keys: readonly SeriesKey[],
  kind: SeriesKind = 'invoice',
): Promise<bigint[]> {
  if (keys.length === 0) return [];
  if (work.rehearsal) return keys.map(() => madeUpNumber());
  const wanted = new Map<string, SeriesKey & { count: number }>();
  for (const { organizationId, legalEntityId } of keys) {
    const key = keyOf({ organizationId, legalEntityId });
    const block = wanted.get(key);
    if (block) block.count += 1;
    else wanted.set(key, { organizationId, legalEntityId, count: 1 });
  }
  const blocks = [...wanted.values()];
  const rows = await work.rowsOf<{ organization_id: string; legal_entity_id: string; last_number: bigint }>(
    [NumberSeriesEntity],
    `with wanted as (select * from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as w(organization_id, legal_entity_id, count)),
     locked as (
       select s.organization_id, s.legal_entity_id, w.count from number_series s
       join wanted w on w.organization_id = s.organization_id and w.legal_entity_id = s.legal_entity_id
       where s.kind = $4 order by s.organization_id, s.legal_entity_id for update of s
     )
     update number_series s set last_number = s.last_number + l.count from locked l
     where s.organization_id = l.organization_id and s.legal_entity_id = l.legal_entity_id and s.kind = $4
     returning s.organization_id, s.legal_entity_id, s.last_number`,
    [
      `{${blocks.map((block) => block.organizationId).join(',')}}`,
      `{${blocks.map((block) => block.legalEntityId).join(',')}}`,
      `{${blocks.map((block) => block.count).join(',')}}`,
      kind,
    ],
  );
  if (rows.length !== blocks.length) throw new Error('a legal entity has no number series');
  const nextNumber = new Map<string, bigint>();
  for (const row of rows) {
    const key = keyOf({ organizationId: row.organization_id, legalEntityId: row.legal_entity_id });
    nextNumber.set(key, row.last_number - BigInt(wanted.get(key)?.count ?? 0) + 1n);
  }
  return keys.map((series) => {
    const key = keyOf(series);
    const number = nextNumber.get(key)!;
    nextNumber.set(key, number + 1n);
    return number;
  });
}

/** A number for an invoice that nobody will see: the series is not locked for it, and no two of them meet. */
function madeUpNumber(): bigint {
  return BigInt(randomInt(2 ** 47, 2 ** 48 - 1));
}

/** `INV-000123`: the issuer's prefix and the number, at least six digits. */
export function numberText(prefix: string, number: bigint): string {
  return `${prefix}-${number.toString().padStart(6, '0')}`;
}
