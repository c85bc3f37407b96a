import type { FormHash } from './form.ts';
import { type Parsed, parseParameters, type Shape } from './parameters.ts';
import type { State } from './state.ts';

/** One operation of the API. `prepare` validates; what it returns carries out the effect (house rule: check, then do). */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE';
  /** Path with `:name` segments, such as `/v1/customers/:id`. */
  path: string;
  prepare: (form: FormHash) => {
    expand: readonly string[] | undefined;
    run: (state: State, ids: Record<string, string>) => object;
  };
}

/** Defines an operation: its parameters (unknown ones are refused) and its effect. */
export function route<S extends Record<string, Shape<unknown>>>(
  method: Route['method'],
  path: string,
  shapes: S,
  run: (state: State, parameters: Parsed<S>, ids: Record<string, string>) => object,
): Route {
  return {
    method,
    path,
    prepare: (form) => {
      const parameters = parseParameters(shapes, form);
      return {
        expand: (parameters as { expand?: string[] }).expand,
        run: (state, ids) => run(state, parameters, ids),
      };
    },
  };
}

/** The route for a request and the ids in its path, or undefined. Fixed segments win over `:name`. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; ids: Record<string, string> } | undefined {
  const segments = path.split('/');
  let best: { route: Route; ids: Record<string, string> } | undefined;
  for (const candidate of routes) {
    const ids = candidate.method === method ? match(candidate.path.split('/'), segments) : undefined;
    if (ids && (!best || Object.keys(ids).length < Object.keys(best.ids).length)) {
      best = { route: candidate, ids };
    }
  }
  return best;
}

function match(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) {
    return undefined;
  }
  const ids: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (part.startsWith(':') && segment !== '') {
      ids[part.slice(1)] = decodeURIComponent(segment);
    } else if (part !== segment) {
      return undefined;
    }
  }
  return ids;
}
