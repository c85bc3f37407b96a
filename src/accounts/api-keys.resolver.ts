import 'reflect-metadata';
import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../platform/context.ts';
import { fromGlobalId } from '../platform/id.ts';
import { readId } from '../platform/id-input.ts';
import { type Page, PageArguments } from '../platform/pagination.ts';
import {
  ApiKey,
  ApiKeyConnection,
  CreateApiKeyFields,
  CreateApiKeyPayload,
  RevokeApiKeyInput,
  RevokeApiKeyPayload,
} from './api-keys.graphql.ts';
import { apiKeyLoader, apiKeysPage } from './api-keys.queries.ts';
import { forgetCredentials } from './authenticate.ts';
import { createApiKey } from './create-api-key.ts';
import { revokeApiKey } from './revoke-api-key.ts';

@Resolver(() => ApiKey)
export class ApiKeysResolver {
  @Query(() => ApiKey, { nullable: true, description: 'One key; null if there is none with this id.' })
  async apiKey(
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
    @Ctx() context: Context,
  ): Promise<ApiKey | null> {
    requirePermission(context, 'keys:read');
    const uuid = fromGlobalId('key', id);
    return uuid ? apiKeyLoader(context).load(uuid) : null;
  }

  @Query(() => ApiKeyConnection, { description: 'The keys of the organization, newest first.' })
  async apiKeys(@Args() page: PageArguments, @Ctx() context: Context): Promise<Page<ApiKey>> {
    requirePermission(context, 'keys:read');
    return apiKeysPage(context, page);
  }

  @Mutation(() => CreateApiKeyPayload, { description: 'Makes a key; only this answer shows its text.' })
  async createApiKey(
    @Arg('input', () => CreateApiKeyFields, { description: 'What it is.' }) input: CreateApiKeyFields,
    @Ctx() context: Context,
  ): Promise<CreateApiKeyPayload> {
    requirePermission(context, 'keys:write');
    const { idempotencyKey, ...values } = input;
    let secret: string | null = null;
    return runMutation(
      context,
      { operation: 'createApiKey', input: values, idempotencyKey },
      async (work) => {
        const made = await createApiKey(work, values, context.permissions);
        secret = made.secret;
        return { id: made.key.id };
      },
      async ({ id }) => ({ apiKey: await apiKeyLoader(context).load(id), secret }),
    );
  }

  @Mutation(() => RevokeApiKeyPayload, { description: 'Ends a key; it is refused everywhere within two seconds.' })
  async revokeApiKey(
    @Arg('input', () => RevokeApiKeyInput, { description: 'Which one.' }) input: RevokeApiKeyInput,
    @Ctx() context: Context,
  ): Promise<RevokeApiKeyPayload> {
    requirePermission(context, 'keys:write');
    return runMutation(
      context,
      { operation: 'revokeApiKey', input },
      async (work) => {
        const id = readId('key', input.id, ['input', 'id']);
        await revokeApiKey(work, id);
        return { id };
      },
      async ({ id }) => {
        forgetCredentials(context.app);
        return { apiKey: await apiKeyLoader(context).load(id) };
      },
    );
  }
}

/** Keys for `node(id)`. */
export async function apiKeyNodes(context: Context, ids: readonly string[]): Promise<Map<string, ApiKey>> {
  requirePermission(context, 'keys:read');
  const found = new Map<string, ApiKey>();
  for (const [index, key] of (await apiKeyLoader(context).loadMany([...ids])).entries()) {
    if (key instanceof Error) throw key;
    if (key) found.set(ids[index]!, key);
  }
  return found;
}
