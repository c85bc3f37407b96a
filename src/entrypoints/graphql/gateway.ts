import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Scope } from './admission.ts';
import type { Executor } from './executor.ts';

/** Apollo's seam for an executor of one's own. */
export function gatewayOf(schema: GraphQLSchema, executor: Executor, scopes: AsyncLocalStorage<Scope>) {
  type Listener = (context: { apiSchema: GraphQLSchema; coreSupergraphSdl: string }) => void;
  let listener: Listener | null = null;
  return {
    onSchemaLoadOrUpdate(callback: Listener) {
      listener = callback;
      return () => {};
    },
    async load() {
      listener?.({ apiSchema: schema, coreSupergraphSdl: '' });
      return {
        // biome-ignore lint/suspicious/noExplicitAny: the gateway's own types are of a package that is not a dependency
        executor: async (run: any) => {
          // The guard reads the request itself; should it ever read it differently from Apollo, nothing runs.
          const admitted = scopes.getStore()?.admitted === true;
          if (run.operation && !admitted) throw new Error('an operation that was not admitted');
          return (await executor.run({
            source: run.source as string,
            document: run.document as DocumentNode,
            operationName: run.request.operationName as string | undefined,
            variables: (run.request.variables ?? {}) as Record<string, unknown>,
            contextValue: run.context,
            // biome-ignore lint/suspicious/noExplicitAny: as above
          })) as any;
        },
      };
    },
    async stop() {},
  };
}
