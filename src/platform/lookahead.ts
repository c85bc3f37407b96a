import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import type { Context } from './app-types.ts';

/**
 * Whether the caller selected a field below the one being resolved: `selects(info, 'totalCount')`,
 * `selects(info, 'edges.node.lines')`. Looks through fragments and honours @skip and @include.
 */
export function selects(info: GraphQLResolveInfo, path: string): boolean {
  let level: readonly FieldNode[] = info.fieldNodes;
  for (const name of path.split('.')) {
    level = childrenNamed(level, name, info);
    if (level.length === 0) return false;
  }
  return true;
}

function childrenNamed(fields: readonly FieldNode[], name: string, info: GraphQLResolveInfo): FieldNode[] {
  const found: FieldNode[] = [];
  const seen = new Set<string>();
  const walk = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (!isIncluded(selection.directives, info.variableValues)) continue;
      if (selection.kind === 'Field') {
        if (selection.name.value === name) found.push(selection);
      } else if (selection.kind === 'InlineFragment') {
        walk(selection.selectionSet);
      } else if (!seen.has(selection.name.value)) {
        // A fragment adds the same fields however often it is spread, so each is walked once.
        seen.add(selection.name.value);
        walk(info.fragments[selection.name.value]?.selectionSet);
      }
    }
  };
  for (const field of fields) walk(field.selectionSet);
  return found;
}

function isIncluded(directives: FieldNode['directives'], variables: Record<string, unknown>): boolean {
  for (const directive of directives ?? []) {
    const condition = directive.arguments?.find((argument) => argument.name.value === 'if')?.value;
    const value =
      condition?.kind === 'Variable'
        ? variables[condition.name.value]
        : condition?.kind === 'BooleanValue' && condition.value;
    if (directive.name.value === 'skip' && value === true) return false;
    if (directive.name.value === 'include' && value === false) return false;
  }
  return true;
}

/** Columns by the field of the API that shows them; `always` are those that other fields and lists need. */
export interface FieldColumns<Column extends string> {
  always: readonly Column[];
  fields: Readonly<Record<string, readonly Column[]>>;
}

/**
 * Makes the list of columns to select: a column is read only if a field that shows it is mentioned anywhere in the
 * document, whatever its type, so that one document asks for the same columns wherever it comes by. Reading, parsing and
 * copying what nobody asked for is most of the cost of a wide row.
 */
export function columnsRead<Column extends string>(
  { always, fields }: FieldColumns<Column>,
  render: (columns: readonly Column[]) => string,
): (context: Context) => string {
  const known = new WeakMap<ReadonlySet<string>, string>();
  const choose = (asked: (name: string) => boolean) => {
    const shown = Object.entries(fields).flatMap(([name, columns]) => (asked(name) ? columns : []));
    return render([...new Set([...always, ...shown])]);
  };
  const all = choose(() => true);
  return ({ fieldNames }) => {
    if (!fieldNames) return all;
    const before = known.get(fieldNames);
    if (before !== undefined) return before;
    const made = choose((name) => fieldNames.has(name));
    known.set(fieldNames, made);
    return made;
  };
}
