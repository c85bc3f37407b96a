import type { GraphQLSchema } from 'graphql';
import type { BuildSchemaOptions } from 'type-graphql';
import { buildApiSchema } from './platform/api-schema.ts';
import type { Module } from './platform/module.ts';
import { NodeResolver } from './platform/node.ts';

/** The API's schema: what the modules bring, and `node` over all of them. `pubSub` only where subscriptions are served. */
export function buildSchema(
  modules: readonly Module[],
  options: Pick<BuildSchemaOptions, 'pubSub'> = {},
): GraphQLSchema {
  const resolvers = [NodeResolver, ...modules.flatMap((module) => module.resolvers ?? [])];
  return buildApiSchema({ ...options, resolvers: resolvers as unknown as BuildSchemaOptions['resolvers'] });
}
