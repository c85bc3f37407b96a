import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalRegion, isRegionCode } from '../../src/rules/subdivisions.ts';
import { euCountries, isApart, taxTerritory } from '../../src/rules/tax-territory.ts';

describe('regions', () => {
  it.each([
    ['US', 'ny', 'NY'],
    ['US', ' US-NY ', 'NY'],
    ['US', 'New York', 'NY'],
    ['US', 'new  york', 'NY'],
    ['US', 'US-New York', 'NY'],
    ['US', 'N.Y.', 'NY'],
    ['US', 'State of New York', 'NY'],
    ['US', 'Washington State', 'WA'],
    ['US', 'Washington, D.C.', 'DC'],
    ['US', 'West Virginia', 'WV'],
    ['US', 'Kansas', 'KS'],
    ['US', 'Arkansas', 'AR'],
    ['US', 'Gotham', 'GOTHAM'],
    ['US', 'New York City', 'NEW YORK CITY'],
    ['CA', 'CA-BC', 'BC'],
    ['CA', 'québec', 'QC'],
    ['CA', 'Quebec', 'QC'],
    ['CA', 'Île-du-Prince-Édouard', 'PE'],
    ['CA', 'California', 'CALIFORNIA'],
    ['DE', 'de-by', 'BY'],
    ['DE', 'Bayern', 'BAYERN'],
    ['AT', ' ', null],
    [null, 'x', 'X'],
  ])('of %s: %j is %j', (country, text, code) => {
    expect(canonicalRegion(country, text)).toBe(code);
  });

  it('are read for sure by codes only, which of the United States and Canada exist', () => {
    const read = (country: string, region: string) => isRegionCode(country, canonicalRegion(country, region)!);
    expect(['ny', 'Texas', 'PR', 'AE'].map((one) => read('US', one))).toEqual([true, true, true, true]);
    expect(['XX', 'Gotham', '12', 'ON'].map((one) => read('US', one))).toEqual([false, false, false, false]);
    expect([read('CA', 'ON'), read('CA', 'NY')]).toEqual([true, false]);
    expect([read('DE', 'BY'), read('IN', '27'), read('DE', 'Bayern')]).toEqual([true, true, false]);
  });

  it('stay what they are when they are read again', () => {
    fc.assert(
      fc.property(fc.constantFrom('US', 'CA', 'DE', null), fc.string({ unit: 'grapheme' }), (country, text) => {
        const once = canonicalRegion(country, text);
        // A region may have the country's code for a name of its own: US-US-X.
        fc.pre(!once?.startsWith(`${country}-`));
        expect(canonicalRegion(country, once)).toBe(once);
      }),
    );
  });
});

describe('territories', () => {
  const at = (country: string, postalCode: string | null = null, region: string | null = null) => {
    const { country: is, region: of, apart, inUnion, lawOf } = taxTerritory({ country, region, postalCode });
    return [is, of, apart ? 'apart' : '', inUnion ? 'union' : '', lawOf ?? ''].join(' ').trim();
  };

  it('are told by region or postal code, and only where it has the form of one', () => {
    expect(at('ES', '35 001')).toBe('ES CN apart');
    expect(at('ES', 'E-38001')).toBe('ES CN apart');
    expect(at('ES', '3500')).toBe('ES   union');
    expect(at('ES', '28035')).toBe('ES   union');
    expect(at('ES', '28001', 'GC')).toBe('ES CN apart');
    expect(at('DE', '78266')).toBe('DE BÜSINGEN apart');
    expect(at('FI', '22100')).toBe('AX    FI');
    expect(at('FI', null, 'FI-01')).toBe('AX    FI');
    expect(at('FR', '97400')).toBe('RE    FR');
    expect(at('FR', '98000')).toBe('FR   union');
    expect(at('FR', null, 'IDF')).toBe('FR IDF  union');
    expect(at('MC')).toBe('FR   union');
    expect(at('IM')).toBe('GB');
    expect(at('US', '35001', 'AL')).toBe('US AL');
  });

  it('are never the Union and apart, and apart ones are known by their region again', () => {
    const anywhere = fc.constantFrom(...euCountries, 'US', 'MC', 'AX', 'GB');
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 5, maxLength: 5 }).map((all) => all.join(''));
    fc.assert(
      fc.property(anywhere, fc.option(digits), (country, postalCode) => {
        const found = taxTerritory({ country, region: null, postalCode });
        expect(found.inUnion && (found.apart || found.lawOf !== null)).toBe(false);
        expect(found.apart).toBe(found.region !== null && isApart(found.country, found.region));
      }),
    );
  });
});
