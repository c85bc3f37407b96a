import { lockAccount, lockAccounts } from '../../accounts/index.ts';
import { type Actor, actorText, systemActor } from '../../platform/actor.ts';
import type { App } from '../../platform/app-types.ts';
import { invalidInput, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/id.ts';
import { readInput } from '../../platform/input.ts';
import type { Scope, Work } from '../../platform/work.ts';
import { checkTaxId as checkForm } from '../../rules/tax-id.ts';
import { registerOf } from './choose-register.ts';
import { type DecideTaxIdInput, decideTaxIdInput } from './tax.inputs.ts';
import type { RegisterAnswer } from './tax-id-register.ts';
import { TaxIdCheckEntity, TaxIdStandingEntity, type TaxIdStandingRow } from './tax-id-standings.ts';
import { nextCheck, registeredIds, watchTaxIds } from './watch-tax-ids.ts';

/** Which tax id of which account; `value` as it is written on documents. */
export interface TaxIdName {
  organizationId: string;
  accountId: string;
  value: string;
}

const minute = 60_000;
const longestPause = 60;
/** For so long nobody else asks the same. */
const claimedMinutes = 2;

/**
 * Process: asks the register about a tax id. 1 claims it; 2 asks, outside of any transaction; 3 writes what came back, which
 * lets go on what waited for it. No answer leaves all as it was and is tried again after ever longer pauses, at most an hour.
 * Unless somebody asks by hand, only if it is due. Answers whether it was asked.
 */
export async function askRegister(app: App, name: TaxIdName, byHand?: Actor): Promise<boolean> {
  const scope: Scope = { organizations: [name.organizationId], actor: byHand ?? systemActor('tax'), requestId: null };
  const claimed = await app.transact(scope, (work) => claim(work, name, { byHand: byHand !== undefined }));
  if (!claimed) return false;
  const register = registerOf(app);
  const answer: RegisterAnswer = register
    ? await register.check(name.value, claimed.requester)
    : { status: 'unavailable', reason: 'NO_REGISTER' };
  await app.transact(scope, (work) => record(work, name, claimed, answer));
  return true;
}

interface Claimed {
  requester: string | null;
  attempts: number;
}

/** Takes it on; a tax id that the account has no more is let go. */
async function claim(
  work: Work,
  { organizationId, accountId, value }: TaxIdName,
  { byHand }: { byHand: boolean },
): Promise<Claimed | null> {
  const account = (await lockAccounts(work, [accountId])).get(accountId);
  const standing = await readStanding(work, { organizationId, accountId, value });
  if (!standing) return null;
  if (!account || account.deletedAt || !registeredIds(account.taxIds).includes(value)) {
    await work.rows('delete from tax_id_standings where organization_id = $1 and account_id = $2 and value = $3', [
      organizationId,
      accountId,
      value,
    ]);
    return null;
  }
  // Another one may have taken it on meanwhile.
  const { retryAt: again, checkAt } = standing;
  const isDue = (again && again <= work.recordedAt) || (checkAt && checkAt <= account.now);
  if (!byHand && !isDue) return null;
  const attempts = standing.attempts + 1;
  const retryAt = new Date(work.recordedAt.getTime() + claimedMinutes * minute);
  work.update(TaxIdStandingEntity, { organizationId, accountId, value, attempts, retryAt, checkAt: null });
  return { attempts, requester: await requesterFor(work, account.legalEntityId ?? null) };
}

/** The number under which is asked: of the account's issuer, else of the default one, else of any that wants it. */
async function requesterFor(work: Work, legalEntityId: string | null): Promise<string | null> {
  const rows = await work.rows<{ tax_ids: { type: string; value: string }[] }>(
    `select tax_ids from legal_entities where organization_id = $1
     order by id is not distinct from $2::uuid desc, is_default desc, tax_id_check = 'register' desc, id`,
    [work.organizationId, legalEntityId],
  );
  for (const row of rows) {
    const [own] = registeredIds(row.tax_ids);
    if (own) return own;
  }
  return null;
}

async function readStanding(
  work: Work,
  { organizationId, accountId, value }: TaxIdName,
): Promise<TaxIdStandingRow | null> {
  return work.findOne(TaxIdStandingEntity, { organizationId, accountId, value });
}

async function record(work: Work, name: TaxIdName, claimed: Claimed, answer: RegisterAnswer): Promise<void> {
  const { organizationId, accountId, value } = name;
  const account = (await lockAccounts(work, [accountId])).get(accountId);
  if (!account || !(await readStanding(work, name))) return;
  const at = account.now;
  const { requester, attempts } = claimed;
  if (answer.status === 'unavailable') {
    // One row for each time that a register could not be reached, not for each try.
    if (attempts === 1)
      writeCheck(work, name, { source: 'vies', outcome: 'unavailable', at, requester, reason: answer.reason });
    const pause = Math.min(2 ** (attempts - 1), longestPause) * minute;
    const retryAt = new Date(work.recordedAt.getTime() + pause);
    work.update(TaxIdStandingEntity, {
      organizationId,
      accountId,
      value,
      retryAt,
      problem: answer.reason,
      updatedAt: at,
    });
    return;
  }
  await decide(work, name, { source: 'vies', at, requester, outcome: answer.status, ...about(answer) });
}

const about = (answer: RegisterAnswer) =>
  answer.status === 'valid'
    ? { name: answer.name, address: answer.address, consultationNumber: answer.consultationNumber }
    : {};

interface Outcome {
  source: 'vies' | 'merchant';
  outcome: 'valid' | 'invalid' | 'unavailable';
  at: Date;
  requester?: string | null;
  name?: string | null;
  address?: string | null;
  consultationNumber?: string | null;
  reason?: string | null;
}

function writeCheck(work: Work, { organizationId, accountId, value }: TaxIdName, one: Outcome): string {
  const id = newId();
  work.insert(TaxIdCheckEntity, [
    {
      ...{ organizationId, id, accountId, value, source: one.source, outcome: one.outcome },
      ...{ name: one.name ?? null, address: one.address ?? null, consultationNumber: one.consultationNumber ?? null },
      ...{ requester: one.requester ?? null, reason: one.reason ?? null, actor: actorText(work.actor) },
      ...{ checkedAt: one.at, recordedAt: work.recordedAt },
    },
  ]);
  return id;
}

/** A yes or no: what stands from now on, with its evidence. */
async function decide(work: Work, name: TaxIdName, one: Outcome & { outcome: 'valid' | 'invalid' }): Promise<void> {
  const { organizationId, accountId, value } = name;
  const checkAt = await nextCheck(work, one.at);
  const checkId = writeCheck(work, name, one);
  work.update(TaxIdStandingEntity, {
    ...{ organizationId, accountId, value, status: one.outcome, decidedAt: one.at, checkId, checkAt },
    ...{ retryAt: null, attempts: 0, problem: null, updatedAt: one.at },
  });
  work.announce({
    type: 'tax_id.decided',
    organizationId,
    objectType: 'account',
    objectId: accountId,
    accountId,
    at: one.at,
    data: { accountId, taxIdCheckId: checkId, source: one.source, outcome: one.outcome },
  });
}

/**
 * Says by hand what a tax id is to count as: as confirmed, or as none, so that the buyer is taxed as a consumer. It counts as a
 * register's answer does, for as long, and is kept with its reason. NOT_FOUND, INVALID_INPUT.
 */
export async function decideTaxId(work: Work, given: DecideTaxIdInput): Promise<TaxIdName> {
  const { accountId, value: text, decision, reason } = readInput(decideTaxIdInput, given);
  const name = await nameOf(work, accountId, text);
  const account = await lockAccount(work, accountId, ['input', 'accountId']);
  await decide(work, name, {
    source: 'merchant',
    outcome: decision === 'accept' ? 'valid' : 'invalid',
    at: account.now,
    reason,
  });
  return name;
}

/** A tax id of an account that is watched from now on, if it was not. NOT_FOUND for the account, INVALID_INPUT for no VAT id of it. */
export async function nameOf(work: Work, accountId: string, text: string): Promise<TaxIdName> {
  const account = await lockAccount(work, accountId, ['input', 'accountId']);
  const checked = checkForm(text);
  const value = checked.valid ? checked.value : '';
  if (!registeredIds(account.taxIds).includes(value)) {
    throw invalidInput(['input', 'value'], 'The account has no such VAT id of the European Union.');
  }
  await watchTaxIds(work, [{ accountId, taxIds: [{ type: 'EU_VAT', value }], at: account.now }], { always: true });
  if (!(await readStanding(work, { organizationId: account.organizationId, accountId, value })))
    throw notFound(['input', 'value']);
  return { organizationId: account.organizationId, accountId, value };
}
