import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, SignJWT } from 'jose';
import { MemberEntity } from '../../src/accounts/accounts.entities.ts';
import { beginSession } from '../../src/accounts/begin-session.ts';
import { authenticate, createMember, removeMember, updateMember } from '../../src/accounts/index.ts';
import { countLoginTry } from '../../src/accounts/login-limit.ts';
import { hashPassword, verifyPassword } from '../../src/accounts/passwords.ts';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { query } from '../support/database.ts';
import type { TestOrganization } from '../support/makers.ts';
import { testWorld, type World } from '../support/world.ts';

const password = 'correct horse battery';
let world: World;
let organization: TestOrganization;
let made = 0;
let passwordHash: string | undefined;

beforeAll(async () => {
  world = await testWorld({ start: '2026-03-01T12:00:00Z' });
  organization = await world.organization();
});

afterAll(() => world.close());

/** A member with the password; its hash is made once for all of them, since that takes a fifth of a second. */
async function member(role: 'admin' | 'billing' | 'support' | 'analyst' = 'billing') {
  made += 1;
  passwordHash ??= await hashPassword(password);
  const row = { id: newId(), email: `member${made}@example.com`, name: 'M', role, passwordHash };
  await organization.transact(async (work) => {
    const stamps = { createdAt: work.recordedAt, updatedAt: work.recordedAt };
    const rest = { organizationId: organization.id, sessionVersion: 1, lastLoginAt: null, removedAt: null };
    work.insert(MemberEntity, [{ ...row, ...rest, metadata: {}, ...stamps }]);
  });
  return row;
}

interface Session {
  accessToken: string;
  renewalToken: string;
  accessTokenExpiresAt: string;
  memberId: string;
  organizationId: string;
}
interface Answer {
  session: Session | null;
  userErrors: { code: string; path: string[] | null }[];
}

const session =
  'session { accessToken renewalToken accessTokenExpiresAt memberId organizationId } userErrors { code path }';

async function logIn(input: object) {
  return world.graphql<{ logIn: Answer }>(
    `mutation ($input: LogInInput!) { logIn(input: $input) { ${session} } }`,
    { input },
    { as: null },
  );
}

async function logInOk(input: object): Promise<Session> {
  const answer = await logIn(input);
  expect(answer.errors).toBeUndefined();
  expect(answer.data!.logIn.userErrors).toEqual([]);
  return answer.data!.logIn.session!;
}

/** A session as a login begins it, without the look at a password. */
const sessionOf = (memberId: string) =>
  organization.transact((work) => beginSession(work, world.app, { memberId, version: 1 }));

const bearer = (token: string) => authenticate(world.app, `Bearer ${token}`);
const refused = { code: 'UNAUTHENTICATED' };

