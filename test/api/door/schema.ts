import 'reflect-metadata';
import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Info,
  InputType,
  Int,
  InterfaceType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { buildApiSchema } from '../../../src/platform/api-schema.ts';
import { Money, MoneyInput, money, Period } from '../../../src/platform/api-types.ts';
import { DomainError, forbidden, notFound } from '../../../src/platform/errors.ts';
import { fromGlobalId, toGlobalId } from '../../../src/platform/id.ts';
import { selects } from '../../../src/platform/lookahead.ts';
import { OneOf } from '../../../src/platform/one-of.ts';
import {
  Connection,
  type Ordering,
  Page,
  PageArguments,
  type PagePlan,
  planPage,
  toPage,
} from '../../../src/platform/pagination.ts';
import { MutationPayload, payload } from '../../../src/platform/payload.ts';
import {
  BigIntScalar,
  CountryCodeScalar,
  CurrencyCode,
  DateTimeScalar,
  DecimalScalar,
  EmailAddressScalar,
  JsonScalar,
  LocalDateScalar,
  type Metadata,
  MetadataScalar,
  TimeZoneScalar,
} from '../../../src/platform/scalars.ts';

/** What the test's context holds. */
export interface LibraryContext {
  reader: string;
}

/** Counts what ran, so that tests can say that a refused request ran nothing. */
export const ran = { resolvers: 0, counts: 0 };

interface BookRow {
  id: string;
  title: string;
  pages: number;
  authorId: string;
  addedAt: Date;
}

const uuidOf = (kind: number, index: number) =>
  `0190a000-0000-7000-8000-${(kind * 100_000 + index).toString(16).padStart(12, '0')}`;

/** Every second book is added at the same instant as the one before, so that pages must break ties by id. */
export const bookRows: BookRow[] = Array.from({ length: 60 }, (_, index) => ({
  id: uuidOf(1, index),
  title: `Book ${index}`,
  pages: 100 + index,
  authorId: uuidOf(2, index % 7),
  addedAt: new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 2))),
}));

@InterfaceType('Node', { description: 'Anything with an id.' })
abstract class Node {
  @Field(() => ID, { description: 'The id.' })
  id!: string;
}

@ObjectType('Author', { description: 'Who wrote a book.', implements: Node })
class Author extends Node {
  @Field(() => String, { description: 'The name.' })
  name!: string;
}

@ObjectType('Book', { description: 'A book.', implements: Node })
class Book extends Node {
  row!: BookRow;

  @Field(() => String, { description: 'The title.' })
  title!: string;

  @Field(() => DateTimeScalar, { description: 'When it was added.' })
  addedAt!: Date;

  @Field(() => Money, { description: 'What it costs.' })
  price!: Money;

  @Field(() => Period, { nullable: true, description: 'When it is lent.' })
  lent!: Period | null;

  @Field(() => MetadataScalar, { description: 'Pairs of text.' })
  metadata!: Metadata;
}

const BookConnection = Connection(() => Book, 'Book');

const toBook = (row: BookRow): Book =>
  Object.assign(new Book(), {
    id: toGlobalId('plan', row.id),
    title: row.title,
    addedAt: row.addedAt,
    price: money(BigInt(row.pages) * 100n, 'EUR'),
    lent: row.pages % 2 ? { start: row.addedAt, end: row.addedAt } : null,
    metadata: { shelf: 'A' },
    row,
  });

const toAuthor = (id: string): Author =>
  Object.assign(new Author(), { id: toGlobalId('mem', id), name: `Author ${id.slice(-2)}` });

export const byAdded: Ordering = {
  name: 'books.ADDED_AT',
  column: 'added_at',
  idColumn: 'id',
  type: 'timestamptz',
  direction: 'desc',
};

