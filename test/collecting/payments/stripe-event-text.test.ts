import { describe, expect, it } from '@jest/globals';
import { readEventText } from '../../../src/collecting/payments/events/stripe-event-text.ts';

const kept = (text: string) => JSON.parse(readEventText(text)!.payload) as unknown;

describe('the text of an event that is stored', () => {
  it('is as it came where there is nothing to take out', () => {
    const text = '{ "id": "evt_1", "note": "quotes \\" and \\n", "number": 1.50 }';
    expect(readEventText(text)).toEqual({ event: JSON.parse(text), payload: text });
  });

  it.each([
    ['first', '{"client_secret":"a_secret_b","id":"x"}', { id: 'x' }],
    ['last', '{"id":"x" , "client_secret" : "a_secret_b"}', { id: 'x' }],
    ['in the middle, deep inside', '{"a":[{"b":1,"client_secret":"s","c":2}]}', { a: [{ b: 1, c: 2 }] }],
    ['alone', '{"a":{"client_secret":"s"}}', { a: {} }],
    ['empty', '{"a":1,"client_secret":null}', { a: 1 }],
    ['with an escape in it', '{"a":1,"client_secret":"s\\"t"}', { a: 1 }],
    ['more than a text', '{"a":1,"client_secret":{"key":"s"}}', { a: 1 }],
    ['under an escaped name', '{"a":1,"client\\u005fsecret":"s"}', { a: 1 }],
    ['twice', '{"a":1,"client_secret":"s","client_secret":"t"}', { a: 1 }],
    ['several', '{"a":{"client_secret":"s"},"b":{"c":1,"client_secret":"t"}}', { a: {}, b: { c: 1 } }],
  ])('holds no secret: %s', (_name, text, expected) => {
    expect(kept(text)).toEqual(expected);
    expect(readEventText(text)!.payload).not.toMatch(/client_?secret|_secret_/);
  });

  it('keeps what only speaks of secrets', () => {
    const text = '{"client_secret_hint":"x","what":"client_secret","text":"{\\"client_secret\\":\\"s\\",\\"a\\":1}"}';
    expect(kept(text)).toEqual(JSON.parse(text));
  });

  it('holds nothing that a database refuses, and nothing that reaches for prototypes', () => {
    expect(kept('{"a":"x\\u0000y\\ud800","b\\u0000":1,"__proto__":{"polluted":true},"c":[{"__proto__":1}]}')).toEqual({
      a: 'xy\uFFFD',
      c: [{}],
    });
  });

  it.each(['', 'hello', '[]', '1', 'null', '{"a":1', '{"a":1}}', '['.repeat(200_000)])('%.12s is no event', (text) => {
    expect(readEventText(text)).toBeNull();
  });
});
