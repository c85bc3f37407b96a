import 'reflect-metadata';
import { type GraphQLSchema, isAbstractType } from 'graphql';
import { type BuildSchemaOptions, buildSchemaSync, getMetadataStorage } from 'type-graphql';
import { applyOneOf } from './one-of.ts';
import { withNamedRoots } from './root-types.ts';

/** Subscriptions read the order of published facts themselves; TypeGraphQL asks for a publisher all the same. */
const noPubSub: BuildSchemaOptions['pubSub'] = {
  publish: () => undefined,
  subscribe: () => {
    throw new Error('a subscription without a source of its own');
  },
};

/**
 * Builds the API's schema from the modules' resolvers. Inputs are not validated by decorators (that would echo them
 * in errors; verbs validate), one-of inputs are marked, fields that only hand on a property get no resolver of their
 * own (several times faster on wide lists), interfaces and unions tell their types by class, and roots are named.
 *
 * What resolvers return must therefore be plain: instances of the API class where a type implements an interface,
 * properties that are values (no promises, no functions), lists that are arrays of values.
 */
export function buildApiSchema(options: Pick<BuildSchemaOptions, 'resolvers' | 'orphanedTypes'>): GraphQLSchema {
  for (const type of getMetadataStorage().objectTypes) {
    const renamed = type.fields?.some((field) => field.schemaName !== field.name);
    type.simpleResolvers ??= !renamed;
  }
  const schema = withNamedRoots(() =>
    buildSchemaSync({
      pubSub: noPubSub,
      ...options,
      validate: false,
      disableInferringDefaultValues: true,
      // Asking the whole schema about itself at each start takes a tenth of it; tests do it.
      skipCheck: true,
    }),
  );
  return tellTypesByClass(applyOneOf(schema));
}

/** TypeGraphQL's own ways are asynchronous or throw; compiled operations need one that does neither. */
function tellTypesByClass(schema: GraphQLSchema): GraphQLSchema {
  const names = new Map<unknown, string>(getMetadataStorage().objectTypes.map((type) => [type.target, type.name]));
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = (value: object | null) => names.get(value?.constructor);
  }
  return schema;
}
