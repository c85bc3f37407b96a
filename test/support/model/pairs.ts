import type { ModelInvoice, ModelLine } from './model.ts';
import { bookedLines, type LineRecord } from './seen.ts';
import { Disagreement, type Stage } from './stage.ts';

export interface Pair {
  line: ModelLine;
  record: LineRecord;
}

/** Each line of the books with its line of the model: the same amount of the same component from the same instant. */
export function paired(invoice: ModelInvoice, records: readonly LineRecord[]): Pair[] {
  const free = [...invoice.lines];
  return records.map((record) => {
    const index = free.findIndex(
      ({ component, span, amount }) =>
        component === record.component &&
        (span?.[0] ?? null) === (record.from?.getTime() ?? null) &&
        amount === BigInt(record.amount),
    );
    if (index < 0) throw new Disagreement(`no line of the model is ${JSON.stringify(record)}`);
    return { record, line: free.splice(index, 1)[0]! };
  });
}

/**
 * Takes from the books how a discount is shared out over the lines of new invoices, which no rule of the model says: the parts
 * add up to what the model foretold, and each is within a unit of its exact share.
 */
export async function adoptDiscounts(stage: Stage): Promise<void> {
  for (const invoice of stage.model.invoices.filter(({ shared }) => shared.length > 0)) {
    const records = await bookedLines(stage.inspector, stage.organization.id, await stage.invoiceKey(invoice));
    for (const { line, record } of paired(invoice, records)) line.discount = BigInt(record.discount);
    for (const { lines, total, percents } of invoice.shared) {
      const told = lines.reduce((sum, { discount }) => sum + discount, 0n);
      const isFar = ({ amount, discount }: ModelLine) => {
        const [only, ...others] = percents;
        if (others.length > 0) return discount < 0n || discount > amount;
        const off = discount * 1_000n - amount * only!;
        return off >= 1_000n || off <= -1_000n;
      };
      if (told !== total || lines.some(isFar)) {
        throw new Disagreement(`a discount of ${total} was shared out as ${lines.map(({ discount }) => discount)}`);
      }
    }
    invoice.shared = [];
  }
}