describe('logging in', () => {
  it('answers tokens that stand for the member and the role', async () => {
    const { id, email } = await member('support');
    const found = await logInOk({ email: email.toUpperCase(), password });
    expect(found).toMatchObject({
      memberId: toGlobalId('mem', id),
      organizationId: toGlobalId('org', organization.id),
      accessTokenExpiresAt: '2026-03-01T12:15:00.000Z',
    });
    const identity = await bearer(found.accessToken);
    expect(identity).toMatchObject({ organizationId: organization.id, mode: 'sandbox', actor: { type: 'member', id } });
    expect(identity!.permissions.has('invoices:read')).toBe(true);
    expect(identity!.permissions.has('invoices:write')).toBe(false);
    const viewer = await world.graphql(
      '{ viewer { mode member { email lastLoginAt } apiKey { id } organization { name } } }',
      {},
      { as: identity },
    );
    expect(viewer.data).toEqual({
      viewer: {
        mode: 'SANDBOX',
        member: { email, lastLoginAt: '2026-03-01T12:00:00.000Z' },
        apiKey: null,
        organization: { name: 'Acme' },
      },
    });
  });

  it('tells nothing about which part was wrong', async () => {
    const { email } = await member();
    const other = await world.organization();
    const wrong = await logIn({ email, password: 'not the password' });
    const unknown = await logIn({ email: 'nobody@example.com', password });
    const elsewhere = await logIn({ email, password, organizationId: toGlobalId('org', other.id) });
    expect(wrong.data!.logIn).toEqual({ session: null, userErrors: [{ code: 'INVALID_CREDENTIALS', path: null }] });
    expect(unknown.data).toEqual(wrong.data);
    expect(elsewhere.data).toEqual(wrong.data);
  });

  it('takes as long for an address that nobody has', async () => {
    const { email } = await member();
    const time = async (input: object) => {
      const start = performance.now();
      await logIn(input);
      return performance.now() - start;
    };
    await time({ email: 'warm@example.com', password });
    const [known, unknown] = [
      await time({ email, password: 'wrong' }),
      await time({ email: 'gone@example.com', password }),
    ];
    // Without the work for nothing the answer would come more than twenty times as fast.
    expect(unknown).toBeGreaterThan(known / 5);
  });

  it('stops after ten tries of one address, whether it exists or not, and begins again after a quarter of an hour', async () => {
    const { email } = await member();
    for (const address of [email, 'never@example.com']) {
      for (let tries = 0; tries < 9; tries += 1) await countLoginTry(world.app, address.toUpperCase());
      expect((await logIn({ email: address, password: 'wrong' })).errors).toBeUndefined();
      const stopped = await logIn({ email: address, password });
      expect(stopped.errors).toEqual([expect.objectContaining({ message: expect.stringContaining('Too many tries') })]);
    }
    // The counts are told the time by the clock on the wall: theirs is set back instead.
    const { superuserUrl } = world.database;
    const [{ left } = { left: 0 }] = await query<{ left: number }>(
      superuserUrl,
      'select max(expire) - extract(epoch from now()) * 1000 as left from limits.login_tries',
    );
    expect(Number(left)).toBeGreaterThan(14 * 60_000);
    expect(Number(left)).toBeLessThanOrEqual(15 * 60_000);
    await query(superuserUrl, 'update limits.login_tries set expire = expire - 15 * 60 * 1000');
    await logInOk({ email, password });
  }, 120_000);

  it('finds the organization in which the password fits', async () => {
    const other = await world.organization();
    const input = { email: 'both@example.com', name: 'Both', role: 'admin' as const };
    await organization.transact((work) => createMember(work, { ...input, password: 'password number one' }));
    await other.transact((work) => createMember(work, { ...input, password: 'password number two' }));
    const found = await logInOk({ email: input.email, password: 'password number two' });
    expect(found.organizationId).toBe(toGlobalId('org', other.id));
  });
});

const renewed = (renewalToken: string) =>
  world.graphql<{ renewSession: Answer }>(
    `mutation ($input: RenewSessionInput!) { renewSession(input: $input) { ${session} userErrors { message } } }`,
    { input: { renewalToken } },
    { as: null },
  );

async function renewOk(renewalToken: string): Promise<Session> {
  const answer = await renewed(renewalToken);
  expect(answer.data!.renewSession.userErrors).toEqual([]);
  return answer.data!.renewSession.session!;
}

async function expectOver(renewalToken: string): Promise<void> {
  const { session: none, userErrors } = (await renewed(renewalToken)).data!.renewSession;
  expect(none).toBeNull();
  expect(userErrors).toEqual([sessionOver]);
}

const sessionOver = {
  code: 'INVALID_CREDENTIALS',
  path: ['input', 'renewalToken'],
  message: 'The session has ended. Log in again.',
};

const reuses = (memberId: string) =>
  query<{ actor: string; request_id: string | null; data: Record<string, unknown> }>(
    world.database.superuserUrl,
    `select actor, request_id, data from facts where type = 'member.renewal_token_reused' and object_id = $1`,
    [memberId],
  );

