import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import { defaultPageSize, largestPageSize } from '../../platform/pagination.ts';

/** How the cost of an operation is reckoned: one point for each object that may come back. */
export interface CostRules {
  /** Objects that are part of another one and cost nothing to get. */
  freeTypes: readonly string[];
  /** Entries reckoned for a list without a size argument. */
  listSize: number;
  /** Points of a mutation's root field, before its answer. */
  mutation: number;
  /** Points of `__schema` or `__type`, whatever is selected. */
  introspection: number;
  /** Points of single fields that do more than read their object, by `Type.field`. */
  fields: Readonly<Record<string, number>>;
}

export const costRules: CostRules = {
  freeTypes: [
    'Money',
    'Period',
    'PageInfo',
    'UserError',
    // A line brings its derivation along, whether somebody looks at it or not.
    'Derivation',
    'DerivationStep',
    'QuantityStep',
    'DiscountStep',
    'TaxStep',
    'CreditDerivation',
    'CreditedAmountStep',
    'CreditedShareStep',
    'CreditedTaxStep',
  ],
  listSize: 10,
  mutation: 10,
  introspection: 100,
  fields: {},
};

/**
 * Cost of a selection set: `once` is paid once, `perEntry` for each entry of the page, when the set is that of a
 * connection (its `edges` and `nodes` are as long as the page).
 */
interface Cost {
  once: number;
  perEntry: number;
}

/** A cost and the variables it depends on. */
export interface OperationCost {
  points: number;
  variables: readonly string[];
}

/**
 * The most points an operation can need with these variables: each list is reckoned as long as it may be. Looks at
 * each fragment once. Unknown fields cost nothing, since validation refuses them.
 */
export function costOfOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  rules: CostRules,
): OperationCost {
  return new Reckoning(schema, document, operation, variables, rules).run();
}

class Reckoning {
  readonly #schema: GraphQLSchema;
  readonly #operation: OperationDefinitionNode;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #rules: CostRules;
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #costs = new Map<string, Cost>();
  readonly #used = new Set<string>();

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
    rules: CostRules,
  ) {
    this.#schema = schema;
    this.#operation = operation;
    this.#variables = variables;
    this.#rules = rules;
    for (const definition of document.definitions) {
      if (definition.kind === 'FragmentDefinition') this.#fragments.set(definition.name.value, definition);
    }
  }

  run(): OperationCost {
    const root = this.#schema.getRootType(this.#operation.operation);
    const cost = root ? this.#costOf(this.#operation.selectionSet, root) : { once: 0, perEntry: 0 };
    return { points: Math.max(1, Math.ceil(cost.once + cost.perEntry)), variables: [...this.#used] };
  }

  #costOf(set: SelectionSetNode, type: GraphQLNamedType): Cost {
    const cost: Cost = { once: 0, perEntry: 0 };
    const connection = isConnection(type);
    for (const selection of set.selections) {
      if (selection.kind === 'Field') {
        const points = this.#costOfField(selection, type);
        const entries = connection && (selection.name.value === 'edges' || selection.name.value === 'nodes');
        if (entries) cost.perEntry += points;
        else cost.once += points;
      } else if (selection.kind === 'InlineFragment') {
        const condition = selection.typeCondition?.name.value;
        const inner = condition ? this.#schema.getType(condition) : type;
        if (inner) addCost(cost, this.#costOf(selection.selectionSet, inner));
      } else {
        addCost(cost, this.#costOfFragment(selection.name.value));
      }
    }
    return cost;
  }

  #costOfFragment(name: string): Cost {
    const known = this.#costs.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    const type = fragment && this.#schema.getType(fragment.typeCondition.name.value);
    // Stands in while the fragment is measured, so that one that spreads itself ends here.
    this.#costs.set(name, { once: 0, perEntry: 0 });
    const cost = fragment && type ? this.#costOf(fragment.selectionSet, type) : { once: 0, perEntry: 0 };
    this.#costs.set(name, cost);
    return cost;
  }

  #costOfField(node: FieldNode, parent: GraphQLNamedType): number {
    const name = node.name.value;
    if (name === '__schema' || name === '__type') return this.#rules.introspection;
    if (!isObjectType(parent) && !isInterfaceType(parent)) return 0;
    const field = parent.getFields()[name];
    if (!field) return 0;
    const mutation = this.#operation.operation === 'mutation' && parent === this.#schema.getMutationType();
    const own = (this.#rules.fields[`${parent.name}.${name}`] ?? 0) + (mutation ? this.#rules.mutation : 0);
    const type = getNamedType(field.type);
    if (!isCompositeType(type)) return own;
    const inner = node.selectionSet ? this.#costOf(node.selectionSet, type) : { once: 0, perEntry: 0 };
    const object = this.#rules.freeTypes.includes(type.name) ? 0 : 1;
    if (isConnection(type)) return own + inner.once + inner.perEntry * this.#sizeOf(node, defaultPageSize);
    if (!isList(field.type)) return own + object + inner.once;
    // The page's length is already reckoned for the edges and nodes of a connection.
    const entries = isConnection(parent) ? 1 : this.#sizeOf(node, this.#rules.listSize);
    return own + entries * (object + inner.once);
  }

  /** How long a list may be: its `first`, `last` or `limit`, the number of its `ids`, or what is usual. */
  #sizeOf(node: FieldNode, usual: number): number {
    for (const argument of node.arguments ?? []) {
      const value = this.#valueOf(argument.value);
      if (argument.name.value === 'ids') {
        if (Array.isArray(value)) return Math.max(1, Math.min(value.length, largestPageSize));
      } else if (['first', 'last', 'limit'].includes(argument.name.value) && typeof value === 'number') {
        return Math.max(1, Math.min(value, largestPageSize));
      }
    }
    return usual;
  }

  #valueOf(node: ValueNode): unknown {
    if (node.kind === 'IntValue') return Number(node.value);
    if (node.kind === 'ListValue') return node.values;
    if (node.kind !== 'Variable') return undefined;
    const name = node.name.value;
    this.#used.add(name);
    const given = this.#variables[name];
    if (given !== undefined) return given;
    const definition = this.#operation.variableDefinitions?.find((one) => one.variable.name.value === name);
    return definition?.defaultValue ? this.#valueOf(definition.defaultValue) : undefined;
  }
}

function addCost(into: Cost, more: Cost): void {
  into.once += more.once;
  into.perEntry += more.perEntry;
}

function isConnection(type: GraphQLNamedType): boolean {
  return isObjectType(type) && type.name.endsWith('Connection') && 'pageInfo' in type.getFields();
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/**
 * Points of the objects that really came back, in the same reckoning: entries of pages that stayed shorter and
 * branches that were null are not there. Never more than was asked for.
 */
export function costOfAnswer(data: unknown, requested: number): number {
  let objects = 0;
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) walk(item);
    else if (typeof value === 'object' && value !== null) {
      objects += 1;
      for (const key in value) {
        const item = (value as Record<string, unknown>)[key];
        if (typeof item === 'object' && item !== null) walk(item);
      }
    }
  };
  walk(data);
  return Math.max(1, Math.min(objects, requested));
}
