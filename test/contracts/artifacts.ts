import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import type { Artifacts, Kind, SaveSession } from '../../src/sessions/artifacts.ts'

// What every sessions store must do, run by each backend's own test.

export interface Stores {
  readonly here: Artifacts
  /** Another node on the same store. */
  readonly there: Artifacts
  /** Lets so many seconds pass, for the nodes and for the store. */
  pass(seconds: number): Promise<void>
  /** Epoch seconds. */
  now(): number
  close(): Promise<void>
}

const HOUR = 3600
let counter = 0
/** Ids that no other test uses. */
const fresh = (name = 'id'): string => `${name}-${++counter}`

function session(uid: string, changes: Partial<SaveSession> = {}): SaveSession {
  return { uid, id: `${uid}.first`, body: { account: 'a' }, parties: new Map(), ...changes }
}

const several = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

export function artifactsContract(open: () => Promise<Stores>): void {
  let stores: Stores
  let here: Artifacts
  let there: Artifacts
  beforeAll(async () => {
    stores = await open()
    here = stores.here
    there = stores.there
  })
  afterAll(() => stores.close())
  const either = (index: number) => (index % 2 === 0 ? here : there)

  describe('plain records', () => {
    const kinds: Kind[] = [
      'code',
      'access-token',
      'refresh-token',
      'grant',
      'interaction',
      'pushed-request',
      'attempt',
      'card-visit',
      'card-ticket',
      'passkey-question',
    ]

    test.each(kinds)('a %s is found by the other node as it was put, under its own kind only', async (kind) => {
      const id = fresh()
      await here.put(kind, id, { kind, list: [1, 'ก', null], deep: { yes: true } }, 60)
      expect(await there.get(kind, id)).toEqual({ value: { kind, list: [1, 'ก', null], deep: { yes: true } } })
      for (const other of kinds) if (other !== kind) expect(await there.get(other, id)).toBeUndefined()
    })

    test.each<[string, Json]>([
      ['an empty object', {}],
      ['an empty list', []],
      ['empties inside', { a: {}, b: [], c: [[], {}], d: '' }],
      ['null', null],
      ['text that looks like a mark', '0000000000'],
    ])('%s comes back as itself', async (_, value) => {
      const id = fresh()
      await here.put('grant', id, value, 60)
      expect(await here.get('grant', id)).toEqual({ value })
    })

    test('putting again replaces the value and its lifetime', async () => {
      const id = fresh()
      await here.put('interaction', id, 'old', 100)
      await there.put('interaction', id, 'new', 10)
      expect(await here.get('interaction', id)).toEqual({ value: 'new' })
      await stores.pass(11)
      expect(await here.get('interaction', id)).toBeUndefined()
    })

    test('a record that is looked for may be kept longer from then on, used or not', async () => {
      const id = fresh()
      await here.put('interaction', id, 1, 10)
      expect(await there.get('interaction', id, 30)).toEqual({ value: 1 })
      await stores.pass(20)
      expect(await here.get('interaction', id)).toEqual({ value: 1 })
      await here.consume('interaction', id, 5, 10)
      expect(await here.get('interaction', id, 30)).toEqual({ value: 1, consumed: 5 })
      await stores.pass(20)
      expect(await here.get('interaction', id)).toEqual({ value: 1, consumed: 5 })
      await stores.pass(11)
      expect(await here.get('interaction', id, 30)).toBeUndefined()
    })

    test('a record is gone after its ttl, and before that it is there', async () => {
      const id = fresh()
      await here.put('code', id, 1, 30)
      await stores.pass(28)
      expect(await here.get('code', id)).toEqual({ value: 1 })
      await stores.pass(3)
      expect(await here.get('code', id)).toBeUndefined()
    })

    test('a removed record is gone on every node, and removing what is not there is no fault', async () => {
      const id = fresh()
      await here.put('grant', id, 1, 60)
      await there.remove('grant', id)
      await there.remove('grant', id)
      expect(await here.get('grant', id)).toBeUndefined()
    })

    test('what the caller does to a value afterwards does not reach the store', async () => {
      const id = fresh()
      const value = { list: [1] }
      await here.put('grant', id, value, 60)
      value.list.push(2)
      const found = (await here.get('grant', id))!.value as { list: number[] }
      found.list.push(3)
      expect(await here.get('grant', id)).toEqual({ value: { list: [1] } })
    })

    test('a lifetime that is no number is a fault, a fraction of a second is a second', async () => {
      await expect(here.put('grant', fresh(), 1, Number.NaN)).rejects.toThrow('lifetime')
      const id = fresh()
      await here.put('grant', id, 1, 0.2)
      expect(await here.get('grant', id)).toEqual({ value: 1 })
    })
  })

  describe('one-time use', () => {
    test.each<Kind>(['code', 'refresh-token', 'pushed-request'])(
      'of 50 parallel users of one %s on two nodes exactly one gets it, twenty times over',
      async (kind) => {
        for (let round = 0; round < 20; round++) {
          const id = fresh()
          await here.put(kind, id, round, 60)
          const outcomes = await several(50, (index) => either(index).consume(kind, id, stores.now(), 60))
          expect(outcomes.filter((outcome) => outcome === 'consumed')).toHaveLength(1)
          expect(outcomes.filter((outcome) => outcome === 'already')).toHaveLength(49)
        }
      },
    )

    test('of 50 parallel bearers of one assertion exactly one is the first, twenty times over', async () => {
      for (let round = 0; round < 20; round++) {
        const id = fresh()
        const firsts = await several(50, (index) => either(index).once(id, 60))
        expect(firsts.filter((first) => first)).toHaveLength(1)
      }
    })

    test('a one-time marker holds for its ttl, then the name is free again', async () => {
      const id = fresh()
      expect(await here.once(id, 60)).toBe(true)
      await stores.pass(58)
      expect(await there.once(id, 60)).toBe(false)
      await stores.pass(3)
      expect(await there.once(id, 60)).toBe(true)
    })

    test('what never existed cannot be used', async () => {
      expect(await here.consume('code', fresh(), stores.now(), 60)).toBe('missing')
    })

    test('a used record is still found, with the second of its first use', async () => {
      const id = fresh()
      const at = stores.now()
      await here.put('code', id, 'grant', 60)
      await here.consume('code', id, at + 0.7, 60)
      await there.consume('code', id, at + 5, 60)
      expect(await there.get('code', id)).toEqual({ value: 'grant', consumed: at })
    })

    test('the mark of use outlives the record by as long as the user asked', async () => {
      const id = fresh()
      await here.put('code', id, 'grant', 30)
      expect(await here.consume('code', id, stores.now(), 600)).toBe('consumed')
      await stores.pass(590)
      expect(await there.consume('code', id, stores.now(), 600)).toBe('already')
      expect((await there.get('code', id))?.value).toBe('grant')
      await stores.pass(11)
      expect(await there.consume('code', id, stores.now(), 600)).toBe('missing')
    })

    test('a short keep does not shorten the life of the record', async () => {
      const id = fresh()
      await here.put('refresh-token', id, 1, HOUR)
      await here.consume('refresh-token', id, stores.now(), 10)
      await stores.pass(HOUR / 2)
      expect(await here.consume('refresh-token', id, stores.now(), 10)).toBe('already')
    })

    test('putting a used record again changes its value but neither its mark nor how long the mark is kept', async () => {
      const id = fresh()
      const at = stores.now()
      await here.put('pushed-request', id, 'old', 30)
      await here.consume('pushed-request', id, at, 600)
      await there.put('pushed-request', id, 'new', 5)
      expect(await here.get('pushed-request', id)).toEqual({ value: 'new', consumed: at })
      await stores.pass(500)
      expect(await here.consume('pushed-request', id, stores.now(), 60)).toBe('already')
    })
  })

  describe('sessions', () => {
    test('a session is found by its id and by its uid, on the other node, as it was saved', async () => {
      const uid = fresh('uid')
      const parties = new Map<string, Json>([
        ['tax', {}],
        ['health', []],
        ['ที่ดิน', { grant: 'g', empty: { list: [] } }],
      ])
      const saved = session(uid, { parties, body: { account: 'a', amr: [], extra: {} } })
      expect(await here.saveSession(saved, HOUR)).toBe('saved')
      const expected = { uid, id: saved.id, body: saved.body, parties }
      expect(await there.findSession(saved.id)).toEqual(expected)
      expect(await there.findSessionByUid(uid)).toEqual(expected)
    })

    test('an id that shares only the uid finds nothing, nor does anything malformed', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), HOUR)
      for (const id of [`${uid}.other`, `${uid}.`, uid, '', '.', `.${uid}`, `${uid}.first `, 'x'.repeat(100_000)])
        expect(await here.findSession(id)).toBeUndefined()
      expect(await here.findSessionByUid('')).toBeUndefined()
    })

    test('an id that does not begin with the uid is a fault', async () => {
      await expect(here.saveSession(session('one', { id: 'two.first' }), HOUR)).rejects.toThrow('begin with its uid')
      await expect(here.saveSession(session('a.b', { id: 'a.b.c' }), HOUR)).rejects.toThrow('begin with its uid')
    })

    test('a session is gone after its ttl, and each save gives it a new one', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), 60)
      await stores.pass(50)
      await here.saveSession(session(uid), 60)
      await stores.pass(50)
      expect(await here.findSessionByUid(uid)).toBeDefined()
      await stores.pass(11)
      expect(await here.findSessionByUid(uid)).toBeUndefined()
      expect(await here.findSession(`${uid}.first`)).toBeUndefined()
    })

    test('a session may be prolonged without its body, until the next save or its end', async () => {
      const uid = fresh('uid')
      const prolong = (ttl: number) => there.prolongSession(uid, 2_000_000_000, ttl)
      await here.saveSession(session(uid), 60)
      await stores.pass(50)
      expect([await prolong(60), await prolong(1)]).toEqual([true, true])
      await stores.pass(50)
      expect(await here.findSessionByUid(uid)).toMatchObject({ id: `${uid}.first`, until: 2_000_000_000 })
      await here.saveSession(session(uid), 60)
      expect(await there.findSessionByUid(uid)).not.toHaveProperty('until')
      await here.endSession(uid, HOUR)
      expect([await prolong(60), await here.findSessionByUid(uid)]).toEqual([false, undefined])
    })

    test.each([2, 10, 50])('%d tabs that visit their agencies at once all stay in the session', async (tabs) => {
      for (let round = 0; round < 10; round++) {
        const uid = fresh('uid')
        await here.saveSession(session(uid, { parties: new Map([['first', { grant: 0 }]]) }), HOUR)
        await several(tabs, async (index) => {
          const loaded = (await either(index).findSession(`${uid}.first`))!
          const parties = new Map(loaded.parties).set(`agency-${index}`, { grant: index })
          expect(await either(index).saveSession({ ...loaded, parties }, HOUR)).toBe('saved')
        })
        expect((await here.findSessionByUid(uid))!.parties.size).toBe(tabs + 1)
      }
    })

    test('a tab that loaded an entry before it changed does not write the old value back', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid, { parties: new Map([['tax', { grant: 'old' }]]) }), HOUR)
      const late = (await here.findSessionByUid(uid))!
      await there.saveSession(session(uid, { parties: new Map([['tax', { grant: 'new' }]]) }), HOUR)
      await here.saveSession({ ...late, parties: new Map(late.parties).set('health', { grant: 'h' }) }, HOUR)
      expect((await here.findSessionByUid(uid))!.parties).toEqual(
        new Map([
          ['tax', { grant: 'new' }],
          ['health', { grant: 'h' }],
        ]),
      )
    })

    test('an entry may change as often as it likes', async () => {
      const uid = fresh('uid')
      for (let grant = 0; grant < 20; grant++) {
        await either(grant).saveSession(session(uid, { parties: new Map([['tax', { grant }]]) }), HOUR)
        expect((await here.findSessionByUid(uid))!.parties.get('tax')).toEqual({ grant })
      }
    })

    test('leaving one service takes its entry away, and a late tab does not bring it back', async () => {
      const uid = fresh('uid')
      const parties = new Map([
        ['tax', { grant: 't' }],
        ['health', { grant: 'h' }],
      ])
      await here.saveSession(session(uid, { parties }), HOUR)
      const late = (await there.findSessionByUid(uid))!
      const rest = new Map([['health', { grant: 'h' }]])
      await here.saveSession(
        session(uid, { id: `${uid}.second`, parties: rest, dropped: ['tax'], replaces: { id: late.id, grace: 0 } }),
        HOUR,
      )
      await there.saveSession(late, HOUR)
      expect([...(await here.findSessionByUid(uid))!.parties.keys()]).toEqual(['health'])
      await here.saveSession(
        session(uid, { id: `${uid}.second`, parties: new Map([['tax', { grant: 'again' }]]) }),
        HOUR,
      )
      expect((await here.findSessionByUid(uid))!.parties.get('tax')).toEqual({ grant: 'again' })
    })
  })

  describe('rotation', () => {
    const rotate = (uid: string, from: string, to: string, grace: number, changes: Partial<SaveSession> = {}) =>
      session(uid, { id: `${uid}.${to}`, replaces: { id: `${uid}.${from}`, grace }, ...changes })

    test('without grace the old id dies at once', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), HOUR)
      await here.saveSession(rotate(uid, 'first', 'second', 0), HOUR)
      expect(await there.findSession(`${uid}.first`)).toBeUndefined()
      expect((await there.findSession(`${uid}.second`))!.id).toBe(`${uid}.second`)
    })

    test('within its grace the old id finds the session and its current id, afterwards nothing', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), HOUR)
      await here.saveSession(rotate(uid, 'first', 'second', 30), HOUR)
      expect((await there.findSession(`${uid}.first`))!.id).toBe(`${uid}.second`)
      await stores.pass(29)
      expect((await there.findSession(`${uid}.first`))!.id).toBe(`${uid}.second`)
      await stores.pass(2)
      expect(await there.findSession(`${uid}.first`)).toBeUndefined()
      expect(await there.findSession(`${uid}.second`)).toBeDefined()
    })

    test('a rotation without grace also ends the grace of the ids before', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), HOUR)
      await here.saveSession(rotate(uid, 'first', 'second', 30), HOUR)
      await here.saveSession(rotate(uid, 'second', 'third', 0), HOUR)
      expect(await here.findSession(`${uid}.first`)).toBeUndefined()
      expect(await here.findSession(`${uid}.second`)).toBeUndefined()
      expect(await here.findSession(`${uid}.third`)).toBeDefined()
    })

    test('a save under a replaced id merges its entries and changes neither the id nor the body', async () => {
      for (const grace of [0, 30]) {
        const uid = fresh('uid')
        await here.saveSession(session(uid), HOUR)
        const late = (await there.findSession(`${uid}.first`))!
        await here.saveSession(rotate(uid, 'first', 'second', grace, { body: { account: 'proved' } }), HOUR)
        expect(await there.saveSession({ ...late, parties: new Map([['tax', { grant: 't' }]]) }, HOUR)).toBe('saved')
        const found = (await here.findSession(`${uid}.second`))!
        expect(found).toEqual({
          uid,
          id: `${uid}.second`,
          body: { account: 'proved' },
          parties: new Map([['tax', { grant: 't' }]]),
        })
        expect((await here.findSession(`${uid}.first`)) !== undefined).toBe(grace > 0)
      }
    })

    test('of two tabs that rotate at once one id leads, and the other lives only as long as what it replaced', async () => {
      for (const grace of [0, 30]) {
        const uid = fresh('uid')
        await here.saveSession(session(uid), HOUR)
        await here.saveSession(rotate(uid, 'first', 'second', grace, { parties: new Map([['tax', 1]]) }), HOUR)
        await there.saveSession(rotate(uid, 'first', 'third', grace, { parties: new Map([['health', 2]]) }), HOUR)
        const found = (await here.findSessionByUid(uid))!
        expect(found.id).toBe(`${uid}.second`)
        expect([...found.parties.keys()].toSorted()).toEqual(['health', 'tax'])
        expect((await here.findSession(`${uid}.third`))?.id).toBe(grace > 0 ? `${uid}.second` : undefined)
        await stores.pass(31)
        expect(await here.findSession(`${uid}.third`)).toBeUndefined()
      }
    })

    test('a hundred rotations keep the session small and alive', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid, { id: `${uid}.0` }), HOUR)
      for (let turn = 1; turn <= 100; turn++)
        await either(turn).saveSession(rotate(uid, String(turn - 1), String(turn), 1000), HOUR)
      expect(await here.findSession(`${uid}.100`)).toBeDefined()
      expect(await here.findSession(`${uid}.99`)).toBeDefined()
      expect(await here.findSession(`${uid}.50`)).toBeUndefined()
    })
  })

  describe('signing out', () => {
    test('an ended session is found by nothing and cannot be saved again, under no id', async () => {
      const uid = fresh('uid')
      await here.saveSession(session(uid), HOUR)
      await there.endSession(uid, HOUR)
      expect(await here.findSession(`${uid}.first`)).toBeUndefined()
      expect(await here.findSessionByUid(uid)).toBeUndefined()
      expect(await here.saveSession(session(uid), HOUR)).toBe('ended')
      expect(
        await here.saveSession(session(uid, { id: `${uid}.x`, replaces: { id: `${uid}.first`, grace: 9 } }), HOUR),
      ).toBe('ended')
      expect(await here.findSessionByUid(uid)).toBeUndefined()
    })

    test('a tab that is finishing its sign-in never undoes a sign-out, 200 times over', async () => {
      let undone = 0
      for (let round = 0; round < 200; round++) {
        const uid = fresh('uid')
        await here.saveSession(session(uid), HOUR)
        await several(6, async (index) => {
          if (index === round % 6) return either(round).endSession(uid, HOUR)
          const rotating = { id: `${uid}.tab${index}`, replaces: { id: `${uid}.first`, grace: index % 2 } }
          await either(index).saveSession(session(uid, index < 3 ? rotating : {}), HOUR)
        })
        if (await here.findSessionByUid(uid)) undone++
        for (const id of ['first', 'tab0', 'tab1', 'tab2']) if (await here.findSession(`${uid}.${id}`)) undone++
      }
      expect(undone).toBe(0)
    })

    test('the sign-out is remembered as long as was asked', async () => {
      const uid = fresh('uid')
      await here.endSession(uid, 600)
      await stores.pass(590)
      expect(await there.saveSession(session(uid), HOUR)).toBe('ended')
      await stores.pass(11)
      expect(await there.saveSession(session(uid), HOUR)).toBe('saved')
    })

    test('ending one session leaves the others alone', async () => {
      const [one, two] = [fresh('uid'), fresh('uid')]
      await here.saveSession(session(one), HOUR)
      await here.saveSession(session(two), HOUR)
      await here.endSession(one, HOUR)
      expect(await here.findSessionByUid(two)).toBeDefined()
    })
  })

  test('a store that answers says so', async () => {
    await expect(here.check()).resolves.toBeUndefined()
  })
}
