import { z } from 'zod';
import { DomainError } from '../../platform/errors.ts';
import { freeText } from '../../platform/free-text.ts';
import { readInput } from '../../platform/input.ts';
import type { Work } from '../../platform/work.ts';
import { nextBranding } from '../invoicing/index.ts';
import { DocumentBrandingEntity } from './documents.entities.ts';
import { faultOfLogo, largestLogo } from './logo.ts';

const setBrandingInput = z.object({
  legalEntityId: z.string(),
  accentColor: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'A color is written as #rrggbb.')
    .transform((color) => color.toLowerCase())
    .refine((color) => contrastWithWhite(color) >= 3, 'The color is too light to be read on white paper.')
    .nullish(),
  footer: freeText(500).nullish(),
  logo: z
    .string()
    .max(Math.ceil(largestLogo / 3) * 4 + 4, 'The logo may have at most 200 kB.')
    .nullish(),
});

/** How far a color stands out from white, 1 to 21 (WCAG 2.2, contrast ratio; large text needs 3). */
function contrastWithWhite(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05);
}

export type SetBrandingInput = z.input<typeof setBrandingInput>;

/**
 * Changes how the documents look that a legal entity issues from now on; those that are out keep what they wear. What is
 * left out stays, null takes it away. NOT_FOUND; INVALID_INPUT for a color, footer or logo that will not do.
 */
export async function setBranding(work: Work, given: SetBrandingInput): Promise<void> {
  const input = readInput(setBrandingInput, given);
  const { organizationId, recordedAt: at } = work;
  const { legalEntityId } = input;
  const logo = input.logo == null ? null : readLogo(input.logo);
  const { worn, next } = await nextBranding(work, legalEntityId, ['input', 'legalEntityId']);
  const before = await work.findOne(DocumentBrandingEntity, { organizationId, legalEntityId, version: worn });
  const stays = <T>(wanted: T | undefined, is: T | null | undefined) => (wanted === undefined ? (is ?? null) : wanted);
  const withLogo = logo ? next : null;
  work.insert(DocumentBrandingEntity, [
    {
      ...{ organizationId, legalEntityId, version: next, logo },
      logoVersion: input.logo === undefined ? (before?.logoVersion ?? null) : withLogo,
      accentColor: stays(input.accentColor, before?.accentColor),
      footer: stays(input.footer, before?.footer),
      createdAt: at,
    },
  ]);
  const changed = (['logo', 'accentColor', 'footer'] as const).filter((key) => input[key] !== undefined);
  work.announce({
    type: 'legal_entity.branding_set',
    organizationId,
    objectType: 'legal_entity',
    objectId: legalEntityId,
    accountId: null,
    at,
    data: { legalEntityId, version: next, changed },
  });
}

function readLogo(text: string): Buffer | null {
  const bytes = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
  const fault = bytes ? faultOfLogo(bytes) : 'The logo must be a PNG or JPEG in base64.';
  if (fault) throw new DomainError('INVALID_INPUT', fault, { path: ['input', 'logo'] });
  return bytes;
}
