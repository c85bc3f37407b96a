import 'reflect-metadata';
import { Arg, Ctx, Field, ID, InterfaceType, Query, Resolver } from 'type-graphql';
import type { Context, NodeLoader } from './app-types.ts';
import { badUserInput } from './errors.ts';
import { type IdPrefix, parseGlobalId } from './id.ts';

/** What every object with an id is. Types that implement it are returned as instances of their API class. */
@InterfaceType('Node', { description: 'An object that can be found by its id alone.' })
export abstract class Node {
  @Field(() => ID, { description: 'The id of the object, unique over all types.' })
  id!: string;
}

export type { NodeLoader, NodeLoaders } from './app-types.ts';

const mostNodes = 100;

/** Objects by ids of any kind, in their order; null for ids that are garbled, missing or foreign. */
async function readNodes(context: Context, ids: readonly string[]): Promise<(object | null)[]> {
  const wanted = new Map<IdPrefix, Set<string>>();
  const parsed = ids.map((id) => parseGlobalId(id));
  for (const one of parsed) {
    if (!one) continue;
    wanted.set(one.prefix, (wanted.get(one.prefix) ?? new Set()).add(one.uuid));
  }
  const found = new Map<string, object>();
  for (const [prefix, uuids] of wanted) {
    const load = loaderOf(context, prefix);
    if (!load) continue;
    for (const [uuid, object] of await load(context, [...uuids])) found.set(`${prefix} ${uuid}`, object);
  }
  return parsed.map((one) => (one && found.get(`${one.prefix} ${one.uuid}`)) ?? null);
}

function loaderOf(context: Context, prefix: IdPrefix): NodeLoader | undefined {
  for (const module of context.app.modules) {
    const load = module.nodes?.[prefix];
    if (load) return load;
  }
  return undefined;
}

@Resolver()
export class NodeResolver {
  @Query(() => Node, { nullable: true, description: 'One object by its id; null if there is none for the caller.' })
  async node(
    @Arg('id', () => ID, { description: 'The id of an object of any type.' }) id: string,
    @Ctx() context: Context,
  ): Promise<object | null> {
    const [found] = await readNodes(context, [id]);
    return found ?? null;
  }

  @Query(() => [Node], {
    nullable: 'items',
    description: 'Objects by their ids, in the same order, with null for each that the caller cannot find.',
  })
  async nodes(
    @Arg('ids', () => [ID], { description: 'Ids of objects of any type, at most 100.' }) ids: string[],
    @Ctx() context: Context,
  ): Promise<(object | null)[]> {
    if (ids.length > mostNodes) throw badUserInput(['ids'], `At most ${mostNodes} ids may be given.`);
    return readNodes(context, ids);
  }
}