/** Does with an array what a database does with the plan's SQL: filters, orders and limits by (instant, id). */
export function readRows(rows: readonly BookRow[], plan: PagePlan): BookRow[] {
  const key = (row: BookRow) => `${row.addedAt.toISOString()} ${row.id}`;
  const bounds = plan.where === 'true' ? [] : plan.where.split(' and ');
  const kept = rows.filter((row) =>
    bounds.every((text, index) => {
      const bound = `${plan.parameters[2 * index]} ${plan.parameters[2 * index + 1]}`;
      return text.includes(' > ') ? key(row) > bound : key(row) < bound;
    }),
  );
  kept.sort((left, right) => (key(left) < key(right) ? -1 : 1));
  if (plan.orderBy.includes('desc')) kept.reverse();
  return kept.slice(0, plan.limit);
}

@OneOf()
@InputType('BookReference', { description: 'A book by id or by title.' })
class BookReference {
  @Field(() => ID, { nullable: true, description: 'By id.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'By title.' })
  title?: string | null;
}

@InputType('LendBookInput', { description: 'What lendBook needs.' })
class LendBookInput {
  @Field(() => BookReference, { description: 'The book.' })
  book!: BookReference;

  @Field(() => MoneyInput, { nullable: true, description: 'The deposit.' })
  deposit?: MoneyInput | null;

  @Field(() => String, { nullable: true, description: 'How to fail.' })
  fail?: string | null;
}

@ObjectType('LendBookPayload', { description: 'What lendBook answers.' })
class LendBookPayload extends MutationPayload {
  @Field(() => Book, { nullable: true, description: 'The book that was lent.' })
  book?: Book | null;
}

@ObjectType('Scalars', { description: 'Every scalar as it was read.' })
class Scalars {
  @Field(() => BigIntScalar, { nullable: true, description: 'A BigInt.' })
  bigInt?: bigint | null;

  @Field(() => DecimalScalar, { nullable: true, description: 'A Decimal.' })
  decimal?: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'A DateTime.' })
  dateTime?: Date | null;

  @Field(() => LocalDateScalar, { nullable: true, description: 'A Date.' })
  date?: string | null;

  @Field(() => TimeZoneScalar, { nullable: true, description: 'A TimeZone.' })
  zone?: string | null;

  @Field(() => CurrencyCode, { nullable: true, description: 'A CurrencyCode.' })
  currency?: string | null;

  @Field(() => CountryCodeScalar, { nullable: true, description: 'A CountryCode.' })
  country?: string | null;

  @Field(() => EmailAddressScalar, { nullable: true, description: 'An EmailAddress.' })
  email?: string | null;

  @Field(() => MetadataScalar, { nullable: true, description: 'Metadata.' })
  metadata?: Metadata | null;
}

@Resolver(() => Book)
class BookResolver {
  @FieldResolver(() => Author, { description: 'Who wrote it.' })
  async author(@Root() book: Book): Promise<Author> {
    return toAuthor(book.row.authorId);
  }

  @FieldResolver(() => [Book], { description: 'Books like it.' })
  similar(
    @Root() book: Book,
    @Arg('limit', () => Int, { defaultValue: 3, description: 'How many.' }) limit: number,
  ): Book[] {
    const at = bookRows.indexOf(book.row);
    return bookRows.slice(at + 1, at + 1 + Math.min(limit, 10)).map(toBook);
  }

  @FieldResolver(() => String, { description: 'Fails for every third book.' })
  fragile(@Root() book: Book): string {
    if (book.row.pages % 3 === 0) throw new Error('secret: the fragile book of /var/lib/library broke');
    return book.title;
  }

  @FieldResolver(() => String, { nullable: true, description: 'Fails for every third book, and may.' })
  async brittle(@Root() book: Book): Promise<string> {
    if (book.row.pages % 3 === 0) throw new Error('secret: the brittle book broke');
    return book.title;
  }
}

