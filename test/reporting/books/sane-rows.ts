/** A row of the books, by column. */
export type Row = Record<string, string | number | boolean | null>;

/** Midnight UTC of a day of 2026, like `02-15`. */
export const day = (monthAndDay: string) => `2026-${monthAndDay}T00:00:00Z`;
