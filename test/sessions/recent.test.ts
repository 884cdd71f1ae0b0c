import { expect, test } from '@jest/globals'
import { systemRandom } from '../../src/platform/random.ts'
import { openSealer, type Sealer, type VersionedKey } from '../../src/platform/seal.ts'
import { openRecent } from '../../src/sessions/recent.ts'

const key = (version: number): VersionedKey => ({ version, key: Buffer.alloc(32, version) })

/** A sealer whose keys may change, and how often it was asked to open something. */
function counted(keys = [key(1)]) {
  const state = { keys, opened: 0 }
  const inner = openSealer(() => state.keys, systemRandom)
  const sealer: Sealer = {
    ...inner,
    open(sealed, binding) {
      state.opened++
      return inner.open(sealed, binding)
    },
  }
  return { state, sealer }
}

test('what was just sealed is told without being opened; what somebody else sealed is opened', () => {
  const { state, sealer } = counted()
  const recent = openRecent(sealer)
  const sealed = recent.seal('สมชาย', 'here')
  expect(recent.open(Buffer.from(sealed), 'here')).toBe('สมชาย')
  expect(state.opened).toBe(0)
  expect(openRecent(sealer).open(sealed, 'here')).toBe('สมชาย')
  expect(state.opened).toBe(1)
})

test('one changed bit, an older value of the same place or another place is told nothing from memory', () => {
  const { state, sealer } = counted()
  const recent = openRecent(sealer)
  const older = recent.seal('older', 'here')
  const sealed = recent.seal('newer', 'here')
  for (let position = 0; position < sealed.length; position++) {
    const changed = Buffer.from(sealed)
    changed[position]! ^= 1
    expect(() => recent.open(changed, 'here')).toThrow()
  }
  for (let length = 0; length < sealed.length; length++)
    expect(() => recent.open(sealed.subarray(0, length), 'here')).toThrow()
  expect(() => recent.open(sealed, 'there')).toThrow()
  expect(recent.open(older, 'here')).toBe('older')
  expect(state.opened).toBe(2 * sealed.length + 2)
})

test('what a key sealed that has been withdrawn since is told no more', () => {
  const { state, sealer } = counted()
  const recent = openRecent(sealer)
  const sealed = recent.seal('x', 'here')
  state.keys = [key(1), key(2)]
  expect(recent.open(sealed, 'here')).toBe('x')
  expect(state.opened).toBe(1)
  state.keys = [key(2)]
  expect(() => recent.open(sealed, 'here')).toThrow(/key version 1/)
})

test('whatever is too long, or was put in another’s place, is opened', () => {
  const { state, sealer } = counted()
  const recent = openRecent(sealer)
  const long = recent.seal('x'.repeat(70_000), 'long')
  expect(recent.open(long, 'long')).toHaveLength(70_000)
  expect(state.opened).toBe(1)
  const many = Array.from({ length: 3_000 }, (_, at) => recent.seal(`text ${at}`, `place ${at}`))
  for (const [at, sealed] of many.entries()) expect(recent.open(sealed, `place ${at}`)).toBe(`text ${at}`)
  expect(state.opened).toBeGreaterThan(1_976)
  expect(state.opened).toBeLessThan(3_000)
})
