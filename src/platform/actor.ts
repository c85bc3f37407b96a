/** Who does something: a person, a key, the system itself, or a provider that told us. */
export interface Actor {
  type: 'member' | 'api_key' | 'system' | 'provider' | 'cli';
  /** The uuid of the member or key, or the name of the part of the system. */
  id: string;
}

export const systemActor = (part: string): Actor => ({ type: 'system', id: part });

/** As facts and history keep it: `member:0190…`. */
export function actorText(actor: Actor): string {
  return `${actor.type}:${actor.id}`;
}
