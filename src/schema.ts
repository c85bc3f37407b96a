import type { GraphQLSchema } from 'graphql';
import type { BuildSchemaOptions } from 'type-graphql';
import { buildApiSchema } from './platform/api-schema.ts';
import type { Module } from './platform/module.ts';
import { NodeResolver } from './platform/node.ts';

/** The API's schema: what the modules bring, and `node` over all of them. */
export function buildSchema(modules: readonly Module[]): GraphQLSchema {
  const resolvers = [NodeResolver, ...modules.flatMap((module) => module.resolvers ?? [])];
  return buildApiSchema({ resolvers: resolvers as unknown as BuildSchemaOptions['resolvers'] });
}
