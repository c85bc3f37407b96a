import 'reflect-metadata';
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { type Context, requirePermission, runMutation } from '../platform/context.ts';
import { refuseNulls } from '../platform/input.ts';
import {
  Organization,
  type OrganizationRecord,
  toOrganization,
  UpdateOrganizationFields,
  UpdateOrganizationPayload,
} from './organizations.graphql.ts';
import { updateOrganization } from './update-organization.ts';

@Resolver(() => Organization)
export class OrganizationsResolver {
  @Query(() => Organization, { description: 'The organization whose credentials were shown.' })
  async organization(@Ctx() context: Context): Promise<Organization> {
    requirePermission(context, 'settings:read');
    return showOrganization(context);
  }

  @Mutation(() => UpdateOrganizationPayload, {
    description: 'Changes settings of the organization; what exists already does not change.',
  })
  async updateOrganization(
    @Arg('input', () => UpdateOrganizationFields, { description: 'What changes.' }) input: UpdateOrganizationFields,
    @Ctx() context: Context,
  ): Promise<UpdateOrganizationPayload> {
    requirePermission(context, 'settings:write');
    return runMutation(
      context,
      { operation: 'updateOrganization', input },
      async (work) => {
        refuseNulls(input, Object.keys(input));
        await updateOrganization(work, input as Parameters<typeof updateOrganization>[1]);
        return {};
      },
      async () => ({ organization: await showOrganization(context) }),
    );
  }
}

/** The caller's organization as the API shows it. */
export async function showOrganization(context: Context): Promise<Organization> {
  const [record] = await context.reader.rows<OrganizationRecord>(
    `select o.id, o.name, o.mode, o.timezone, o.default_currency, o.net_days, o.invoice_grace_days, o.invoice_grouping,
       o.dunning_final_action, o.trial_reminder_days, o.metadata, o.created_at, o.updated_at
     from organizations o where o.id = $1`,
    [context.organizationId],
  );
  if (!record) throw new Error('an organization without a row');
  return toOrganization(record);
}

/** The organization for `node(id)`: the caller's own or none. */
export async function organizationNodes(context: Context, ids: readonly string[]): Promise<Map<string, Organization>> {
  requirePermission(context, 'settings:read');
  if (!ids.includes(context.organizationId)) return new Map();
  return new Map([[context.organizationId, await showOrganization(context)]]);
}
