import 'reflect-metadata';
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import { badUserInput } from './errors.ts';
import { isUuid } from './id.ts';
import { isStorableText, readDateTime, readLocalDate } from './scalars.ts';

/** Entries of a list when neither `first` nor `last` is given, and the most that may be asked for. */
export const defaultPageSize = 25;
export const largestPageSize = 100;

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'How many entries from the start, 1 to 100; 25 if nothing is said.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only entries after this cursor.' })
  after?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'How many entries from the end, 1 to 100; not together with first.',
  })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only entries before this cursor.' })
  before?: string | null;
}

@ObjectType('PageInfo', { description: 'Where a page lies within its list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether entries follow this page.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether entries precede this page.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first entry; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The cursor of the last entry; null on an empty page.' })
  endCursor!: string | null;
}

/** An entry of a page. Cursors are made when somebody asks for one. */
interface Entry<T> {
  readonly cursor: string;
  readonly node: T;
}

/** One page as resolvers return it for a field of a `Connection` type. */
export class Page<T> {
  readonly edges: Entry<T>[];
  readonly pageInfo: PageInfo;
  /** The size of the whole list, or how to count it: called only if `totalCount` is selected. */
  readonly count: number | (() => number | Promise<number>);

  constructor(edges: Entry<T>[], pageInfo: PageInfo, count: number | (() => number | Promise<number>)) {
    this.edges = edges;
    this.pageInfo = pageInfo;
    this.count = count;
  }

  get nodes(): T[] {
    return this.edges.map((edge) => edge.node);
  }

  /** The same page with its nodes turned into something else, cursors and counts kept. */
  map<U>(turn: (node: T) => U): Page<U> {
    const edges = this.edges.map((edge) => ({
      node: turn(edge.node),
      get cursor() {
        return edge.cursor;
      },
    }));
    return new Page(edges, this.pageInfo, this.count);
  }
}

/**
 * The Relay connection type of a node type: `const AccountConnection = Connection(() => AccountType, 'Account')`
 * makes AccountConnection and AccountEdge. Call it once per node type; resolvers return a `Page`.
 */
