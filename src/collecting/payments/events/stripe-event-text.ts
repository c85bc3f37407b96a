/** A member that would let somebody act on the object, with the comma on one side of it. */
const secretMember = /"client_secret"\s*:\s*(?:null|"[^"\\]*")\s*,|,\s*"client_secret"\s*:\s*(?:null|"[^"\\]*")/g;

/**
 * An event's JSON without what a database cannot hold, and without secrets that would let somebody act on the object;
 * null for what is no object.
 */
export function readEventText(text: string): { event: Record<string, unknown>; payload: string } | null {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
    const payload = storableAsItCame(text);
    if (payload !== null) return { event: event as Record<string, unknown>, payload };
    tidy(event as Record<string, unknown>);
    return { event: event as Record<string, unknown>, payload: JSON.stringify(event) };
  } catch {
    return null;
  }
}

/**
 * Valid JSON as it came but for secrets, or null where only its values can tell: going through them all would cost as
 * much as everything else that is done for an event. UTF-8 has no lone surrogates and JSON no raw zeros, so texts and
 * names hide something only behind escapes; and a name in quotes is never a part of a text, where quotes are escaped.
 */
function storableAsItCame(text: string): string | null {
  if (text.includes('\\u') || text.includes('"__proto__"')) return null;
  if (!text.includes('"client_secret"')) return text;
  const without = text.replace(secretMember, '');
  return without.includes('"client_secret"') ? null : without;
}

function tidy(part: Record<string, unknown>): void {
  for (const key of Object.keys(part)) {
    const value = part[key];
    if (key === 'client_secret' || key === '__proto__' || storable(key) !== key) delete part[key];
    else if (typeof value === 'string') part[key] = storable(value);
    else if (typeof value === 'object' && value !== null) tidy(value as Record<string, unknown>);
  }
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '').replace(/\p{Surrogate}/gu, '\uFFFD');
}