describe('a renewal token', () => {
  it('is used up by a renewal, and one that is used again later ends the session for both, once and on record', async () => {
    const { id } = await member();
    const first = await sessionOf(id);
    const elsewhere = await sessionOf(id);
    world.clock.advance({ minutes: 1 });
    const second = await renewOk(first.renewalToken);
    expect(second.renewalToken).not.toBe(first.renewalToken);
    world.clock.advance({ minutes: 1 });
    const third = await renewOk(second.renewalToken);
    expect(await bearer(third.accessToken)).not.toBeNull();
    expect(await reuses(id)).toEqual([]);

    await expectOver(first.renewalToken);
    // The access tokens of the session, too, and at once.
    await expect(bearer(third.accessToken)).rejects.toMatchObject(refused);
    await expectOver(third.renewalToken);
    await expectOver(second.renewalToken);
    expect(await reuses(id)).toEqual([
      {
        actor: `member:${id}`,
        request_id: expect.any(String),
        data: { memberId: id, sessionId: decodeJwt(first.accessToken).sid },
      },
    ]);
    // Other sessions of the member are others.
    expect(await bearer((await renewOk(elsewhere.renewalToken)).accessToken)).not.toBeNull();
  });

  it('is answered the same again for half a minute, for a lost answer or a second tab', async () => {
    const { id } = await member();
    const { renewalToken } = await sessionOf(id);
    const answered = await renewOk(renewalToken);
    world.clock.advance({ seconds: 30 });
    const again = await renewOk(renewalToken);
    expect(again.renewalToken).toBe(answered.renewalToken);
    expect(await bearer(again.accessToken)).not.toBeNull();
    // What comes after it is one chain, however many had asked.
    const next = await renewOk(again.renewalToken);
    expect((await renewOk(answered.renewalToken)).renewalToken).toBe(next.renewalToken);
    expect(await reuses(id)).toEqual([]);
    // Two steps back is no lost answer: who asks holds a token that its successor was used after.
    await expectOver(renewalToken);
    await expectOver(next.renewalToken);
    expect(await reuses(id)).toHaveLength(1);
  });

  it('ends the session a moment after that', async () => {
    const { id } = await member();
    const { renewalToken } = await sessionOf(id);
    const { renewalToken: next } = await renewOk(renewalToken);
    world.clock.advance({ seconds: 31 });
    await expectOver(renewalToken);
    await expectOver(next);
  });

  it('has one successor, however many ask at the same moment', async () => {
    const { id } = await member();
    const { renewalToken } = await sessionOf(id);
    const all = await Promise.all(Array.from({ length: 20 }, () => renewOk(renewalToken)));
    const successors = new Set(all.map((one) => one.renewalToken));
    expect(successors.size).toBe(1);
    const [row] = await query<{ generation: number }>(
      world.database.superuserUrl,
      'select generation from sessions where member_id = $1',
      [id],
    );
    expect(row).toEqual({ generation: 2 });
  });

  it('used again by many at once ends the session once', async () => {
    const { id } = await member();
    const { renewalToken } = await sessionOf(id);
    const { renewalToken: next } = await renewOk(renewalToken);
    world.clock.advance({ minutes: 1 });
    await Promise.all(Array.from({ length: 10 }, () => expectOver(renewalToken)));
    await expectOver(next);
    expect(await reuses(id)).toHaveLength(1);
  });

  it('is kept as a hash, goes with the thirty days, and with the password', async () => {
    const { id, email } = await member();
    const first = await logInOk({ email, password });
    const second = await renewOk(first.renewalToken);
    const dump = async () =>
      (
        await query<{ text: string }>(
          world.database.superuserUrl,
          'select s::text as text from sessions s union all select f::text from facts f',
        )
      )
        .map(({ text }) => text)
        .join();
    const kept = await dump();
    for (const { renewalToken, accessToken } of [first, second]) {
      for (const part of [...renewalToken.split('.').slice(1), accessToken.split('.')[2]!])
        expect(kept).not.toContain(part);
    }
    const [row] = await query<{ fits: boolean }>(
      world.database.superuserUrl,
      'select token_hash = sha256($2) and previous_hash = sha256($3) as fits from sessions where member_id = $1',
      [id, Buffer.from(second.renewalToken), Buffer.from(first.renewalToken)],
    );
    expect(row).toEqual({ fits: true });
    await organization.transact((work) => updateMember(work, id, { password: 'a password from on high' }));
    await expectOver(second.renewalToken);
    expect(await reuses(id)).toEqual([]);

    const last = await logInOk({ email, password: 'a password from on high' });
    world.clock.advance({ hours: 31 * 24 });
    await expectOver(last.renewalToken);
    await logInOk({ email, password: 'a password from on high' });
    const sessions = 'select 1 from sessions where member_id = $1';
    expect(await query(world.database.superuserUrl, sessions, [id])).toHaveLength(1);
  });
});

