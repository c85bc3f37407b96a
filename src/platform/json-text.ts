// Held here because looking a global up on every value costs more than many a value.
const { stringify } = JSON;

const kept = new WeakMap<object, string>();

/**
 * JSON of an object that is needed in words more than once (hashed and stored, or shared by many rows): made once. It does not
 * change from here on.
 */
export function keptJson(value: object): string {
  const known = kept.get(value);
  if (known !== undefined) return known;
  const made = stringify(value);
  kept.set(value, made);
  return made;
}

/** JSON of a value, in the words that were kept of it if there are any. */
export function jsonText(value: unknown): string {
  return (typeof value === 'object' && value !== null && kept.get(value)) || stringify(value);
}
