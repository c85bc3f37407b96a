import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkTaxId, hasTaxIdCheck } from '../../src/rules/tax-id.ts';
import { LONG, runs } from './runs.ts';

/** Numbers that companies and registers publish, in the spellings people use. */
const VALID: Readonly<Record<string, readonly string[]>> = {
  AT: ['ATU 142 43 102', 'ATU13585627', 'ATU54300000', 'atu61195628'],
  BE: ['BE 0202.239.951', 'BE 0795 013 186', 'BE0897290877', 'BE 444.503.092', 'BE697449992'],
  BG: ['BG 103873594', 'BG175074752', 'BG7111042925', 'BG7523169263', 'BG7542011030', 'BG8032056031'],
  CY: ['CY 10246672X', 'CY-10008489 A', 'CY-10259033P', 'CY00632993 F'],
  CZ: ['CZ 25123891', 'CZ00023205', 'CZ 640903926', 'CZ 654123789', 'CZ 640229/4448', 'CZ 736028/5163', 'CZ7652046248'],
  DE: ['DE 118619592', 'DE 221.304.969', 'DE - 113866163', 'DE811125440', 'DE136308783'],
  DK: ['DK 10 50 32 80', 'DK-28840926', 'DK: 21599336', 'DK36149213'],
  EE: ['EE 100 931 558', 'EE100594102', 'EE101256753'],
  EL: ['EL 039868210', 'EL 94051189', 'EL094501040', 'EL 998386804', 'GR 094279805'],
  ES: [
    'ES 54362315K',
    'ES-B 60432291',
    'ES Q0818001J',
    'ESA78109592',
    'ES X-5253868-R',
    'ES Y5277343F',
    'ES Z5277343K',
  ],
  FI: ['FI 02459042', 'FI 0982651-1', 'FI18261444', 'FI 2094606-3'],
  FR: ['FR 40 303 265 045', 'FR23334175221', 'FR83404833048', 'FR K 7399859412', 'FR 4Z123456782', 'FR16000063601'],
  HR: ['HR 33392005961'],
  HU: ['HU -12509403', 'HU 10672101', 'HU13852467'],
  IE: ['IE 6433435F', 'IE 0005306C', 'IE 8223200u', 'IE6433435OA', 'IE6433435IH', 'IE8D79739I', 'IE9Y71814N'],
  IT: ['IT 00743110157', 'IT - 01404480202', 'IT 12920760159', 'IT02087050155'],
  LT: ['LT 119511515', 'LT 616414610', 'LT 100001919017', 'LT100004801610', 'LT290068995116'],
  LU: ['LU 10059929', 'LU 150 274 42', 'LU.248.70.640', 'LU: 2294 4200'],
  LV: ['LV 4000 3521 600', 'LV 90000528023', 'LV 161175-19997'],
  MT: ['MT 1167-9112', 'MT 20630321', 'MT 1894 0705'],
  NL: ['NL4495445B01', 'NL 8225.69.759 b01', 'NL802003217B01', 'NL002455799B11', 'NL001452330B47', 'NL123456789B13'],
  PL: ['PL 584-030-44-72', 'PL5261025421', 'PL 8992708633'],
  PT: ['PT 500 019 720', 'PT 501 507 930', 'PT503038083', 'PT 509 250 505'],
  RO: ['RO 185 472 90', 'RO 573768', 'RO 11358544', 'RO 1630615123457'],
  SE: ['SE 556.383.740.901', 'SE 202 100-5000 01', 'SE 123456789701'],
  SI: ['SI 5022 3054', 'SI 56951442', 'SI 15012557'],
  SK: ['SK 202 274 96 19', 'SK 1078449064', 'SK2022193459'],
  XI: ['XI 980 7806 84', 'XI GD001'],
  GB: ['GB 980 7806 84', 'GB 980 7806 84 001', 'GB GD499', 'GB HA500'],
  CH: ['CHE-100.155.212', 'CHE-107.787.577 MWST', 'CHE-100.155.212 TVA'],
  NO: ['NO 988 077 917 MVA', 'NO 995 525 828'],
};

/** Numbers of the right form whose check digits do not fit. */
const WRONG: readonly string[] = [
  ...['ATU 143 43 102', 'ATU46080904', 'BE 0406.139.583', 'BE697449982', 'BG 131 172 009', 'BG 147147471'],
  ...['CY 10246672F', 'CY-12259033P', 'CZ 25557481', 'CZ 640913926', 'CZ 8058018314', 'CZ 95123891', 'DE 125014855'],
  ...[
    'DE - 266297673',
    'DK 2565 2202',
    'EE 100 941 558',
    'ES 54362415K',
    'ES-x-2322300w',
    'ES Q0818001I',
    'EL 094013834',
  ],
  ...['FI 02459043', 'FR 04409414264', 'FR 84 323 140 391', 'FR K 7399859312', 'HR 33392005962', 'HU-12892313'],
  ...['IE 4731823H', 'IE8D79729I', 'IT 00743110158', 'IT 00687129980', 'LT 100001919018', 'LT 100001509922'],
  ...['LU 10059920', 'LV 40003189715', 'LV 161375-19997', 'MT 1167-9113', 'NL 123456789B90', 'NL 009122746B00'],
  ...[
    'PL 5211355117',
    'PT 500 019 721',
    'RO 185 472 91',
    'SE 123456789101',
    'SI 50223055',
    'SK 2022749618',
    'GB802311781',
  ],
  ...['XI 802311781', 'CHE-100.155.213', 'NO 988 077 918'],
];

