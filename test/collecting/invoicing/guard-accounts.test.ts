import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteAccount, updateAccount } from '../../../src/accounts/index.ts';
import { voidInvoice } from '../../../src/collecting/invoicing/index.ts';
import { issueFor, oneOff } from '../../support/invoicing.ts';
import type { TestOrganization } from '../../support/makers.ts';
import { testWorld, type World } from '../../support/world.ts';

let world: World;
let organization: TestOrganization;

beforeAll(async () => {
  world = await testWorld();
  organization = await world.organization();
});

afterAll(() => world.close());

describe('an account', () => {
  it('may change its currency until something is billed to it', async () => {
    const { id } = await organization.account({ currency: 'EUR' });
    await organization.transact((work) => updateAccount(work, id, { currency: 'USD' }));
    await issueFor(world.app, organization, [id], () => ({
      currency: 'USD',
      charges: [oneOff(id, 500n)],
      finalize: true,
    }));
    await expect(organization.transact((work) => updateAccount(work, id, { currency: 'EUR' }))).rejects.toMatchObject({
      code: 'IN_USE',
      details: { path: ['input', 'currency'] },
    });
  });

  it('is not deleted while it owes; afterwards it is', async () => {
    const { id } = await organization.account();
    const [invoice] = await issueFor(world.app, organization, [id], () => ({
      charges: [oneOff(id, 500n)],
      finalize: true,
    }));
    await expect(organization.transact((work) => deleteAccount(work, id))).rejects.toMatchObject({ code: 'IN_USE' });
    await organization.transact((work) => voidInvoice(work, { id: invoice!.id }));
    await organization.transact((work) => deleteAccount(work, id));
  });
});
