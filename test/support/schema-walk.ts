import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLNamedInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { selectionOf } from './schema-selection.ts';

/** A place in the arguments of a root field that takes one scalar. */
export interface Leaf {
  readonly root: RootField;
  /** From the argument on: `['input', 'lines', '0', 'quantity']`. */
  readonly path: readonly string[];
  readonly type: GraphQLNamedInputType;
  readonly required: boolean;
  /** The input type that holds it, or the root field. */
  readonly parent: string;
}

/** A query or a mutation of the schema. */
export interface RootField {
  readonly kind: 'query' | 'mutation';
  readonly name: string;
  readonly field: GraphQLField<unknown, unknown>;
}

/** A value that fits a leaf: by its type, and by what its name says. */
export type Sample = (place: { type: GraphQLNamedInputType; name: string; parent: string; root: RootField }) => unknown;

/** What is sent: a document with one root field, and its variables. */
export interface Request {
  readonly source: string;
  readonly variables: Record<string, unknown>;
}

/** Every query and every mutation. */
export function rootFields(schema: GraphQLSchema): RootField[] {
  const of = (kind: RootField['kind'], fields: Record<string, GraphQLField<unknown, unknown>> | undefined) =>
    Object.entries(fields ?? {}).map(([name, field]) => ({ kind, name, field }));
  return [...of('query', schema.getQueryType()?.getFields()), ...of('mutation', schema.getMutationType()?.getFields())];
}

/** Every place in the arguments of a root field that takes one scalar, through inputs in inputs and every one-of branch. */
export function leavesOf(root: RootField): Leaf[] {
  return root.field.args.flatMap((argument) => leavesIn(root, argument, [argument.name], root.name, []));
}

function leavesIn(
  root: RootField,
  place: GraphQLArgument | GraphQLInputField,
  path: readonly string[],
  parent: string,
  open: readonly string[],
): Leaf[] {
  const nullable = getNullableType(place.type);
  const here = isListType(nullable) ? [...path, '0'] : path;
  const type = getNamedType(place.type) as GraphQLNamedInputType;
  if (!isInputObjectType(type)) return [{ root, path: here, type, required: isNonNullType(place.type), parent }];
  if (open.includes(type.name)) return [];
  return Object.values(type.getFields()).flatMap((field) =>
    leavesIn(root, field, [...here, field.name], type.name, [...open, type.name]),
  );
}

/**
 * The least that a root field asks for, with `value` at the leaf if one is named. Everything of the answer is asked for that
 * needs no arguments, or what `selection` says.
 */
export function requestFor(
  root: RootField,
  sample: Sample,
  leaf?: { path: readonly string[]; value: unknown },
  selection?: string,
): Request {
  const variables: Record<string, unknown> = {};
  const given = root.field.args.filter((argument) => isNonNullType(argument.type) || leaf?.path[0] === argument.name);
  for (const argument of given) {
    const route = leaf?.path[0] === argument.name ? { path: leaf.path.slice(1), value: leaf.value } : undefined;
    variables[argument.name] = valueFor(argument.type, { name: argument.name, parent: root.name, root }, sample, route);
  }
  const declared = given.map((argument) => `$${argument.name}: ${argument.type}`).join(', ');
  const passed = given.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const source = `${root.kind} Walk${declared ? `(${declared})` : ''} { ${root.name}${passed ? `(${passed})` : ''} ${selection ?? everythingOf(root)} }`;
  return { source, variables };
}

/** It is long, and asked for with each of many values. */
const everything = new WeakMap<RootField['field'], string>();

function everythingOf({ field }: RootField): string {
  const known = everything.get(field) ?? selectionOf(field.type);
  everything.set(field, known);
  return known;
}

interface Route {
  readonly path: readonly string[];
  readonly value: unknown;
}

function valueFor(
  type: GraphQLInputType,
  place: { name: string; parent: string; root: RootField },
  sample: Sample,
  route?: Route,
): unknown {
  if (route && route.path.length === 0) return route.value;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const inner = route && { ...route, path: route.path.slice(1) };
    return [valueFor(nullable.ofType, place, sample, inner)];
  }
  if (isInputObjectType(nullable)) return objectOf(nullable, place.root, sample, route);
  return sample({ type: nullable as GraphQLNamedInputType, ...place });
}

/** What an input needs although its schema cannot say so: one of two. */
const oneOfTwo: Readonly<Record<string, readonly [string, string]>> = {
  ChargeLineInput: ['unitAmount', 'unitPrice'],
  InvoiceLineInput: ['unitAmount', 'unitPrice'],
};

function objectOf(type: GraphQLInputObjectType, root: RootField, sample: Sample, route?: Route): object {
  const fields = Object.values(type.getFields());
  const [step, ...rest] = route?.path ?? [];
  const [first, other] = oneOfTwo[type.name] ?? [];
  const needed = (name: string) => name === step || (name === first && step !== other);
  const chosen = type.isOneOf
    ? fields.filter((field, index) => (step === undefined ? index === 0 : field.name === step))
    : fields.filter((field) => isNonNullType(field.type) || needed(field.name));
  return Object.fromEntries(
    chosen.map((field) => [
      field.name,
      valueFor(
        field.type,
        { name: field.name, parent: type.name, root },
        sample,
        route && field.name === step ? { path: rest, value: route.value } : undefined,
      ),
    ]),
  );
}
