import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  type OperationTypeNode,
  parse,
} from 'graphql';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { type CostRules, costOfOperation, costRules } from './cost.ts';
import { refusal } from './error-mapping.ts';
import { type DocumentLimits, type DocumentMeasure, documentLimits, faultOfText, measureDocument } from './limits.ts';
import { mostParsedText } from './stores.ts';
import { faultOfVariables } from './variables.ts';

export interface GuardOptions {
  schema: GraphQLSchema;
  limits?: Partial<DocumentLimits>;
  costs?: Partial<CostRules>;
  /** Most points of one operation. */
  maxCost?: number;
  /** Most tokens of a document. */
  maxTokens?: number;
}

/** What is known of an operation before anything of it runs. */
export interface Admission {
  type: OperationTypeNode;
  name: string | null;
  /** Their names in the order of the document, fragments expanded; one that stands twice is there twice. */
  rootFields: readonly string[];
  introspective: boolean;
  /** The names of all fields of the document, of whatever type. */
  fieldNames: ReadonlySet<string>;
  /** Points it may need at most. */
  cost: number;
}

export interface Guard {
  readonly maxTokens: number;
  /**
   * Checks the text, the variables and the cost of a request, without running anything. Null if the document does
   * not parse or names no operation: that is for the executor to answer, and nothing can run. Throws a refusal
   * (QUERY_TOO_COMPLEX, BAD_USER_INPUT) otherwise.
   */
  admit(text: string, operationName: string | null | undefined, variables: unknown): Admission | null;
}

interface Prepared {
  /** Characters of its text. */
  length: number;
  document: DocumentNode | null;
  measure: DocumentMeasure | null;
  textFault: string | null;
  /** Costs by the values of the variables they depend on. */
  costs: Map<string, number>;
  costVariables: Map<string, readonly string[]>;
}

const mostCostsRemembered = 50;

/** The guard of a schema: one for HTTP and websocket alike, so that what is refused at one door is at the other. */
export function createGuard(options: GuardOptions): Guard {
  const { schema, maxCost = 5_000, maxTokens = 4_000 } = options;
  const limits = { ...documentLimits, ...options.limits };
  const rules = { ...costRules, ...options.costs };
  const remembered = new BoundedMap<string, Prepared>(1_000, { weigh: (one) => one.length, most: mostParsedText });

  const prepare = (text: string): Prepared => {
    const known = remembered.get(text);
    if (known) return known;
    const document = parseOrNull(text, maxTokens);
    const prepared: Prepared = {
      length: text.length,
      document,
      measure: document && measureDocument(document, limits),
      textFault: document && faultOfText(text, document),
      costs: new Map(),
      costVariables: new Map(),
    };
    // What was refused is not worth the room.
    if (!prepared.measure?.refusal) remembered.set(text, prepared);
    return prepared;
  };

  return {
    maxTokens,
    admit(text, operationName, variables) {
      const prepared = prepare(text);
      const { document, measure } = prepared;
      if (!document || !measure) return null;
      if (measure.refusal) throw refusal('QUERY_TOO_COMPLEX', measure.refusal);
      const fault = prepared.textFault ?? faultOfVariables(variables);
      if (fault) throw refusal('BAD_USER_INPUT', fault);
      const operation = getOperationAST(document, operationName);
      if (!operation) return null;
      const name = operation.name?.value ?? '';
      const cost = costOf(schema, rules, prepared, operation, (variables ?? {}) as Record<string, unknown>);
      if (cost > maxCost) {
        throw refusal('QUERY_TOO_COMPLEX', `The request may need ${cost} points; at most ${maxCost} are allowed.`);
      }
      return {
        type: operation.operation,
        name: name || null,
        rootFields: measure.rootFields.get(name) ?? [],
        introspective: measure.introspective.has(name),
        fieldNames: measure.fieldNames,
        cost,
      };
    },
  };
}

/** The cost of an operation, remembered by the values of the variables it depends on. */
function costOf(
  schema: GraphQLSchema,
  rules: CostRules,
  prepared: Prepared,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): number {
  const name = operation.name?.value ?? '';
  const keyFor = (names: readonly string[]) =>
    `${name} ${names.map((one) => `${one}=${sizeForKey(variables[one])}`).join(' ')}`;
  const names = prepared.costVariables.get(name);
  const known = names && prepared.costs.get(keyFor(names));
  if (known !== undefined) return known;
  const cost = costOfOperation(schema, prepared.document as DocumentNode, operation, variables, rules);
  if (prepared.costs.size >= mostCostsRemembered) prepared.costs.clear();
  prepared.costVariables.set(name, cost.variables);
  prepared.costs.set(keyFor(cost.variables), cost.points);
  return cost.points;
}

/** Only what a cost depends on: a number, or how long a list is. */
function sizeForKey(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return Array.isArray(value) ? `[${value.length}]` : typeof value;
}

function parseOrNull(text: string, maxTokens: number): DocumentNode | null {
  try {
    return parse(text, { maxTokens });
  } catch {
    return null;
  }
}
