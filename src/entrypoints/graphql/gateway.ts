import type { AsyncLocalStorage } from 'node:async_hooks';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { Scope } from './admission.ts';
import type { Executor } from './executor.ts';

type Gateway = ApolloServerOptionsWithGateway<object>['gateway'];
type Listener = Parameters<NonNullable<Gateway['onSchemaLoadOrUpdate']>>[0];
type Run = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** Apollo's seam for an executor of one's own. */
export function gatewayOf(schema: GraphQLSchema, executor: Executor, scopes: AsyncLocalStorage<Scope>): Gateway {
  let listener: Listener | null = null;
  const run: Run = async ({ source, document, operation, request, context }) => {
    // The guard reads the request itself; should it ever read it differently from Apollo, nothing runs.
    const admitted = scopes.getStore()?.admitted === true;
    if (operation && !admitted) throw new Error('an operation that was not admitted');
    const { operationName, variables = {} } = request;
    return executor.run({ source, document, operationName, variables, contextValue: context });
  };
  return {
    onSchemaLoadOrUpdate(callback) {
      listener = callback;
      return () => {};
    },
    async load() {
      listener?.({ apiSchema: schema, coreSupergraphSdl: '' });
      return { executor: run };
    },
    async stop() {},
  };
}
