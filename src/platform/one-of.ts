import { type GraphQLSchema, isInputObjectType } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

const oneOfClasses = new Set<object>();

/** Marks an input type as one-of: exactly one of its fields must be given. All its fields must be nullable. */
export function OneOf(): ClassDecorator {
  return (target) => {
    oneOfClasses.add(target);
  };
}

/**
 * Sets `isOneOf` on the built input types that were marked, in place, and returns the schema. TypeGraphQL has no
 * option for it; graphql 16 enforces, prints and introspects it once it is set. Throws on a field that
 * is not nullable or has a default, which the specification forbids.
 */
export function applyOneOf(schema: GraphQLSchema): GraphQLSchema {
  for (const metadata of getMetadataStorage().inputTypes) {
    if (!oneOfClasses.has(metadata.target)) continue;
    const type = schema.getType(metadata.name);
    if (!isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (String(field.type).endsWith('!') || field.defaultValue !== undefined) {
        throw new Error(`${type.name}.${field.name}: fields of a one-of input are nullable and have no default`);
      }
    }
    type.isOneOf = true;
  }
  return schema;
}
