import {
  type GraphQLField,
  type GraphQLOutputType,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

const deepest = 2;

/** Everything of a type that can be asked for without arguments, two objects deep; empty for scalars. */
export function selectionOf(type: GraphQLOutputType, depth = 0): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named)) return '{ __typename }';
  if (isInterfaceType(named)) {
    const leaves = Object.values(named.getFields()).filter((field) => isLeafType(getNamedType(field.type)));
    return `{ ${['__typename', ...leaves.map(({ name }) => name)].join(' ')} }`;
  }
  if (!isObjectType(named)) return '';
  const parts = Object.values(named.getFields()).flatMap((field) => partOf(field, depth));
  return `{ ${parts.length > 0 ? parts.join(' ') : '__typename'} }`;
}

function partOf(field: GraphQLField<unknown, unknown>, depth: number): string[] {
  if (field.args.some((argument) => isNonNullType(argument.type) && argument.defaultValue === undefined)) return [];
  const named = getNamedType(field.type);
  if (isLeafType(named)) return [field.name];
  // What a refusal says is asked for in full; edges only repeat nodes.
  if (field.name === 'userErrors') return ['userErrors { code message path }'];
  if (field.name === 'edges' || depth >= deepest) return [];
  return [`${field.name} ${selectionOf(field.type, depth + 1)}`];
}
