import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { isStorableText } from '../../platform/scalars.ts';

/** What a document may ask for at most, before anything of it is validated or run. */
export interface DocumentLimits {
  /** Fields within fields, fragments expanded; a root field is at 1. */
  depth: number;
  /** Aliased fields, fragments expanded, those of `__typename` too. */
  aliases: number;
  /** Fields of the operation itself, fragments expanded. */
  rootFields: number;
  /** All fields, fragments expanded: what validation and compilation have to look at. */
  fields: number;
  /** Fields with one answer name in one selection set: validation compares each with each. */
  repeats: number;
  fragments: number;
  directives: number;
  /** Fields within fields of `__schema` and `__type`; the standard introspection query needs 13. */
  introspectionDepth: number;
  /** Lists within lists of `__schema` and `__type`; the standard introspection query needs 3. */
  introspectionLists: number;
}

export const documentLimits: DocumentLimits = {
  depth: 12,
  aliases: 30,
  rootFields: 50,
  fields: 3_000,
  repeats: 50,
  fragments: 100,
  directives: 100,
  introspectionDepth: 16,
  introspectionLists: 3,
};

/** What was found out about a document. */
export interface DocumentMeasure {
  /** Why it is refused, or null. Says which limit and its value, never what was sent. */
  refusal: string | null;
  /** Selections looked at: grows with the length of the document and with nothing else. */
  visited: number;
  /** Names of the root fields by operation name ('' for the anonymous one); one that stands twice is there twice. */
  rootFields: Map<string, string[]>;
  /** Operations that look at `__schema` or `__type`. */
  introspective: Set<string>;
  /** The names of all fields, of whatever type. */
  fieldNames: Set<string>;
}

/** What one selection set amounts to, its fragments expanded. Large numbers mean "too many", whatever they are. */
interface Extent {
  depth: number;
  aliases: number;
  fields: number;
  lists: number;
  rootFields: string[];
}

const introspectionLists = new Set([
  'types',
  'fields',
  'inputFields',
  'args',
  'interfaces',
  'possibleTypes',
  'enumValues',
  'directives',
]);

/**
 * Measures a document before validation, since validation itself takes time that grows with the square of what it
 * is given. Each fragment is measured once and its extent added wherever it is spread, so a
 * document whose expansion is exponential costs as little as its text is long.
 */
export function measureDocument(document: DocumentNode, limits: DocumentLimits): DocumentMeasure {
  return new Measuring(document, limits).run();
}