describe('an access token', () => {
  it('ends after a quarter of an hour and can be renewed until the session is ended', async () => {
    const { id } = await member();
    const first = await sessionOf(id);
    await expect(bearer(first.renewalToken)).rejects.toMatchObject(refused);
    const identity = await bearer(first.accessToken);
    world.clock.advance({ minutes: 17 });
    const { forgetCredentials } = await import('../../src/accounts/index.ts');
    forgetCredentials(world.app);
    await expect(bearer(first.accessToken)).rejects.toMatchObject(refused);
    const renew = (renewalToken: string) =>
      world.graphql<{ renewSession: Answer }>(
        `mutation ($input: RenewSessionInput!) { renewSession(input: $input) { ${session} userErrors { message } } }`,
        { input: { renewalToken } },
        { as: null },
      );
    const renewed = (await renew(first.renewalToken)).data!.renewSession.session!;
    expect(await bearer(renewed.accessToken)).toMatchObject({ organizationId: organization.id });
    const ended = await world.graphql('mutation { endSessions { userErrors { code } } }', {}, { as: identity });
    expect(ended.data).toEqual({ endSessions: { userErrors: [] } });
    await expect(bearer(renewed.accessToken)).rejects.toMatchObject(refused);
    for (const token of [renewed.renewalToken, renewed.accessToken, 'nonsense', 'x'.repeat(5_000)]) {
      expect((await renew(token)).data!.renewSession.userErrors).toEqual([sessionOver]);
    }
  });

  it('is refused when anything about it was made up', async () => {
    const { id } = await member('analyst');
    const { accessToken } = await sessionOf(id);
    const { sid } = decodeJwt(accessToken);
    const secret = new TextEncoder().encode(world.app.config.jwtSecret);
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const make = (changes: Record<string, unknown> = {}, key = secret, alg = 'HS256') =>
      new SignJWT({
        sub: id,
        org: organization.id,
        sid,
        ver: 1,
        iss: world.app.config.publicUrl,
        aud: 'perennial:api',
        iat: now,
        nbf: now,
        exp: now + 600,
        ...changes,
      })
        .setProtectedHeader({ alg })
        .sign(key);
    expect(await bearer(await make())).toMatchObject({ actor: { type: 'member', id } });

    const other = await world.organization();
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [header, body, signature] = accessToken.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const unsigned = encode({ alg: 'none', typ: 'JWT' });
    const withJwk = encode({ alg: 'HS256', jwk: { kty: 'oct', k: Buffer.from('x'.repeat(32)).toString('base64url') } });
    const hmac = (text: string, key: string) => createHmac('sha256', key).update(text).digest('base64url');
    const forged: Record<string, string> = {
      'no algorithm': `${unsigned}.${body}.`,
      'no algorithm, old signature': `${unsigned}.${body}.${signature}`,
      'another organization, old signature': `${header}.${encode({ ...claims, org: other.id })}.${signature}`,
      'a key of its own': `${withJwk}.${body}.${hmac(`${withJwk}.${body}`, 'x'.repeat(32))}`,
      'another secret': await make({}, new TextEncoder().encode('another secret that is long enough')),
      'another algorithm': await make({}, secret, 'HS512'),
      'another issuer': await make({ iss: 'https://elsewhere.example' }),
      'another audience': await make({ aud: 'perennial:renewal' }),
      'no audience': await make({ aud: undefined }),
      'an end that has passed': await make({ iat: now - 2_000, nbf: now - 2_000, exp: now - 100 }),
      'no end': await make({ exp: undefined }),
      'an age beyond a quarter of an hour': await make({ iat: now - 4_000, exp: now + 600 }),
      'a beginning that is to come': await make({ nbf: now + 500 }),
      'an earlier version': await make({ ver: 0 }),
      'a version that is text': await make({ ver: '1' }),
      'a member of another organization': await make({ org: other.id }),
      'an organization that is none': await make({ org: "' or 1=1" }),
      'no session': await make({ sid: undefined }),
      'a session that is none': await make({ sid: '01a1fe84-0000-7000-8000-000000000000' }),
      'the session of somebody else': await make({
        sid: decodeJwt((await sessionOf((await member()).id)).accessToken).sid,
      }),
      'a member who is none': await make({ sub: 'admin' }),
      'half a token': `${header}.${body}`,
    };
    for (const [what, token] of Object.entries(forged)) {
      await expect(bearer(token).then(() => what)).rejects.toMatchObject(refused);
    }
    for (const text of ['', 'Bearer', 'Bearer ', 'Basic YTpi', `Bearer ${accessToken} x`, accessToken]) {
      await expect(authenticate(world.app, text)).rejects.toMatchObject(refused);
    }
    expect(await authenticate(world.app, undefined)).toBeNull();
    expect(await authenticate(world.app, `bearer ${accessToken}`)).not.toBeNull();
  });

  it('ends when the member is taken out, and a new role counts at once', async () => {
    const { forgetCredentials } = await import('../../src/accounts/index.ts');
    const { id, email } = await member('billing');
    const { accessToken } = await sessionOf(id);
    expect((await bearer(accessToken))!.permissions.has('invoices:write')).toBe(true);
    await organization.transact((work) => updateMember(work, id, { role: 'analyst' }));
    forgetCredentials(world.app);
    expect((await bearer(accessToken))!.permissions.has('invoices:write')).toBe(false);
    await organization.transact((work) => removeMember(work, id));
    forgetCredentials(world.app);
    await expect(bearer(accessToken)).rejects.toMatchObject(refused);
    expect((await logIn({ email, password })).data!.logIn.userErrors).toEqual([
      { code: 'INVALID_CREDENTIALS', path: null },
    ]);
  });
});

