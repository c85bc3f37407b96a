/**
 * Conditions of a statement with their parameters: `where.add('a.email = ?', email)`. The text is code; what a caller
 * sent is only ever a parameter.
 */
export class Where {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  /** Adds a condition; each `?` stands for the next value. */
  add(condition: string, ...values: unknown[]): void {
    let next = 0;
    this.#conditions.push(
      condition.replace(/\?/g, () => {
        this.values.push(values[next]);
        next += 1;
        return `$${this.values.length}`;
      }),
    );
    if (next !== values.length) throw new Error('a condition and its values do not match');
  }

  /** Adds it unless the value is null or undefined. */
  addIf(value: unknown, condition: string): void {
    if (value !== null && value !== undefined) this.add(condition, value);
  }

  get text(): string {
    return this.#conditions.join(' and ') || 'true';
  }
}

/** A text as a literal part of a LIKE pattern. */
export function likeText(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}