class Measuring {
  readonly #limits: DocumentLimits;
  readonly #operations: OperationDefinitionNode[] = [];
  readonly #fragments = new Map<string, FragmentDefinitionNode>();
  readonly #extents = new Map<string, Extent>();
  readonly #open = new Set<string>();
  readonly #measure: DocumentMeasure = {
    refusal: null,
    visited: 0,
    rootFields: new Map(),
    introspective: new Set(),
    fieldNames: new Set(),
  };
  #directives = 0;

  constructor(document: DocumentNode, limits: DocumentLimits) {
    this.#limits = limits;
    for (const definition of document.definitions) {
      if (definition.kind === 'OperationDefinition') this.#operations.push(definition);
      if (definition.kind === 'FragmentDefinition') this.#fragments.set(definition.name.value, definition);
    }
  }

  run(): DocumentMeasure {
    const limits = this.#limits;
    this.#refuseAbove(this.#fragments.size, limits.fragments, 'fragments');
    this.#refuseAbove(this.#operations.length, limits.rootFields, 'operations');
    // Fragments that nothing spreads are validated too, so they are measured as well.
    for (const name of this.#fragments.keys()) this.#extentOfFragment(name);
    let total = 0;
    for (const operation of this.#operations) {
      this.#directives += operation.directives?.length ?? 0;
      const extent = this.#extentOf(operation.selectionSet, 1);
      total += extent.fields;
      this.#checkOperation(operation, extent);
    }
    this.#refuseAbove(total, limits.fields, 'fields');
    this.#refuseAbove(this.#directives, limits.directives, 'directives');
    return this.#measure;
  }

  #checkOperation(operation: OperationDefinitionNode, extent: Extent): void {
    const name = operation.name?.value ?? '';
    this.#measure.rootFields.set(name, extent.rootFields);
    if (extent.rootFields.some((field) => field === '__schema' || field === '__type')) {
      this.#measure.introspective.add(name);
    }
    this.#refuseAbove(extent.rootFields.length, this.#limits.rootFields, 'root fields');
    this.#refuseAbove(extent.aliases, this.#limits.aliases, 'aliases');
    this.#refuseAbove(extent.depth, this.#limits.depth, 'levels of nesting');
  }

  #refuseAbove(found: number, most: number, what: string): void {
    if (found > most) this.#measure.refusal ??= `The request has too many ${what}; at most ${most} are allowed.`;
  }

  #extentOf(set: SelectionSetNode, level: number): Extent {
    const extent: Extent = { depth: 0, aliases: 0, fields: 0, lists: 0, rootFields: [] };
    this.#collect(set, extent, new Map(), level);
    return extent;
  }

  #collect(set: SelectionSetNode, into: Extent, names: Map<string, number>, level: number): void {
    // The recursion follows the nesting of the text, which an attacker may choose as deep as the parser allows.
    if (level > this.#limits.depth + this.#limits.introspectionDepth + 8) {
      this.#refuseAbove(level, this.#limits.depth, 'levels of nesting');
      return;
    }
    for (const selection of set.selections) {
      this.#measure.visited += 1;
      this.#directives += selection.directives?.length ?? 0;
      if (selection.kind === 'InlineFragment') {
        this.#collect(selection.selectionSet, into, names, level + 1);
      } else if (selection.kind === 'FragmentSpread') {
        add(into, this.#extentOfFragment(selection.name.value));
      } else {
        const answer = selection.alias?.value ?? selection.name.value;
        const repeats = (names.get(answer) ?? 0) + 1;
        names.set(answer, repeats);
        this.#refuseAbove(repeats, this.#limits.repeats, 'fields of the same name');
        add(into, this.#extentOfField(selection, level));
      }
    }
  }

  /** What lies within `__schema` and `__type` has limits of its own and does not count towards the depth. */
  #extentOfField(field: FieldNode, level: number): Extent {
    const name = field.name.value;
    this.#measure.fieldNames.add(name);
    if (field.alias?.value.startsWith('__')) {
      this.#measure.refusal ??= 'An alias must not begin with two underscores.';
    }
    const child = field.selectionSet ? this.#extentOf(field.selectionSet, level + 1) : nothing;
    const introspective = name === '__schema' || name === '__type';
    if (introspective) {
      this.#refuseAbove(child.depth, this.#limits.introspectionDepth, 'levels of nesting in its introspection');
      this.#refuseAbove(child.lists, this.#limits.introspectionLists, 'nested lists in its introspection');
    }
    return {
      depth: introspective ? 1 : child.depth + 1,
      aliases: child.aliases + (field.alias ? 1 : 0),
      fields: child.fields + 1,
      lists: child.lists + (introspectionLists.has(name) ? 1 : 0),
      rootFields: [name],
    };
  }

  /** Measured once per fragment. One that spreads itself counts as empty here; validation refuses it. */
  #extentOfFragment(name: string): Extent {
    const known = this.#extents.get(name);
    if (known) return known;
    const fragment = this.#fragments.get(name);
    if (!fragment || this.#open.has(name)) return nothing;
    this.#open.add(name);
    this.#directives += fragment.directives?.length ?? 0;
    const extent = this.#extentOf(fragment.selectionSet, 1);
    this.#open.delete(name);
    this.#extents.set(name, extent);
    return extent;
  }
}

const nothing: Extent = { depth: 0, aliases: 0, fields: 0, lists: 0, rootFields: [] };
/** Enough root fields to know that there are too many; a fragment bomb must not make long lists of names. */
const mostRootFieldsKept = 200;

function add(into: Extent, more: Extent): void {
  into.depth = Math.max(into.depth, more.depth);
  into.lists = Math.max(into.lists, more.lists);
  into.aliases = Math.min(into.aliases + more.aliases, Number.MAX_SAFE_INTEGER);
  into.fields = Math.min(into.fields + more.fields, Number.MAX_SAFE_INTEGER);
  const room = Math.max(0, mostRootFieldsKept - into.rootFields.length);
  if (room > 0) into.rootFields.push(...more.rootFields.slice(0, room));
}

/** Whether every text within a document can be stored. Only escapes can bring in what the source does not show. */
export function faultOfText(source: string, document: DocumentNode): string | null {
  let fault: string | null = isStorableText(source) ? null : 'The document holds a character that cannot be stored.';
  if (!source.includes('\\u')) return fault;
  visit(document, {
    StringValue(node) {
      if (!isStorableText(node.value)) fault = 'The document holds a character that cannot be stored.';
    },
  });
  return fault;
}
