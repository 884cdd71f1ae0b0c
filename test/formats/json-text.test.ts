import { describe, expect, test } from '@jest/globals'
import { readJson } from '../../src/formats/json-text.ts'

const trouble = (text: string) => {
  const read = readJson(text)
  return read.ok ? undefined : `${read.trouble.line}:${read.trouble.column} ${read.trouble.problem}`
}

describe('a JSON text', () => {
  test.each([
    '{}',
    '[]',
    ' {"a": [1, -2.5e3, true, false, null, "x\\u00e9\\n"], "b": {"c": {}}} ',
    '"กข"',
    '0',
    '{"__proto__": {"a": 1}, "constructor": 2}',
  ])('%s is read as JSON.parse reads it', (text) => {
    expect(readJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
  })

  test('may begin with a byte order mark', () => {
    expect(readJson('\uFEFF[1]')).toEqual({ ok: true, value: [1] })
    expect(trouble('\uFEFF[1')).toBe('1:3 "," or "]" was expected here')
  })

  test.each([
    ['{\n  "a": 1\n  "b": 2\n}', '3:3 "," or "}" was expected here'],
    ['{"a": 1, "a": 2}', '1:10 the name "a" stands twice in this object'],
    ['{"a": 1,}', '1:9 a name in double quotes was expected here'],
    ["{'a': 1}", '1:2 a name in double quotes was expected here'],
    ['{"a" 1}', '1:6 ":" was expected here'],
    ['[1, ]', '1:5 a value was expected here'],
    ['[01]', '1:3 "," or "]" was expected here'],
    ['["ก', '1:2 this text is not closed, or holds a bad escape or a control character'],
    ['["a\nb"]', '1:2 this text is not closed, or holds a bad escape or a control character'],
    ['["\\x"]', '1:2 this text is not closed, or holds a bad escape or a control character'],
    ['', '1:1 the text ends too early'],
    ['{} {}', '1:4 something stands after the end of the document'],
    ['// hello\n{}', '1:1 a value was expected here'],
    ['['.repeat(60), '1:52 is nested more than 50 deep'],
  ])('%j has its mistake named with line and column', (text, expected) => {
    expect(trouble(text)).toBe(expected)
    if (!text.includes('"a": 2')) expect(() => JSON.parse(text) as unknown).toThrow()
  })
})
