// Sends a mutation until there is an answer. The idempotency key in the input makes that harmless.
const { PERENNIAL_KEY, PERENNIAL_URL = 'http://127.0.0.1:4000/graphql' } = process.env;

/** Answers the mutation's payload. Throws where the request itself is refused, or nobody answers five times. */
export async function mutate(query, input) {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await send({ query, variables: { input } });
    if (answer?.data) return Object.values(answer.data)[0];
    const refused = answer?.errors?.[0];
    if (refused && refused.extensions.code !== 'INTERNAL_SERVER_ERROR') {
      throw new Error(`${refused.extensions.code}: ${refused.message} (${refused.extensions.requestId})`);
    }
    if (attempt === 5) throw new Error('Nobody answers; what was asked may have happened. Ask again with the same key.');
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
  }
}

/** Null where no answer came, or none that can be read. */
async function send(body) {
  try {
    const response = await fetch(PERENNIAL_URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${PERENNIAL_KEY}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    return await response.json();
  } catch {
    return null;
  }
}
