/** Anything the API sends as a resource: it names its type, and mostly has an id. */
export interface ApiObject {
  object: string;
  id?: string;
}

/** The id of a reference that may be expanded; the simulator itself stores only ids. */
export function idOf(reference: string | { id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) {
    return null;
  }
  return typeof reference === 'string' ? reference : reference.id;
}
