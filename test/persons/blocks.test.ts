import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { isBlocked, sameBlocks } from '../../src/persons/blocks.ts'
import { stillTrusted } from '../../src/persons/still-trusted.ts'
import { atOnce } from '../../src/platform/at-once.ts'
import { transaction } from '../../src/platform/db.ts'
import { openRegister, type Register, thaiCode } from '../support/register.ts'

describe('what is blocked', () => {
  test('is what was named, or everything but what was named: then what comes later, too', () => {
    expect(isBlocked(undefined, 'totp')).toBe(false)
    expect(isBlocked({ blocked: ['totp'] }, 'totp')).toBe(true)
    expect(isBlocked({ blocked: ['totp'] }, 'smart-card')).toBe(false)
    expect(isBlocked({ only: ['totp'] }, 'totp')).toBe(false)
    expect(isBlocked({ only: ['totp'] }, 'smart-id')).toBe(true)
  })

  test('is the same in any order', () => {
    expect(sameBlocks({ blocked: ['totp', 'smart-id'] }, { blocked: ['smart-id', 'totp'] })).toBe(true)
    expect(sameBlocks({ blocked: ['totp'] }, { only: ['totp'] })).toBe(false)
    expect(sameBlocks(undefined, { blocked: ['totp'] })).toBe(false)
  })
})

describe('an earlier sign-in', () => {
  test('counts until the person’s sign-ins are ended, to the second', () => {
    const person = { endedAt: 5_600 }
    expect(stillTrusted({}, { at: 1 })).toBe(true)
    expect(stillTrusted(person, { at: 4 })).toBe(false)
    expect(stillTrusted(person, { at: 5 })).toBe(true)
    expect(stillTrusted(person, { at: undefined })).toBe(false)
  })

  test('counts no more when it was by a way that was blocked since', () => {
    const person = { blocks: { blocked: ['totp'] as const } }
    expect(stillTrusted(person, { at: 9, amr: ['otp', 'totp'] })).toBe(false)
    expect(stillTrusted(person, { at: 9, amr: ['otp', 'pin', 'sms-code'] })).toBe(true)
    expect(stillTrusted(person, { at: 9 })).toBe(true)
  })
})

describe('in the register', () => {
  const code = thaiCode(1)
  let register: Register
  beforeAll(async () => {
    register = await openRegister()
    await register.load(JSON.stringify({ scheme: 'TH', code, given_name: 'ก' }))
  })
  afterAll(() => register.close())

  test('a block is a new version, which sign-ins under way see; the same once more is none', async () => {
    const before = await register.person('TH', code)
    const who = { actor: { kind: 'citizen', person: before.key } as const }
    const { persons, db } = register
    const stands = async () => (await atOnce(db, { when: [persons.unchanged(before)], acts: [] })) !== undefined
    expect(await stands()).toBe(true)
    expect(await persons.setBlocks(db, before.key, { blocked: ['totp'] }, who)).toBe(true)
    expect(await stands()).toBe(false)
    expect(await persons.setBlocks(db, before.key, { blocked: ['totp'] }, who)).toBe(false)
    const after = await register.person('TH', code)
    expect(after).toMatchObject({ version: before.version + 1, blocks: { blocked: ['totp'] } })
    expect(await persons.setBlocks(db, before.key, undefined, who)).toBe(true)
    expect((await register.person('TH', code)).blocks).toBeUndefined()
    expect((await persons.history(db, before.key)).map(({ person }) => person.version)).toEqual([3, 2, 1])
  })

  test('an import changes nothing of what is the person’s own', async () => {
    const { key } = await register.person('TH', code)
    const who = { actor: { kind: 'citizen', person: key } as const }
    await register.persons.setBlocks(register.db, key, { only: ['smart-card'] }, who)
    await register.persons.becomeStrong(register.db, key)
    await register.load(JSON.stringify({ scheme: 'TH', code, given_name: 'ข' }))
    const after = await register.person('TH', code)
    expect(after).toMatchObject({ names: { given: 'ข' }, blocks: { only: ['smart-card'] } })
    expect(after.strongSince).toBe(register.clock.now())
  })

  test('of many first sure sign-ins at once, one is the first', async () => {
    await register.load(JSON.stringify({ scheme: 'TH', code: thaiCode(2), given_name: 'ก' }))
    const { key } = await register.person('TH', thaiCode(2))
    const first = await Promise.all(
      Array.from({ length: 10 }, () => transaction(register.db, (tx) => register.persons.becomeStrong(tx, key))),
    )
    expect(first.filter(Boolean)).toHaveLength(1)
  })
})
