import { GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/** Where live updates begin. Not the usual name, which is that of the thing that is sold. */
const liveRoot = 'LiveUpdates';
const soldThing = 'Subscription';
const meanwhile = 'Subscription_';

const descriptions: Readonly<Record<string, string>> = {
  Query: 'What can be read. What the caller may not see or what does not exist is null.',
  Mutation: 'What can be done. A refusal is an entry of `userErrors` in the answer, with nothing changed.',
  [liveRoot]: 'What can be followed over a websocket, from a cursor on.',
};

/**
 * Builds a schema in which the root of live updates has a name of its own, so that `Subscription` can be what an account
 * has bought. TypeGraphQL names the root `Subscription` whatever else is called so: the sold thing therefore has another
 * name while it builds.
 */
export function withNamedRoots(build: () => GraphQLSchema): GraphQLSchema {
  const sold = getMetadataStorage().objectTypes.filter((type) => type.name === soldThing);
  for (const type of sold) type.name = meanwhile;
  try {
    return rename(build());
  } finally {
    for (const type of sold) type.name = soldThing;
  }
}

function rename(schema: GraphQLSchema): GraphQLSchema {
  const live = schema.getSubscriptionType();
  const sold = schema.getType(meanwhile);
  if (live) live.name = liveRoot;
  if (sold) sold.name = soldThing;
  for (const root of [schema.getQueryType(), schema.getMutationType(), live]) {
    if (root) root.description ??= descriptions[root.name];
  }
  return new GraphQLSchema(schema.toConfig());
}
