import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Entry } from '../../src/audit/entry.ts'
import type { PersonKey } from '../../src/identity/identifiers.ts'
import { openAdmitted } from '../../src/login/admitted.ts'
import { rows } from '../../src/platform/db.ts'
import { openRegister, operator, type Register, thaiCode } from '../support/register.ts'

let register: Register
let key: PersonKey
const PEOPLE = [1, 2, 3].map(thaiCode)
const line = (code: string, name: string) => JSON.stringify({ scheme: 'TH', code, given_name: name })

beforeAll(async () => {
  register = await openRegister()
  await register.load(PEOPLE.map((code) => line(code, 'ก')).join('\n'))
  key = (await register.person('TH', PEOPLE[0]!)).key
})
afterAll(() => register.close())
beforeEach(() => register.clock.advance(600_000))

const node = (most?: number) => openAdmitted(register, most)
const entry = (): Entry => ({ type: 'data.released', actor: { kind: 'citizen', person: key }, person: key, detail: {} })
const onRecord = async () =>
  (await rows(register.db, "select 1 from audit_event where type = 'data.released' and person = ?", [key])).length

const why = { actor: operator, reason: 'a test' }
const self = { actor: { kind: 'citizen', person: '' as PersonKey } } as const
type Change = [what: string, change: (to: Register) => Promise<unknown>, mayEnter: boolean]
const CHANGES: Change[] = [
  ['is suspended', ({ persons, db }) => persons.setStatus(db, key, 'suspended', why), false],
  ['may enter again', ({ persons, db }) => persons.setStatus(db, key, 'active', why), true],
  ['is locked', ({ persons, db }) => persons.setLocked(db, key, true, why), false],
  ['is unlocked', ({ persons, db }) => persons.setLocked(db, key, false, why), true],
  ['has ended their sign-ins', ({ persons, db }) => persons.endSignIns(db, key), true],
  [
    'has their sign-ins of then ended',
    ({ persons, db, clock }) => persons.endSignInsBefore(db, [{ person: key, at: clock.now() }]),
    true,
  ],
  ['shuts a way in', ({ persons, db }) => persons.setBlocks(db, key, { blocked: ['totp'] }, self), true],
  ['opens it again', ({ persons, db }) => persons.setBlocks(db, key, undefined, self), true],
  ['is called otherwise', (to) => to.load(line(PEOPLE[0]!, 'ข')), true],
  ['chooses a language', ({ persons, db }) => persons.setLanguage(db, key, 'et'), true],
  ['chooses another', ({ persons, db }) => persons.setLanguage(db, key, 'en'), true],
]

describe('of somebody who was read lately', () => {
  test('what rests on them is on record when they are found unchanged', async () => {
    const people = node()
    const known = (await people.find(key))!
    expect(people.lately(key)).toEqual(known)
    const before = await onRecord()
    expect(await people.confirm(known, entry())).toBe(true)
    expect(await onRecord()).toBe(before + 1)
    expect(await people.confirm(known)).toBe(true)
    expect(await onRecord()).toBe(before + 1)
  })

  test.each(CHANGES)(
    'nothing is confirmed nor written once the person %s, by whatever node',
    async (_what, change, may) => {
      const [here, there] = [node(), node()]
      const [known, elsewhere] = [await register.persons.get(register.db, key), await there.find(key)]
      here.keep(known!)
      const before = await onRecord()
      await change(register)
      expect(await here.confirm(known!, entry())).toBe(false)
      if (elsewhere) expect(await there.confirm(elsewhere, entry())).toBe(false)
      expect(await onRecord()).toBe(before)
      // And it isn't tried a second time with what is known to be out of date.
      expect(here.lately(key)).toBeUndefined()
      const now = await here.find(key)
      expect(now !== undefined).toBe(may)
      if (now) expect(await here.confirm(now, entry())).toBe(true)
    },
  )

  test('a fault while it is written is no confirmation', async () => {
    const people = node()
    const known = (await people.find(key))!
    await register.db.raw('alter table audit_event rename to audit_gone')
    await expect(people.confirm(known, entry())).rejects.toThrow('audit_event')
    await register.db.raw('alter table audit_gone rename to audit_event')
    expect(await people.confirm(known, entry())).toBe(true)
  })

  test('nobody who may not enter is given out, though they were kept', async () => {
    const people = node()
    people.keep({ ...(await people.find(key))!, status: 'suspended' })
    expect(people.lately(key)).toBeUndefined()
  })

  test('a minute later nothing is known of them', async () => {
    const people = node()
    await people.find(key)
    register.clock.advance(59_999)
    expect(people.lately(key)).toBeDefined()
    register.clock.advance(1)
    expect(people.lately(key)).toBeUndefined()
  })

  test('of more than there is room for, those are forgotten who were read longest ago', async () => {
    const people = node(2)
    const keys = await Promise.all(PEOPLE.map(async (code) => (await register.person('TH', code)).key))
    for (const each of [keys[0]!, keys[1]!, keys[0]!, keys[2]!]) await people.find(each)
    expect(keys.map((each) => people.lately(each) !== undefined)).toEqual([true, false, true])
  })
})