const valid = Object.entries(VALID).flatMap(([country, numbers]) =>
  numbers.map((text): [string, string] => [country, text]),
);

describe('numbers with a prefix', () => {
  test.each(valid)('%s: %s is right', (country, text) => {
    expect(checkTaxId(text)).toMatchObject({ valid: true, country: country === 'EL' ? 'GR' : country });
    expect(checkTaxId(text, country)).toEqual(checkTaxId(text));
  });

  test.each(WRONG)('%s has wrong check digits', (text) => {
    expect(checkTaxId(text)).toEqual({ valid: false, fault: 'wrong_checksum' });
  });

  test.each([
    'AT1 142 43 102',
    'ATU 1515B209',
    'ATU 151592092',
    'BE 02A2.239.951',
    'BE 2202.239.951',
    'BG 10X8735941',
    'CY-102590Z3P',
    'DE 246X595 415',
    'DE 011125440',
    'ES B-583784312',
    'FR IO334175221',
    'IE 4550C59S',
    'NL 001241643801',
    'SE 55643359201',
    'SI 05022305',
    'GB 12345',
    'GB 000 0000 00',
    'LU 00000000',
    'NO 123456785',
    'CHE-100.155.21',
    'DE',
    `DE${'1'.repeat(1_000_000)}`,
  ])('form %#', (text) => {
    expect(checkTaxId(text)).toEqual({ valid: false, fault: 'wrong_format' });
  });

  test('every member state and every other country is tried', () => {
    const members = 'AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
    expect(Object.keys(VALID).sort()).toEqual([...members, 'XI', 'GB', 'CH', 'NO'].sort());
    for (const country of [...members, 'XI', 'GB', 'CH', 'NO', 'AU', 'GR', 'de'])
      expect(hasTaxIdCheck(country)).toBe(true);
    for (const country of ['US', 'QQ', '', 'constructor', '__proto__']) expect(hasTaxIdCheck(country)).toBe(false);
  });
});

describe('numbers without a prefix', () => {
  test('are read as those of the country that is named', () => {
    expect(checkTaxId('51 824 753 556', 'AU')).toEqual({
      valid: true,
      scheme: 'au_abn',
      country: 'AU',
      value: '51824753556',
    });
    expect(checkTaxId('83 914 571 673', 'au').valid).toBe(true);
    expect(checkTaxId('99 999 999 999', 'AU')).toEqual({ valid: false, fault: 'wrong_checksum' });
    expect(checkTaxId('811125440', 'DE')).toMatchObject({ valid: true, value: 'DE811125440' });
    expect(checkTaxId('039868210', 'GR')).toMatchObject({ valid: true, country: 'GR', value: 'EL039868210' });
    expect(checkTaxId('988077917MVA', 'NO')).toMatchObject({ valid: true, scheme: 'no_vat', value: 'NO988077917MVA' });
    expect(checkTaxId('100.155.212 MWST', 'CH')).toMatchObject({
      valid: true,
      scheme: 'ch_vat',
      value: 'CHE100155212',
    });
  });

  test('a prefix that contradicts the country is refused, an unknown country named', () => {
    expect(checkTaxId('ATU13585627', 'DE')).toEqual({ valid: false, fault: 'wrong_format' });
    expect(checkTaxId('811125440')).toEqual({ valid: false, fault: 'unknown_country' });
    expect(checkTaxId('123456789', 'US')).toEqual({ valid: false, fault: 'unknown_country' });
    expect(checkTaxId('')).toEqual({ valid: false, fault: 'unknown_country' });
  });
});

test('a Latvian personal code given out since 2017 has neither date nor check digit', () => {
  expect(checkTaxId('LV 328673-00679').valid).toBe(true);
  expect(checkTaxId('LV 318673-00679').valid).toBe(false);
});

test('the written form is stable: checked again it is itself', () => {
  for (const [, text] of valid) {
    const first = checkTaxId(text);
    if (!first.valid) throw new Error(`${text} is not right`);
    expect(checkTaxId(first.value)).toEqual(first);
    expect(first.value).toMatch(/^[A-Z0-9+*]+$/);
  }
});

test(
  'a digit mistyped is noticed, nearly always',
  () => {
    let [tried, passed] = [0, 0];
    for (const [country, text] of valid) {
      [...text].forEach((character, index) => {
        if (!/\d/.test(character)) return;
        for (const other of '0123456789') {
          if (other === character) continue;
          tried += 1;
          if (checkTaxId(text.slice(0, index) + other + text.slice(index + 1), country).valid) passed += 1;
        }
      });
    }
    expect(tried).toBeGreaterThan(5_000);
    expect(passed / tried).toBeLessThan(0.04);
  },
  LONG,
);

test(
  'any text has an answer',
  () => {
    const codes = fc.constantFrom(...Object.keys(VALID), 'AU', 'GR', 'US');
    const signs = fc.string({ unit: fc.constantFrom(...'0123456789ABCEIMOTUVWX+* -.'), maxLength: 20 });
    fc.assert(
      fc.property(codes, signs, fc.boolean(), (country, text, named) => {
        const check = named ? checkTaxId(text, country) : checkTaxId(country + text);
        expect(typeof check.valid).toBe('boolean');
      }),
      runs(),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(checkTaxId(text, 'ES').valid).toBe(false);
      }),
      runs(),
    );
  },
  LONG,
);
