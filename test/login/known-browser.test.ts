import { expect, test } from '@jest/globals'
import { openKnownBrowsers } from '../../src/login/known-browser.ts'
import { testClock } from '../support/clock.ts'
import { testKey, testKeys, testRandom } from '../support/keys.ts'

const DAY = 86_400_000
const open = (clock = testClock(), keys = testKeys('known')) =>
  openKnownBrowsers({ keys, clock, random: testRandom('browser') })

test('a browser knows whom it signed in, and nobody else', () => {
  const known = open()
  const mark = known.add(undefined, 'alice')
  expect(known.read(mark, 'alice')).toMatch(/^[0-9a-f]{32}$/)
  expect(known.read(mark, 'bob')).toBeUndefined()
  expect(known.read(undefined, 'alice')).toBeUndefined()
})

test('it keeps eight people, the ones who were here last', () => {
  const known = open()
  let mark: string | undefined
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a', 'i']) mark = known.add(mark, name)
  expect(known.read(mark, 'b')).toBeUndefined()
  for (const name of ['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) expect(known.read(mark, name)).toBeDefined()
  expect(mark!.length).toBeLessThan(250)
})

test('it stays the same browser from person to person', () => {
  const known = open()
  const mark = known.add(known.add(undefined, 'a'), 'b')
  expect(known.read(mark, 'a')).toBe(known.read(mark, 'b'))
})

test('a year later it is a stranger again, and each sign-in renews the year', () => {
  const clock = testClock()
  const known = open(clock)
  const mark = known.add(known.add(undefined, 'a'), 'b')
  clock.advance(364 * DAY)
  expect(known.read(mark, 'a')).toBeDefined()
  const renewed = known.add(mark, 'a')
  clock.advance(DAY)
  expect(known.read(mark, 'a')).toBeUndefined()
  expect(known.read(renewed, 'a')).toBeDefined()
  expect(known.read(renewed, 'b')).toBeUndefined()
})

test('no bit of it can be changed, and no tag moved to another browser', () => {
  const known = open()
  const mark = Buffer.from(known.add(undefined, 'alice'), 'base64url')
  for (let bit = 0; bit < mark.length * 8; bit++) {
    const bent = Buffer.from(mark)
    bent[bit >> 3]! ^= 1 << (bit & 7)
    expect(known.read(bent.toString('base64url'), 'alice')).toBeUndefined()
  }
  const other = Buffer.from(known.add(undefined, 'bob'), 'base64url')
  const spliced = Buffer.concat([other.subarray(0, 17), mark.subarray(17)])
  expect(known.read(spliced.toString('base64url'), 'alice')).toBeUndefined()
})

test('nonsense is a stranger, never a fault', () => {
  const known = open()
  for (const junk of ['', 'x', '%', 'A'.repeat(100_000), 'AQ', Buffer.alloc(17, 1).toString('base64url'), '\u0000'])
    expect(known.read(junk, 'alice')).toBeUndefined()
  expect(known.read(known.add('%junk%', 'alice'), 'alice')).toBeDefined()
})

test('it names nobody, and an older key still recognises while new marks use the newest', () => {
  const clock = testClock()
  const old = open(clock).add(undefined, 'alice')
  expect(Buffer.from(old, 'base64url').toString('latin1')).not.toContain('alice')
  const both = open(clock, [...testKeys('known'), { version: 2, key: testKey('newer') }])
  expect(both.read(old, 'alice')).toBeDefined()
  const onlyNew = open(clock, [{ version: 2, key: testKey('newer') }])
  expect(onlyNew.read(both.add(old, 'alice'), 'alice')).toBeDefined()
  expect(onlyNew.read(old, 'alice')).toBeUndefined()
})
