import { invalidRequest } from './errors.ts';
import type { FormHash, FormValue } from './form.ts';

/** Checks and converts one parameter; throws ApiError with the parameter's path. */
export type Shape<T> = ((value: FormValue, path: string) => T) & { required?: true };
export type RequiredShape<T> = ((value: FormValue, path: string) => T) & { required: true };

type Shapes = Record<string, Shape<unknown>>;
type RequiredKeys<S> = { [K in keyof S]: S[K] extends { required: true } ? K : never }[keyof S];
type Value<X> = X extends (value: FormValue, path: string) => infer T ? T : never;

/** What a set of shapes gives: required parameters are there, the others may be undefined. */
export type Parsed<S> = { [K in RequiredKeys<S>]: Value<S[K]> } & {
  [K in Exclude<keyof S, RequiredKeys<S>>]?: Value<S[K]>;
};

/** Marks a parameter without which the request is refused (parameter_missing). */
export function required<T>(shape: Shape<T>): RequiredShape<T> {
  const wrapped = ((value: FormValue, path: string) => shape(value, path)) as RequiredShape<T>;
  wrapped.required = true;
  return wrapped;
}

/** Checks a whole form, or a nested hash when `prefix` is given: unknown names are refused. */
export function parseParameters<S extends Shapes>(shapes: S, form: FormHash, prefix = ''): Parsed<S> {
  const nameOf = (key: string): string => (prefix ? `${prefix}[${key}]` : key);
  const unknown = Object.keys(form).filter((key) => !Object.hasOwn(shapes, key));
  if (unknown.length > 0) {
    throw unknownParameters(unknown.map(nameOf));
  }
  const result: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(shapes)) {
    const value = form[key];
    if (value !== undefined) {
      result[key] = shape(value, nameOf(key));
    } else if (shape.required) {
      throw invalidRequest(`Missing required param: ${nameOf(key)}.`, {
        code: 'parameter_missing',
        param: nameOf(key),
      });
    }
  }
  return result as Parsed<S>;
}

function unknownParameters(names: string[]): Error {
  const label = names.length === 1 ? 'Received unknown parameter' : 'Received unknown parameters';
  return invalidRequest(`${label}: ${names.join(', ')}`, { code: 'parameter_unknown', param: names[0]! });
}

function textOf(value: FormValue, path: string): string {
  if (typeof value !== 'string') {
    throw invalidRequest(`Invalid string: ${JSON.stringify(value)}`, { param: path });
  }
  return value;
}

function hashOf(value: FormValue, path: string): FormHash {
  if (typeof value === 'string') {
    throw invalidRequest('Invalid object', { param: path });
  }
  return value;
}

function refuseEmpty(value: FormValue, path: string): void {
  if (value === '') {
    throw invalidRequest(
      `You passed an empty string for '${path}'. We assume empty values are an attempt to unset a parameter; however ` +
        `'${path}' cannot be unset. You should remove '${path}' from your request or supply a non-empty value.`,
      { code: 'parameter_invalid_empty', param: path },
    );
  }
}

/** Text that can be unset: an empty string gives null. */
export function text(maximum = 5000): Shape<string | null> {
  return (value, path) => {
    const result = textOf(value, path);
    if (result.length > maximum) {
      throw invalidRequest(`Invalid string: ${result.slice(0, 10)}...; must be at most ${maximum} characters`, {
        param: path,
      });
    }
    return result === '' ? null : result;
  };
}

/** Text that cannot be unset, such as an id. */
export function identifier(maximum = 5000): Shape<string> {
  const inner = text(maximum);
  return (value, path) => {
    refuseEmpty(value, path);
    return inner(value, path)!;
  };
}

/** A whole number; out of bounds and not whole are both parameter_invalid_integer. */
export function integer(bounds: { minimum?: number; maximum?: number } = {}): Shape<number> {
  return (value, path) => {
    refuseEmpty(value, path);
    const raw = textOf(value, path);
    if (!/^-?\d{1,15}$/.test(raw)) {
      throw invalidRequest(`Invalid integer: ${raw}`, { code: 'parameter_invalid_integer', param: path });
    }
    const number = Number(raw);
    if (bounds.minimum !== undefined && number < bounds.minimum) {
      throw outOfBounds(`greater than or equal to ${bounds.minimum}`, path);
    }
    if (bounds.maximum !== undefined && number > bounds.maximum) {
      throw outOfBounds(`less than or equal to ${bounds.maximum}`, path);
    }
    return number;
  };
}