export function Connection<T extends object>(nodeType: () => ClassType<T>, name: string): ClassType<Page<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list, with its cursor.` })
  class Edge {
    @Field(() => String, { description: 'The position of this entry, for after and before.' })
    cursor!: string;

    @Field(nodeType, { description: 'The entry itself.' })
    node!: T;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class NodeConnection {
    @Field(() => [Edge], { description: 'The entries of the page with their cursors.' })
    edges!: Edge[];

    @Field(() => [nodeType()], { description: 'The entries of the page.' })
    nodes!: T[];

    @Field(() => PageInfo, { description: 'Where the page lies within the list.' })
    pageInfo!: PageInfo;

    readonly count!: Page<T>['count'];

    @Field(() => Int, { description: 'The number of entries of the whole list, counted only if it is selected.' })
    totalCount(): number | Promise<number> {
      return typeof this.count === 'function' ? this.count() : this.count;
    }
  }
  return NodeConnection as unknown as ClassType<Page<T>>;
}

/** What a list is sorted by: a column that is never null, with the id as the tie breaker. */
export interface Ordering {
  /** Written into cursors, so that the cursor of one order is refused by another: `invoices.CREATED_AT`. */
  name: string;
  /** SQL of the sort column and of the id column; from code, never from a caller. */
  column: string;
  idColumn: string;
  /** Instants must be kept to the millisecond (`timestamptz(3)`), or rows of one millisecond could be skipped. */
  type: SortType;
  direction: 'asc' | 'desc';
}

export type SortType = 'timestamptz' | 'date' | 'text' | 'bigint' | 'uuid';
export type SortValue = Date | string | bigint;

/** The SQL of one page: fragments to put behind WHERE (or AND), ORDER BY and LIMIT, and their parameters in order. */
export interface PagePlan {
  /** `true` when there is no cursor, so it can always be put behind AND. */
  where: string;
  orderBy: string;
  /** One row more than the page holds: whether there is more is seen by it. */
  limit: number;
  parameters: string[];
  size: number;
  backward: boolean;
  bounded: boolean;
  ordering: Ordering;
}

/**
 * Turns page arguments into SQL. `firstParameter` is the number of the first placeholder (`$n`); with
 * `placeholder` other styles are possible. BAD_USER_INPUT for sizes outside 1–100, first together with last,
 * and cursors that are garbled or come from another list.
 */
export function planPage(
  page: PageArguments,
  ordering: Ordering,
  options: { firstParameter?: number; placeholder?: (index: number) => string } = {},
): PagePlan {
  const { size, backward } = pageSize(page);
  const descending = (ordering.direction === 'desc') !== backward;
  const parameters: string[] = [];
  const first = options.firstParameter ?? 1;
  const placeholder = options.placeholder ?? ((index: number) => `$${index}`);
  const bound = (text: string, argument: 'after' | 'before'): string => {
    const [value, id] = decodeCursor(text, ordering, argument);
    const comparison = (argument === 'after') === (ordering.direction === 'asc') ? '>' : '<';
    const at = first + parameters.length;
    parameters.push(value, id);
    const row = `(${placeholder(at)}::${ordering.type}, ${placeholder(at + 1)}::uuid)`;
    return `(${ordering.column}, ${ordering.idColumn}) ${comparison} ${row}`;
  };
  const bounds: string[] = [];
  if (page.after != null) bounds.push(bound(page.after, 'after'));
  if (page.before != null) bounds.push(bound(page.before, 'before'));
  const way = descending ? 'desc' : 'asc';
  return {
    where: bounds.join(' and ') || 'true',
    orderBy: `${ordering.column} ${way}, ${ordering.idColumn} ${way}`,
    limit: size + 1,
    parameters,
    size,
    backward,
    bounded: backward ? page.before != null : page.after != null,
    ordering,
  };
}

/** Size and direction that page arguments ask for; BAD_USER_INPUT when they are out of bounds. */
export function pageSize(page: PageArguments): { size: number; backward: boolean } {
  if (page.first != null && page.last != null) {
    throw badUserInput(['last'], 'Give first or last, not both.');
  }
  const name = page.last != null ? 'last' : 'first';
  const size = page.last ?? page.first ?? defaultPageSize;
  if (!Number.isInteger(size) || size < 1 || size > largestPageSize) {
    throw badUserInput([name], `${name} must be between 1 and ${largestPageSize}.`);
  }
  return { size, backward: page.last != null };
}

/**
 * Rows read by a plan, as a page: drops the surplus row, restores the order of the list when read from the end.
 * `keyOf` gives the sort value and the uuid of a row.
 */
export function toPage<T>(
  plan: PagePlan,
  rows: readonly T[],
  keyOf: (row: T) => { value: SortValue; id: string },
  count: Page<T>['count'],
): Page<T> {
  const more = rows.length > plan.size;
  const kept = rows.slice(0, plan.size);
  if (plan.backward) kept.reverse();
  const edges = kept.map((node) => ({
    node,
    get cursor() {
      const { value, id } = keyOf(node);
      return encodeCursor(plan.ordering, value, id);
    },
  }));
  const pageInfo: PageInfo = {
    hasNextPage: plan.backward ? plan.bounded : more,
    hasPreviousPage: plan.backward ? more : plan.bounded,
    get startCursor() {
      return edges[0]?.cursor ?? null;
    },
    get endCursor() {
      return edges.at(-1)?.cursor ?? null;
    },
  };
  return new Page(edges, pageInfo, count);
}

const cursorVersion = 1;
const longestCursor = 1_200;

/** An opaque position in a list: version, order, sort value and id. Its text may change, its meaning may not. */
export function encodeCursor(ordering: Ordering, value: SortValue, id: string): string {
  const text = value instanceof Date ? value.toISOString() : value.toString();
  const order = `${ordering.name} ${ordering.direction}`;
  return Buffer.from(JSON.stringify([cursorVersion, order, text, id])).toString('base64url');
}

/** Sort value (as text for SQL) and id of a cursor; BAD_USER_INPUT when it is garbled or of another list. */
export function decodeCursor(text: string, ordering: Ordering, argument: string): [value: string, id: string] {
  const parts = text.length <= longestCursor && /^[A-Za-z0-9_-]+$/.test(text) ? parseJson(text) : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw invalidCursor(argument);
  const [version, order, value, id] = parts as unknown[];
  if (version !== cursorVersion || order !== `${ordering.name} ${ordering.direction}`) throw invalidCursor(argument);
  if (typeof value !== 'string' || typeof id !== 'string' || !isUuid(id)) throw invalidCursor(argument);
  if (!isSortValue(value, ordering.type)) throw invalidCursor(argument);
  return [value, id];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

/** Cursors come from outside: what PostgreSQL would refuse to read must not reach it. */
function isSortValue(value: string, type: SortType): boolean {
  try {
    switch (type) {
      case 'timestamptz':
        return readDateTime(value) instanceof Date;
      case 'date':
        return readLocalDate(value) === value;
      case 'bigint':
        return /^-?[0-9]{1,18}$/.test(value);
      case 'uuid':
        return isUuid(value);
      case 'text':
        return value.length <= 500 && isStorableText(value);
    }
  } catch {
    return false;
  }
}

function invalidCursor(argument: string) {
  return badUserInput([argument], 'The cursor is not one of this list.');
}