describe('passwords', () => {
  it('are kept as hashes that say their cost, and are compared in one form', async () => {
    const hash = await hashPassword('pässwörter sind lang');
    expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(await verifyPassword('pässwörter sind lang'.normalize('NFD'), hash)).toBe(true);
    expect(await verifyPassword('passworter sind lang', hash)).toBe(false);
    for (const broken of ['none', '', 'scrypt$99$8$3$x$y']) expect(await verifyPassword('x', broken)).toBe(false);
  });

  it('can be changed by the member, which ends the other sessions', async () => {
    const { email } = await member();
    const before = await logInOk({ email, password });
    const as = await bearer(before.accessToken);
    const change = (input: object) =>
      world.graphql<{ changePassword: Answer }>(
        `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${session} } }`,
        { input },
        { as },
      );
    const wrong = await change({ currentPassword: 'wrong', newPassword: 'a new long password' });
    expect(wrong.data!.changePassword.userErrors).toEqual([
      { code: 'INVALID_CREDENTIALS', path: ['input', 'currentPassword'] },
    ]);
    const short = await change({ currentPassword: password, newPassword: 'short' });
    expect(short.data!.changePassword.userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'newPassword'] }]);
    const done = await change({ currentPassword: password, newPassword: 'a new long password' });
    await expect(bearer(before.accessToken)).rejects.toMatchObject(refused);
    expect(await bearer(done.data!.changePassword.session!.accessToken)).not.toBeNull();
    await logInOk({ email, password: 'a new long password' });
    const rows = await query<{ text: string }>(world.database.superuserUrl, 'select f::text as text from facts f');
    expect(rows.filter(({ text }) => text.includes('a new long password') || text.includes('scrypt'))).toEqual([]);
  });
});

describe('members', () => {
  const mutate = async (name: string, input: object, as: TestOrganization) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`;
    const answer = await world.graphql<
      Record<string, { member: Record<string, unknown> | null; userErrors: unknown[] }>
    >(
      `mutation ($input: ${type}!) { ${name}(input: $input) { member { id email role removedAt } userErrors { code path } } }`,
      { input },
      { as },
    );
    expect(answer.errors).toBeUndefined();
    return answer.data![name]!;
  };

  it('are made, changed and taken out; the last administrator stays', async () => {
    const shop = await world.organization();
    const input = { email: 'New@Example.com', name: 'New', role: 'ANALYST', password };
    const created = await mutate('createMember', input, shop);
    expect(created).toMatchObject({ member: { email: 'new@example.com', role: 'ANALYST' }, userErrors: [] });
    expect((await mutate('createMember', input, shop)).userErrors).toEqual([
      { code: 'ALREADY_EXISTS', path: ['input', 'email'] },
    ]);
    const weak = await mutate('createMember', { ...input, email: 'x@example.com', password: 'short' }, shop);
    expect(weak.userErrors).toEqual([{ code: 'INVALID_INPUT', path: ['input', 'password'] }]);
    const admin = toGlobalId('mem', shop.actor.id);
    expect((await mutate('removeMember', { id: admin }, shop)).userErrors).toEqual([
      { code: 'INVALID_STATE', path: ['input', 'id'] },
    ]);
    expect((await mutate('updateMember', { id: admin, role: 'BILLING' }, shop)).userErrors).toEqual([
      { code: 'INVALID_STATE', path: ['input', 'role'] },
    ]);
    const id = created.member!.id as string;
    expect((await mutate('updateMember', { id, role: 'ADMIN' }, shop)).member).toMatchObject({ role: 'ADMIN' });
    const both = await Promise.all([mutate('removeMember', { id }, shop), mutate('removeMember', { id: admin }, shop)]);
    expect(both.flatMap((one) => one.userErrors)).toHaveLength(1);
    const list = await world.graphql('{ members { totalCount nodes { role } } }', {}, { as: shop });
    expect(list.data).toEqual({ members: { totalCount: 1, nodes: [{ role: 'ADMIN' }] } });
  });
});
