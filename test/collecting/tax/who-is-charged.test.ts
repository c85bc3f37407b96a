import { describe, expect, it } from '@jest/globals';
import {
  decideTax,
  type KnownTax,
  type TaxBuyer,
  type TaxIdStanding,
  type TaxQuestion,
} from '../../../src/collecting/tax/index.ts';

/**
 * A French seller of software: who is charged what, by where it is registered. Sources: Directive 2006/112/EC, Articles
 * 5 to 7, 44, 58, 59c, 196.
 */
const [organizationId, legalEntityId] = [
  '0190aaaa-0000-7000-8000-000000000001',
  '0190aaaa-0000-7000-8000-000000000002',
];
const issuer = {
  ...{ id: legalEntityId, country: 'FR', taxProvider: 'manual' as const, taxIdCheck: 'checksum' as const },
  ...{ taxIdMaxAgeDays: 90, pricesIncludeTax: false, taxCodes: [] },
};

const rate = (country: string, percent: string, region: string | null = null) => ({
  ...{ id: `${country}${region ?? ''}`, name: 'VAT', country, region, jurisdiction: '', percent, inclusive: false },
  ...{ validFrom: null, validTo: null, category: null },
});
const rates = [
  ...[rate('FR', '20'), rate('DE', '19'), rate('GR', '24'), rate('ES', '21'), rate('FI', '25.5'), rate('GB', '20')],
  ...[rate('IT', '22'), rate('ES', '7', 'CN'), rate('RE', '8.5'), rate('AX', '25.5')],
];

const registration = (country: string, scheme = 'standard', region: string | null = null) => ({
  ...{ country, region, scheme, validFrom: null, validTo: null },
});
type Registrations = ReturnType<typeof registration>[];
const home = [registration('FR')];
const oss = [...home, registration('FR', 'oss')];

const known = (registrations: Registrations | null, standings: readonly TaxIdStanding[] = []): KnownTax => ({
  rates: {
    places: new Map(
      rates.map(({ country }) => [`${organizationId} ${country}`, rates.filter((one) => one.country === country)]),
    ),
    registrations: new Map(registrations ? [[`${organizationId} ${legalEntityId}`, registrations]] : []),
  },
  ...{ standings, answer: null },
});

interface Buyer {
  country?: string;
  region?: string;
  postalCode?: string;
  taxIds?: TaxBuyer['taxIds'];
}

const vat = (value: string) => ({ taxIds: [{ type: 'EU_VAT', value }] });

/** `percent rule`, or `pending reason`. */
function charged(buyer: Buyer, ground: KnownTax, more: Partial<typeof issuer> | object = {}): string {
  const { country, region = null, postalCode = null, taxIds = [] } = buyer;
  const address = country ? { country, region, postalCode, city: null, line1: null, line2: null } : null;
  const question: TaxQuestion = {
    ...{ organizationId, currency: 'EUR', issuer: { ...issuer, ...more }, at: new Date('2026-05-01T12:00:00Z') },
    buyer: { id: 'b', name: 'Buyer', address, taxIds, exemptOn: () => false },
    lines: [{ id: 'l', amountMinor: 10_000n, on: '2026-05-01', category: null, billed: null, toldBack: [] }],
  };
  const decided = decideTax(question, ground);
  if (decided.kind === 'pending') return `pending ${decided.reason}`;
  const [line] = decided.lines;
  return `${line?.rates.map(({ percent }) => percent).join('+') || 'none'} ${line?.reason.rule}`;
}

const german = { country: 'DE', ...vat('DE136695976') };
const athenian = { country: 'GR', ...vat('EL094014201') };

