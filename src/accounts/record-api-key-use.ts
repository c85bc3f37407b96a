import { systemActor } from '../platform/actor.ts';
import type { Job } from '../platform/module.ts';

interface Use {
  organizationId: string;
  id: string;
  usedAt: string;
}

/** Writes when a key was last used: after the request and at most once a minute for each key. A lost one is not missed. */
export const recordApiKeyUse: Job = {
  name: 'record-api-key-use',
  everyMs: 0,
  async run(app, data) {
    const { organizationId, id, usedAt } = data as Use;
    const scope = { organizations: [organizationId], actor: systemActor('api-keys'), requestId: null };
    await app.transact(scope, (work) =>
      work.rows(
        `update api_keys set last_used_at = $3
         where organization_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3)`,
        [organizationId, id, usedAt],
      ),
    );
  },
};