@Resolver()
class RootResolver {
  @Query(() => BookConnection, { description: 'All books, newest first.' })
  async books(@Args(() => PageArguments) page: PageArguments, @Info() info: GraphQLResolveInfo): Promise<Page<Book>> {
    ran.resolvers += 1;
    const plan = planPage(page, byAdded);
    const count = () => {
      ran.counts += 1;
      return bookRows.length;
    };
    const rows = toPage(plan, readRows(bookRows, plan), (row) => ({ value: row.addedAt, id: row.id }), count);
    return rows.map(toBook).map((book) => Object.assign(book, { counted: selects(info, 'totalCount') }));
  }

  @Query(() => Node, { nullable: true, description: 'Anything by its id.' })
  node(@Arg('id', () => ID, { description: 'The id.' }) id: string): Node | null {
    ran.resolvers += 1;
    const book = fromGlobalId('plan', id);
    const row = book && bookRows.find((one) => one.id === book);
    if (row) return toBook(row);
    const author = fromGlobalId('mem', id);
    return author ? toAuthor(author) : null;
  }

  @Query(() => String, { nullable: true, description: 'Who asks.' })
  reader(@Ctx() context: LibraryContext): string {
    ran.resolvers += 1;
    return context.reader;
  }

  @Query(() => String, { description: 'Always breaks.' })
  broken(): string {
    throw new TypeError('secret: select * from members where password = hunter2');
  }

  @Query(() => String, { nullable: true, description: 'Breaks as it is told to.' })
  refused(@Arg('code', () => String, { description: 'The code.' }) code: string): string {
    if (code === 'FORBIDDEN') throw forbidden('books:read');
    throw new DomainError('NOT_FOUND', 'Nothing here.');
  }

  @Query(() => Scalars, { description: 'Answers what it was given.' })
  scalars(
    @Arg('bigInt', () => BigIntScalar, { nullable: true, description: 'A BigInt.' }) bigInt?: bigint,
    @Arg('decimal', () => DecimalScalar, { nullable: true, description: 'A Decimal.' }) decimal?: string,
    @Arg('dateTime', () => DateTimeScalar, { nullable: true, description: 'A DateTime.' }) dateTime?: Date,
    @Arg('date', () => LocalDateScalar, { nullable: true, description: 'A Date.' }) date?: string,
    @Arg('zone', () => TimeZoneScalar, { nullable: true, description: 'A TimeZone.' }) zone?: string,
    @Arg('currency', () => CurrencyCode, { nullable: true, description: 'A currency.' }) currency?: string,
    @Arg('country', () => CountryCodeScalar, { nullable: true, description: 'A country.' }) country?: string,
    @Arg('email', () => EmailAddressScalar, { nullable: true, description: 'An address.' }) email?: string,
    @Arg('metadata', () => MetadataScalar, { nullable: true, description: 'Metadata.' }) metadata?: Metadata,
  ): Scalars {
    return { bigInt, decimal, dateTime, date, zone, currency, country, email, metadata };
  }

  @Query(() => JsonScalar, { nullable: true, description: 'Structured data.' })
  facts(): unknown {
    return { a: [1, 'two', null] };
  }

  @Query(() => Int, { description: 'The sum of a list.' })
  sum(@Arg('of', () => [Int], { description: 'The numbers.' }) of: number[]): number {
    return of.reduce((left, right) => left + right, 0);
  }

  @Mutation(() => LendBookPayload, { description: 'Lends a book.' })
  async lendBook(@Arg('input', () => LendBookInput, { description: 'What to lend.' }) input: LendBookInput) {
    ran.resolvers += 1;
    return payload(async () => {
      if (input.fail === 'fault') throw new Error('secret: connection to 10.0.0.7 refused');
      if (input.fail === 'forbidden') throw forbidden('books:lend');
      const row = bookRows.find((one) => one.title === input.book.title);
      if (!row) throw notFound(['input', 'book']);
      return { book: toBook(row) };
    });
  }
}

/** A small library, with one of everything the product's schema uses. */
export function librarySchema(): GraphQLSchema {
  return buildApiSchema({ resolvers: [BookResolver, RootResolver], orphanedTypes: [Author, Book] });
}