describe('a French seller of software', () => {
  it.each<[string, Buyer, atHome: string, inTheOneStopShop: string]>([
    ['a consumer at home', { country: 'FR' }, '20 rates', '20 rates'],
    ['a business at home', { country: 'FR', ...vat('FR40303265045') }, '20 rates', '20 rates'],
    ['somebody without an address', {}, '20 rates', '20 rates'],
    // Article 59c: at home up to 10,000 EUR a year, which the one-stop shop gives up.
    ['a consumer in Germany', { country: 'DE' }, '20 home_rates', '19 rates'],
    ['a consumer in Greece', { country: 'GR' }, '20 home_rates', '24 rates'],
    ['a consumer where no rate is entered', { country: 'HU' }, '20 home_rates', 'pending no_rate'],
    // Articles 44 and 196: a business of another member state owes it.
    ['a business in Germany', german, '0 reverse_charge', '0 reverse_charge'],
    ['a business in Greece, its number EL', athenian, '0 reverse_charge', '0 reverse_charge'],
    ['a German number at an Italian address', { ...german, country: 'IT' }, '20 home_rates', '22 rates'],
    ['a French number at a German address', { country: 'DE', ...vat('FR40303265045') }, '20 home_rates', '19 rates'],
    // Services: Northern Ireland is the United Kingdom.
    ['a consumer in Belfast', { country: 'GB', postalCode: 'BT1 1AA' }, 'none not_registered', 'none not_registered'],
    [
      'a business with an XI number',
      { country: 'GB', ...vat('XI980780684') },
      'none not_registered',
      'none not_registered',
    ],
    ['Switzerland', { country: 'CH' }, 'none not_registered', 'none not_registered'],
    // Article 7: Monaco is France.
    ['a consumer in Monaco', { country: 'MC' }, '20 rates', '20 rates'],
    ['a business in Monaco', { country: 'MC', ...vat('FR40303265045') }, '20 rates', '20 rates'],
    ['Monaco, written as France', { country: 'FR', postalCode: '98000' }, '20 rates', '20 rates'],
    // Article 6: outside of the common system.
    [
      'the Canary Islands by postal code',
      { country: 'ES', postalCode: '35001' },
      'none not_registered',
      'none not_registered',
    ],
    ['the Canary Islands by region', { country: 'ES', region: 'ES-CN' }, 'none not_registered', 'none not_registered'],
    [
      'a province of them, by name',
      { country: 'ES', region: 'Santa Cruz de Tenerife' },
      'none not_registered',
      'none not_registered',
    ],
    [
      'a business of the Canary Islands',
      { country: 'ES', postalCode: '38001', ...vat('ESB58378431') },
      'none not_registered',
      'none not_registered',
    ],
    ['Ceuta', { country: 'ES', postalCode: '51001' }, 'none not_registered', 'none not_registered'],
    ['the mainland of Spain', { country: 'ES', postalCode: '28001', region: 'Madrid' }, '20 home_rates', '21 rates'],
    ['Åland', { country: 'AX' }, 'none not_registered', 'none not_registered'],
    ['Åland, written as Finland', { country: 'FI', postalCode: '22100' }, 'none not_registered', 'none not_registered'],
    ['Finland', { country: 'FI', postalCode: '00100' }, '20 home_rates', '25.5 rates'],
    ['Heligoland', { country: 'DE', postalCode: '27498' }, 'none not_registered', 'none not_registered'],
    ['Büsingen', { country: 'DE', postalCode: 'D-78266' }, 'none not_registered', 'none not_registered'],
    ['Livigno', { country: 'IT', postalCode: '23041' }, 'none not_registered', 'none not_registered'],
    // Articles 294 and 296 of the French tax code: French tax at rates of its own, or none at all.
    ['Réunion', { country: 'RE' }, '8.5 rates', '8.5 rates'],
    ['Réunion, written as France', { country: 'FR', postalCode: '97400' }, '8.5 rates', '8.5 rates'],
    ['Réunion by name', { country: 'FR', region: 'La Réunion' }, '8.5 rates', '8.5 rates'],
    ['Martinique, whose rate is not entered', { country: 'MQ' }, 'pending no_rate', 'pending no_rate'],
    ['French Guiana', { country: 'FR', postalCode: '97300' }, 'none not_registered', 'none not_registered'],
    ['New Caledonia', { country: 'NC' }, 'none not_registered', 'none not_registered'],
  ])('charges %s', (_who, buyer, atHome, inTheOneStopShop) => {
    expect([charged(buyer, known(home)), charged(buyer, known(oss))]).toEqual([atHome, inTheOneStopShop]);
  });

  it.each<[string, string, string]>([
    ['valid', '0 reverse_charge', 'is confirmed'],
    ['invalid', '19 rates', 'is denied'],
    ['unknown', 'pending tax_id', 'has not been answered for'],
  ])('that wants numbers confirmed: %s', (status, wanted) => {
    const decidedAt = status === 'unknown' ? null : new Date('2026-04-01T00:00:00Z');
    const ground = known(oss, [{ value: 'DE136695976', status, decidedAt }]);
    expect(charged(german, ground, { taxIdCheck: 'register' })).toBe(wanted);
    expect(charged({ country: 'DE' }, ground, { taxIdCheck: 'register' })).toBe('19 rates');
    // At home, and for a place where there is no reverse charge, nobody is waited for.
    const french = { country: 'FR', ...vat('FR40303265045') };
    expect(charged(french, known(oss), { taxIdCheck: 'register' })).toBe('20 rates');
    const irish = { country: 'GB', ...vat('XI980780684') };
    expect(charged(irish, known(oss), { taxIdCheck: 'register' })).toBe('none not_registered');
  });

  it('charges at its own rate where it is registered in such a territory itself, or in the state whose law holds there', () => {
    const islands = known([...oss, registration('ES', 'standard', 'CN')]);
    expect(charged({ country: 'ES', postalCode: '35001' }, islands)).toBe('7 rates');
    expect(charged({ country: 'ES', postalCode: '28001' }, islands)).toBe('21 rates');
    // A registration in Spain is none on the islands.
    expect(charged({ country: 'ES', postalCode: '35001' }, known([registration('ES')]))).toBe('none not_registered');
    expect(charged({ country: 'AX' }, known([registration('FI')]))).toBe('25.5 rates');
    expect(charged({ country: 'IM' }, known([registration('GB')]))).toBe('20 rates');
    // The one-stop shop alone is no registration in France.
    expect(charged({ country: 'RE' }, known([registration('IE', 'oss')]))).toBe('none not_registered');
  });

  it('without any registration charges what rates say, by the address as it is written', () => {
    const nowhere = known(null);
    expect(charged(german, nowhere)).toBe('19 rates');
    expect(charged({ country: 'ES', postalCode: '35001' }, nowhere)).toBe('21 rates');
    expect(charged({ country: 'MC' }, nowhere)).toBe('none no_rate');
    // Rates of a territory are kept under one name of it, and found by each.
    expect(charged({ country: 'ES', region: 'Canarias' }, nowhere)).toBe('21+7 rates');
    expect(charged({ country: 'FR', region: '974' }, nowhere)).toBe('8.5 rates');
    expect(charged({ country: 'FR', region: '973' }, nowhere)).toBe('20 rates');
    expect(charged({ country: 'HU' }, nowhere)).toBe('none no_rate');
    expect(charged({}, nowhere, { country: null })).toBe('none no_place');
  });

  it('and with registrations waits where nobody knows the place', () => {
    expect(charged({}, known(oss), { country: null })).toBe('pending region');
    expect(charged({}, known([]), { country: null })).toBe('pending region');
  });
});

describe('a seller in Monaco', () => {
  it('is one in France', () => {
    const there = { country: 'MC' };
    expect(charged({ country: 'FR' }, known(home), there)).toBe('20 rates');
    expect(charged({ country: 'MC' }, known(home), there)).toBe('20 rates');
    expect(charged(german, known(home), there)).toBe('0 reverse_charge');
    expect(charged({ country: 'DE' }, known(home), there)).toBe('20 home_rates');
  });
});
