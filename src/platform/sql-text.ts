const camel = (name: string) => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Columns behind an alias, under the names that rows have in code. */
export function columnsAs(alias: string, names: readonly string[]): string {
  return names.map((name) => `${alias}.${name} as "${camel(name)}"`).join(', ');
}

/** The same for any alias. */
export const columnsBehind = (names: readonly string[]) => (alias: string) => columnsAs(alias, names);

/** Ids as the text of an array, for a parameter that is cast to `uuid[]`. */
export const uuids = (ids: Iterable<string>): string => `{${[...ids].join(',')}}`;
