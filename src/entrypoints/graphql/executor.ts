import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  parse,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { BoundedMap } from '../../platform/bounded-map.ts';
import { checkVariables } from './variables.ts';

/** One operation to run. The document is valid; its text is `source`. */
export interface Execution {
  source: string;
  document: DocumentNode;
  operationName?: string | null | undefined;
  variables: Readonly<Record<string, unknown>>;
  contextValue: unknown;
}

export interface ExecutorOptions {
  schema: GraphQLSchema;
  /** Whether operations that come again are compiled; otherwise graphql-js interprets all. */
  compile: boolean;
  /** Compiled operations that are kept. */
  mostCompiled?: number;
  /** Runs of an operation before it is compiled: compiling costs as much as some tens of runs. */
  compileAfter?: number;
}

export interface Executor {
  run(execution: Execution): Promise<ExecutionResult>;
  /** How many operations were compiled and how many runs used one, for tests and metrics. */
  readonly counts: { compiled: number; compiledRuns: number; interpretedRuns: number };
}

type Entry = { runs: number; compiled: CompiledQuery['query'] | null; length: number };

/** Characters of text whose compiled operations are kept; compiled, an operation takes some hundred times its text. */
const mostCompiledText = 400_000;

/**
 * Runs operations; those that come again are compiled by graphql-jit to one function each, which is about twice as
 * fast as interpreting them. Kept by text and operation name, so a compiled operation knows
 * nothing of a caller: caller and variables are its arguments. Documents are parsed again for the compiler, because it
 * writes its own marks into them.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const { schema, compile, mostCompiled = 500, compileAfter = 2 } = options;
  const entries = new BoundedMap<string, Entry>(mostCompiled, {
    weigh: (entry) => entry.length,
    most: mostCompiledText,
  });
  const counts = { compiled: 0, compiledRuns: 0, interpretedRuns: 0 };

  const compiledFor = async (execution: Execution): Promise<Entry['compiled']> => {
    const key = `${execution.operationName ?? ''}\n${execution.source}`;
    let entry = entries.get(key);
    if (!entry) {
      entry = { runs: 0, compiled: null, length: key.length };
      entries.set(key, entry);
    }
    entry.runs += 1;
    if (entry.runs === compileAfter + 1) {
      entry.compiled = await compileOperation(schema, execution);
      if (entry.compiled) counts.compiled += 1;
    }
    return entry.compiled;
  };

  return {
    counts,
    async run(execution) {
      const { document, operationName, variables, contextValue } = execution;
      const operation = getOperationAST(document, operationName);
      if (operation) {
        const errors = checkVariables(schema, operation, variables);
        if (errors.length > 0) return { errors };
        const compiled = compile && operation.operation !== 'subscription' ? await compiledFor(execution) : null;
        if (compiled) {
          counts.compiledRuns += 1;
          return withOwnErrors(await compiled(undefined, contextValue, variables));
        }
      }
      counts.interpretedRuns += 1;
      return execute({ schema, document, operationName, variableValues: variables, contextValue });
    },
  };
}

/** The compiled operation, or null if graphql-jit cannot: it is interpreted then, for ever. */
async function compileOperation(schema: GraphQLSchema, execution: Execution): Promise<Entry['compiled']> {
  const { compileQuery, isCompiledQuery } = await import('graphql-jit');
  const compiled = compileQuery(schema, parse(execution.source), execution.operationName ?? undefined, {
    useExperimentalPathBasedSkipInclude: true,
  });
  return isCompiledQuery(compiled) ? compiled.query : null;
}

/** graphql-jit's errors lack what graphql-js's have (`extensions`, the cause of a null); Apollo needs them whole. */
function withOwnErrors(result: ExecutionResult): ExecutionResult {
  if (!result.errors) return result;
  return { ...result, errors: result.errors.map(toOwnError) };
}

function toOwnError(error: GraphQLError): GraphQLError {
  const cause = error.originalError;
  const own = new GraphQLError(error.message, {
    path: error.path ?? null,
    // A cause there always is: an error without one would look like a refusal of the request's.
    originalError: cause ?? new Error(error.message),
  });
  return Object.defineProperty(own, 'locations', { value: error.locations, enumerable: true });
}