function outOfBounds(rule: string, path: string): Error {
  return invalidRequest(`This value must be ${rule}.`, { code: 'parameter_invalid_integer', param: path });
}

/** `true` or `false`, nothing else. */
export const boolean: Shape<boolean> = (value, path) => {
  refuseEmpty(value, path);
  if (value !== 'true' && value !== 'false') {
    throw invalidRequest(`Invalid boolean: ${String(value)}`, { param: path });
  }
  return value === 'true';
};

/** One of a closed list. */
export function oneOf<const T extends readonly string[]>(...names: T): Shape<T[number]> {
  return (value, path) => {
    refuseEmpty(value, path);
    const raw = textOf(value, path);
    if (!names.includes(raw)) {
      const list = names.length === 1 ? names[0] : `one of ${names.slice(0, -1).join(', ')}, or ${names.at(-1)}`;
      throw invalidRequest(`Invalid ${path}: must be ${list}`, { param: path });
    }
    return raw as T[number];
  };
}

/** Accepts an empty string as "unset" (null) beside the shape itself: the SDK's `Emptyable`. */
export function emptyable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === '' ? null : shape(value, path));
}

/** A nested hash whose keys are all known. */
export function hash<S extends Shapes>(shapes: S): Shape<Parsed<S>> {
  return (value, path) => parseParameters(shapes, hashOf(value, path), path);
}

/** An array, written as `name[]` or `name[0]`. */
export function arrayOf<T>(shape: Shape<T>): Shape<T[]> {
  return (value, path) => {
    if (typeof value === 'string') {
      throw invalidRequest('Invalid array', { param: path });
    }
    const keys = Object.keys(value);
    if (keys.some((key) => !/^\d+$/.test(key))) {
      throw invalidRequest('Invalid array', { param: path });
    }
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => shape(value[key]!, `${path}[${key}]`));
  };
}

/** A hash that Stripe knows and the simulator only keeps: its inside is not checked. */
export const unchecked: Shape<FormHash> = (value, path) => hashOf(value, path);

/** A parameter of the real API that the simulator does not carry out: said aloud, never ignored in silence. */
export const notSimulated: Shape<never> = (_value, path) => {
  throw invalidRequest(`The Stripe simulator does not carry out the parameter '${path}'.`, { param: path });
};

/** Metadata: up to 50 keys of 40 characters, values of 500; an empty value removes the key, an empty whole all keys. */
export const metadata: Shape<Record<string, string> | null> = (value, path) => {
  if (value === '') {
    return null;
  }
  const result: Record<string, string> = {};
  for (const [key, entry] of Object.entries(hashOf(value, path))) {
    const name = `${path}[${key}]`;
    if (key.length > 40) {
      throw invalidRequest(`Metadata keys can have up to 40 characters, but you passed in a key of ${key.length}.`, {
        param: name,
      });
    }
    const content = textOf(entry, name);
    if (content.length > 500) {
      throw invalidRequest(
        `Metadata values can have up to 500 characters, but you passed in a value that is ${content.length} characters.`,
        { param: name },
      );
    }
    result[key] = content;
  }
  if (Object.keys(result).length > 50) {
    throw invalidRequest('Metadata can have up to 50 keys.', { param: path });
  }
  return result;
};

/** The metadata after a change: keys are merged, empty values removed, null clears everything. */
export function mergeMetadata(
  current: Record<string, string> | null,
  change: Record<string, string> | null | undefined,
): Record<string, string> {
  if (change === null) {
    return {};
  }
  const merged = Object.entries({ ...(current ?? {}), ...(change ?? {}) }).filter(([, value]) => value !== '');
  if (merged.length > 50) {
    throw invalidRequest('Metadata can have up to 50 keys.', { param: 'metadata' });
  }
  return Object.fromEntries(merged);
}
