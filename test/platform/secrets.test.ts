import { describe, expect, it } from '@jest/globals';
import { seal, unseal } from '../../src/platform/secrets.ts';

const key = Buffer.alloc(32, 1);
const place = ['table', 'organization', 'row'];

describe('sealed secrets', () => {
  it('open with the same key in the same place, and look different each time', () => {
    const [one, two] = [seal(key, 'sk_test_ünïcödé', place), seal(key, 'sk_test_ünïcödé', place)];
    expect(unseal(key, one, place)).toBe('sk_test_ünïcödé');
    expect(one.equals(two)).toBe(false);
    expect(one.toString('latin1')).not.toContain('sk_test');
  });

  it('do not open with another key, in another place, or changed in any byte', () => {
    const sealed = seal(key, 'secret', place);
    expect(() => unseal(Buffer.alloc(32, 2), sealed, place)).toThrow();
    expect(() => unseal(key, sealed, ['table', 'organization', 'other'])).toThrow();
    expect(() => unseal(key, sealed, ['tableorganization', 'row'])).toThrow();
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at]! ^ 1;
      expect(() => unseal(key, changed, place)).toThrow();
    }
    expect(() => unseal(key, Buffer.alloc(0), place)).toThrow();
  });
});
