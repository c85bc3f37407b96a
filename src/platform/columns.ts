import { type InferEntity, p } from '@mikro-orm/core';

/**
 * The columns tables are made of, named by meaning. Entities say which columns a table has; constraints, policies and
 * triggers are SQL in the migrations, and a test holds the two together.
 */
export const columns = {
  uuid: () => p.uuid(),
  text: () => p.text(),
  /** Money in minor units, or another whole number that may be large. */
  minor: () => p.bigint('bigint'),
  count: () => p.integer(),
  /** An exact decimal, carried as text. */
  decimal: () => p.decimal('string').columnType('numeric'),
  flag: () => p.boolean(),
  instant: () => p.datetime().columnType('timestamptz'),
  /** A day without a time, as YYYY-MM-DD. */
  day: () => p.date().columnType('date'),
  data: <T>() => p.json<T>().columnType('jsonb'),
  /** JSON whose text is kept to the letter, for what is hashed. */
  document: <T>() => p.json<T>().columnType('json'),
  bytes: () => p.blob().columnType('bytea'),
};

/** Every key of a tenant's table begins with the organization. */
export const tenantKey = {
  organizationId: columns.uuid().primary(),
  id: columns.uuid().primary(),
};

export const stamps = {
  createdAt: columns.instant(),
  updatedAt: columns.instant(),
};

export type Metadata = Record<string, string>;

export const metadata = { metadata: columns.data<Metadata>() };

/** Keeps `em.find` inside the organizations of the work; row-level security holds the same line in the database. */
export const tenantFilter = {
  tenant: {
    name: 'tenant',
    cond: ({ organizations }: { organizations: string[] }) => ({ organizationId: { $in: organizations } }),
    default: true,
    args: true,
  },
};

type Plain<T> = { [K in keyof T as K extends symbol ? never : K]: T[K] };

/** A row of an entity as plain data. */
export type RowOf<E extends { '~entity': unknown }> = Plain<InferEntity<E>>;
