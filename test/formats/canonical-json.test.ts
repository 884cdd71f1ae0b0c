import { expect, test } from '@jest/globals'
import { canonicalJson } from '../../src/formats/canonical-json.ts'

test('keys are sorted by UTF-16 code units, at every depth (RFC 8785 §3.2.3)', () => {
  const value = {
    '\u20ac': 1,
    '\r': 2,
    '\ufb33': 3,
    '1': 4,
    '\u{1f600}': 5,
    '\u0080': 6,
    '\u00f6': 7,
    nested: { b: [], a: {} },
  }
  expect(canonicalJson(value)).toBe(
    '{"\\r":2,"1":4,"nested":{"a":{},"b":[]},"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
  )
})

test('numbers are written as ECMAScript writes them (RFC 8785 §3.2.2.3)', () => {
  expect(canonicalJson(JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0]'))).toBe(
    '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
  )
})

test('members without a value are left out, and what JSON has no form for is refused', () => {
  expect(canonicalJson({ b: undefined, a: null })).toBe('{"a":null}')
  expect(() => canonicalJson([Number.NaN])).toThrow(TypeError)
})

test('two spellings of one value have one form', () => {
  expect(canonicalJson(JSON.parse('{"b":[1,{"d":"ก","c":true}],"a":"\\u0e01"}'))).toBe(
    canonicalJson(JSON.parse('{"a":"ก","b":[1.0,{"c":true,"d":"\\u0e01"}]}')),
  )
})

test('an object whose keys are in no order that objects keep is written like any other', () => {
  const odd = JSON.parse('{"b":{"10":1,"9":2,"__proto__":{"z":1,"a":2}},"a":[{"d":1,"c":{"f":1,"e":null}}]}')
  expect(canonicalJson(odd)).toBe('{"a":[{"c":{"e":null,"f":1},"d":1}],"b":{"10":1,"9":2,"__proto__":{"a":2,"z":1}}}')
  const { b: _, ...even } = odd
  expect(canonicalJson({ ...even, a2: 1 })).toBe('{"a":[{"c":{"e":null,"f":1},"d":1}],"a2":1}')
  expect(odd.a[0]).toEqual({ d: 1, c: { f: 1, e: null } })
})
