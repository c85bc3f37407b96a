import { invalidRequest } from './errors.ts';

/** A decoded form: a leaf is text, everything else a hash; arrays are hashes with the keys 0, 1, 2 … */
export type FormValue = string | FormHash;
export interface FormHash {
  [key: string]: FormValue;
}

const MAXIMUM_DEPTH = 8;

/** Splits `a[b][0]` into a, b, 0. */
function segmentsOf(name: string): string[] {
  const [head = '', ...rest] = name.split('[');
  return [head, ...rest.map((part) => part.replace(/\]$/, ''))];
}

/**
 * Decodes `application/x-www-form-urlencoded` with Rack's brackets: `metadata[key]=v`, `expand[]=a`, `expand[0]=a`.
 *
 * @throws ApiError 400 when one name is used as text and as a hash.
 */
export function decodeForm(text: string): FormHash {
  const root = emptyHash();
  for (const [name, value] of new URLSearchParams(text)) {
    const segments = segmentsOf(name);
    if (segments.length > MAXIMUM_DEPTH) {
      throw invalidRequest(`Invalid parameter nesting: ${name}`);
    }
    put(root, segments, value, name);
  }
  return root;
}

function emptyHash(): FormHash {
  return Object.create(null) as FormHash;
}

function put(root: FormHash, segments: string[], value: string, name: string): void {
  let hash = root;
  for (const [index, segment] of segments.entries()) {
    const key = segment === '' ? String(Object.keys(hash).length) : segment;
    if (index === segments.length - 1) {
      hash[key] = value;
      return;
    }
    const inner = hash[key] ?? emptyHash();
    if (typeof inner === 'string') {
      throw invalidRequest(`Invalid parameter: ${name} is used both as a value and as a hash.`);
    }
    hash[key] = inner;
    hash = inner;
  }
}

/** The same text for the same parameters in any order: what the idempotency store compares. */
export function canonicalForm(value: FormValue): string {
  if (typeof value === 'string') {
    return JSON.stringify(value);
  }
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalForm(value[key]!)}`);
  return `{${entries.join(',')}}`;
}
