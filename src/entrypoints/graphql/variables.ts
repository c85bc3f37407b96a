import {
  coerceInputValue,
  GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputType,
  isNonNullType,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import { isStorableText } from '../../platform/scalars.ts';
import { reasonOf } from './error-mapping.ts';

const deepestVariable = 24;

/**
 * Whether every text in a value that came as JSON can be stored, and its nesting is sane; the reason if not.
 * Iterative, since the depth of JSON is chosen by the sender.
 */
export function faultOfVariables(variables: unknown): string | null {
  let level: [place: string, value: unknown][] = [['', variables]];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepestVariable) return `Variables may be nested at most ${deepestVariable} levels deep.`;
    const next: typeof level = [];
    for (const [place, value] of level) {
      if (typeof value === 'string') {
        if (!isStorableText(value)) return unstorable(place);
      } else if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) next.push([`${place}[${index}]`, item]);
      } else if (typeof value === 'object' && value !== null) {
        for (const [key, item] of Object.entries(value)) {
          if (!isStorableText(key)) return unstorable(place);
          next.push([within(place, key), item]);
        }
      }
    }
    level = next;
  }
  return null;
}

/** Names of inputs are told; a key that can be no such name may hold anything, and is not repeated. */
function within(place: string, key: string): string {
  if (!/^[_A-Za-z][_A-Za-z0-9]{0,63}$/.test(key)) return place;
  return place === '' ? key : `${place}.${key}`;
}

function unstorable(place: string): string {
  const at = place === '' ? '' : ` at "${place}"`;
  return `A variable holds a character that cannot be stored${at}.`;
}

const mostErrors = 10;

/**
 * Checks the variables of an operation as the specification says, and says what is wrong by path and expected type,
 * without the value (graphql-js quotes it). Compiled operations leave this to the door: graphql-jit's own check
 * knows no one-of inputs. Returns no errors if all is well, and at most 10.
 */
export function checkVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const errors: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const type = typeFromAST(schema, definition.type as Parameters<typeof typeFromAST>[1]);
    if (!isInputType(type)) continue;
    checkVariable(definition, type, variables, errors);
    if (errors.length >= mostErrors) break;
  }
  return errors.slice(0, mostErrors);
}

function checkVariable(
  definition: VariableDefinitionNode,
  type: GraphQLInputType,
  variables: Readonly<Record<string, unknown>>,
  errors: GraphQLError[],
): void {
  const name = definition.variable.name.value;
  const refuse = (message: string): void => {
    errors.push(new GraphQLError(message, { nodes: definition, extensions: { code: 'BAD_USER_INPUT' } }));
  };
  if (!Object.hasOwn(variables, name)) {
    const needed = isNonNullType(type) && !definition.defaultValue;
    if (needed) refuse(`Variable "$${name}" of required type "${type}" was not provided.`);
    return;
  }
  const value = variables[name];
  if (value === null) {
    if (isNonNullType(type)) refuse(`Variable "$${name}" of non-null type "${type}" must not be null.`);
    return;
  }
  coerceInputValue(value, type, (path, _value, error) => {
    if (errors.length >= mostErrors) return;
    const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
    const at = path.length > 0 ? ` at "${name}${place}"` : '';
    refuse(`Variable "$${name}" got an invalid value${at}. ${reasonOf(error.message)}`);
  });
}
