import { z } from 'zod';
import type { RegisterAnswer, TaxIdRegister } from './tax-id-register.ts';

/** What VIES answers: `valid` to a question by POST, `isValid` with a `userError` of its own to one by GET. */
const answerBody = z.object({
  valid: z.boolean().optional(),
  isValid: z.boolean().optional(),
  userError: z.string().optional(),
  actionSucceed: z.boolean().optional(),
  errorWrappers: z.array(z.object({ error: z.string() })).optional(),
  name: z.string().nullish(),
  address: z.string().nullish(),
  requestIdentifier: z.string().nullish(),
});

/** Codes by which VIES says that a number cannot be one; all others say that it does not know now. */
const noNumber = new Set(['INVALID', 'INVALID_INPUT']);

export interface ViesSettings {
  /** The REST service without a slash at its end. */
  url: string;
  timeoutMilliseconds: number;
}

/**
 * The VAT register of the European Union, by its REST service (https://ec.europa.eu/taxation_customs/vies, "Technical
 * information"). Member states answer behind it and are often away: MS_UNAVAILABLE, MS_MAX_CONCURRENT_REQ, TIMEOUT … come with
 * any HTTP status, also as `valid: false` beside a `userError`, and never say that a number is wrong.
 */
export function viesRegister(settings: ViesSettings): TaxIdRegister {
  return { name: 'vies', check: (taxId, requester) => ask(settings, taxId, requester) };
}

async function ask(settings: ViesSettings, taxId: string, requester: string | null): Promise<RegisterAnswer> {
  const asking = {
    ...{ countryCode: taxId.slice(0, 2), vatNumber: taxId.slice(2) },
    ...(requester ? { requesterMemberStateCode: requester.slice(0, 2), requesterNumber: requester.slice(2) } : {}),
  };
  try {
    const response = await fetch(`${settings.url}/check-vat-number`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(asking),
      signal: AbortSignal.timeout(settings.timeoutMilliseconds),
      redirect: 'error',
    });
    const body = answerBody.safeParse(await response.json());
    if (!body.success) return { status: 'unavailable', reason: `HTTP_${response.status}` };
    return readAnswer(body.data, response.status);
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    return { status: 'unavailable', reason: timedOut ? 'TIMEOUT' : 'NO_ANSWER' };
  }
}

/** Reads an answer of VIES. Only a plain yes or no with nothing against it is one. */
export function readAnswer(body: z.infer<typeof answerBody>, httpStatus: number): RegisterAnswer {
  const fault = body.errorWrappers?.[0]?.error ?? body.userError ?? null;
  if (fault !== null && noNumber.has(fault)) return { status: 'invalid' };
  if (fault !== null && fault !== 'VALID') return { status: 'unavailable', reason: word(fault) };
  const valid = body.valid ?? body.isValid;
  if (httpStatus !== 200 || body.actionSucceed === false || valid === undefined) {
    return { status: 'unavailable', reason: `HTTP_${httpStatus}` };
  }
  if (!valid) return { status: 'invalid' };
  const { name, address, requestIdentifier } = body;
  return {
    status: 'valid',
    ...{ name: told(name, 200), address: told(address, 500), consultationNumber: told(requestIdentifier, 100) },
  };
}

/** VIES writes `---` where a member state tells nothing. */
function told(text: string | null | undefined, longest: number): string | null {
  const clean = text?.replaceAll(/[\p{Cc}]+/gu, '\n').trim() ?? '';
  return clean === '' || clean === '---' ? null : clean.slice(0, longest);
}

const word = (code: string): string => code.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, 60) || 'UNKNOWN';
