import { isEnumType } from 'graphql';
import { newId, toGlobalId } from '../../src/platform/id.ts';
import { nightly } from './fault-steps.ts';
import type { Leaf } from './schema-walk.ts';

type Named = readonly (readonly [what: string, value: unknown])[];

const long = 'x'.repeat(100_000);

const notText: Named = [
  ['a number for a text', 1],
  ['an object', { a: 1 }],
  ['a NUL', 'a\u0000b'],
  ['half a character', 'a\ud800b'],
];

const byType: Readonly<Record<string, Named>> = {
  ID: [
    ['empty', ''],
    ['of another kind', toGlobalId('evt', newId())],
    ['of no kind', 'nothing_01j0000000000000000000000'],
    ['a uuid', newId()],
    ['endless', long],
    ['__proto__', '__proto__'],
    ['an object', {}],
    ['a NUL', 'acc_\u0000'],
  ],
  String: [['endless', long], ...notText],
  Int: [
    ['a fraction', 1.5],
    ['beyond 32 bits', 2_147_483_648],
    ['below 32 bits', -2_147_483_649],
    ['the largest', 2_147_483_647],
    ['negative', -1],
    ['a text', '1'],
  ],
  BigInt: [
    ['beyond 64 bits', '9223372036854775808'],
    ['a fraction', '1.5'],
    ['hexadecimal', '0x10'],
    ['with an exponent', '1e3'],
    ['an inexact number', 1e300],
    ['no number', 'NaN'],
    ['empty', ''],
  ],
  Decimal: [
    ['with an exponent', '1e5'],
    ['endless', '9'.repeat(60)],
    ['no number', 'NaN'],
    ['infinite', 'Infinity'],
    ['empty', ''],
    ['a number', 1.5],
  ],
  Boolean: [
    ['a text', 'true'],
    ['a number', 1],
  ],
  DateTime: [
    ['a day that is none', '2026-02-30T00:00:00Z'],
    ['a leap day that is none', '2025-02-29T00:00:00Z'],
    ['without a zone', '2026-01-01T00:00:00'],
    ['a day alone', '2026-01-01'],
    ['beyond all years', '9999-12-31T23:59:59Z'],
    ['hour 25', '2026-01-01T25:00:00Z'],
    ['a number', 1_767_225_600_000],
    ['in words', 'tomorrow'],
  ],
  Date: [
    ['a day that is none', '2026-02-30'],
    ['an instant', '2026-01-01T00:00:00Z'],
    ['beyond all years', '9999-12-31'],
    ['in words', 'tomorrow'],
  ],
  TimeZone: [
    ['of another planet', 'Mars/Olympus_Mons'],
    ['an offset', '+02:00'],
    ['empty', ''],
    ['a path', '../../etc/passwd'],
  ],
  CountryCode: [
    ['unknown', 'XX'],
    ['in small letters', 'at'],
    ['in full', 'Austria'],
  ],
  EmailAddress: [
    ['without an at sign', 'somebody'],
    ['without a domain', 'somebody@'],
    ['two addresses', 'a@example.com,b@example.com'],
    ['with a new line', 'a@example.com\nBcc: b@example.com'],
    ['endless', `${'x'.repeat(300)}@example.com`],
  ],
  Metadata: [
    ['a number in it', { key: 1 }],
    ['a list', []],
    ['nested', { key: { deeper: 'value' } }],
    ['too many pairs', Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, 'value']))],
    ['a long key', { ['k'.repeat(41)]: 'value' }],
    ['a long value', { key: 'v'.repeat(501) }],
    ['an empty key', { '': 'value' }],
    ['the prototype', JSON.parse('{"__proto__": "value"}')],
    ['a NUL in it', { key: 'a\u0000b' }],
  ],
};

const ofEnums: Named = [
  ['unknown', 'NO_SUCH_VALUE'],
  ['in small letters', 'eur'],
  ['__proto__', '__proto__'],
  ['a number', 1],
];

/** Values that a place must refuse whatever it is for. By day a few of each kind, in turns; at night all of them. */
export function badValues(leaf: Leaf): Named {
  const all = [...(isEnumType(leaf.type) ? ofEnums : (byType[leaf.type.name] ?? [])), ...(leaf.required ? absent : [])];
  if (nightly || all.length <= perPlace) return all;
  turn += 1;
  return Array.from({ length: perPlace }, (_, index) => all[(turn * perPlace + index) % all.length]!);
}

const absent: Named = [['null', null]];
const perPlace = 4;
let turn = 0;

/** Values that may mean something somewhere, and must never break anything. */
export function mayBeFine(leaf: Leaf): Named {
  switch (leaf.type.name) {
    case 'String':
      return odd;
    case 'BigInt':
      return [
        ['the largest', '9223372036854775807'],
        ['the smallest', '-9223372036854775808'],
        ['zero', '0'],
      ];
    case 'Decimal':
      return [
        ['negative', '-1'],
        ['the largest', '99999999999999999999.999999999999'],
        ['the least', '0.000000000001'],
      ];
    case 'DateTime':
      return [
        ['the first', '1970-01-01T00:00:00Z'],
        ['the last', '2200-12-31T23:59:59.999Z'],
      ];
    default:
      return [];
  }
}

const odd: Named = [
  ['empty', ''],
  ['SQL', "'; drop table accounts; --"],
  ['the prototype', '__proto__'],
  ['turned around', '\u202eabc'],
  ['wide', '𝕏👨‍👩‍👧‍👦'.repeat(10)],
];
