import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Entry } from '../../src/audit/entry.ts'
import { openAuditLog } from '../../src/audit/log.ts'
import { clientId, personKey } from '../../src/identity/identifiers.ts'
import { atOnce } from '../../src/platform/at-once.ts'
import { pause } from '../../src/platform/clock.ts'
import { type Db, rows } from '../../src/platform/db.ts'
import { type Closing, openClosing } from '../../src/sessions/closing.ts'
import { type LiveSessions, type Notice, openLiveSessions, refOf, type Seen } from '../../src/sessions/live.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { countStatements } from '../support/statements.ts'

// The list of sessions over PostgreSQL, and its being kept in step with a store that is a plain map here.

const MINUTE = 60_000
const IDLE = 30 * MINUTE
const SOMCHAI = personKey('11111111-1111-4111-8111-111111111111')
const MALEE = personKey('22222222-2222-4222-8222-222222222222')
const OPERATOR = { kind: 'operator', name: 'test' } as const

const clock = testClock()
let database: TestDatabase
let live: LiveSessions
let closing: Closing
let db: Db
let told: Notice[]
/** Sessions whose agencies may hear of it now. */
let released: string[]
/** What the sessions store has, by uid: until when, in epoch milliseconds. */
let stored: Map<string, number>
let forgotten: string[]
let storeDown: boolean

beforeAll(async () => {
  database = await testDatabase()
  db = database.db
  const random = testRandom('live')
  live = openLiveSessions({
    audit: openAuditLog({ sealer: testSealer(), clock, random }),
    clock,
    sealer: testSealer('sessions'),
    tell: async (_tx, notices) => void told.push(...notices),
    ended: async (_db, refs) => void released.push(...refs),
  })
  closing = openTheClosing(db)
})
afterAll(() => database.close())

const answer = <T>(value: T): Promise<T> =>
  storeDown ? Promise.reject(new Error('the store does not answer')) : Promise.resolve(value)

function openTheClosing(on: Db): Closing {
  return openClosing({
    db: on,
    live,
    lifeOf: (uid) => {
      const end = stored.get(uid)
      return answer(end !== undefined && end > clock.now() ? { idleEndsAt: end, endsAt: end + IDLE } : undefined)
    },
    async forget(uid) {
      await answer(undefined)
      stored.delete(uid)
      forgotten.push(uid)
    },
    onFault: () => undefined,
  })
}

beforeEach(async () => {
  for (const table of ['live_session', 'live_session_party', 'audit_event']) await rows(db, `delete from ${table}`)
  told = []
  released = []
  stored = new Map()
  forgotten = []
  storeDown = false
})

function seen(uid: string, client?: string, more: Partial<Seen> = {}): Seen {
  const idleEndsAt = clock.now() + IDLE
  stored.set(uid, Math.max(stored.get(uid) ?? 0, idleEndsAt))
  const party = client === undefined ? {} : { party: { client: clientId(client), sid: `sid ${client}` } }
  const at = { person: SOMCHAI, acr: 'low', amr: ['otp', 'totp'], device: 'Firefox · Android' } as const
  return { uid, ...at, idleEndsAt, endsAt: clock.now() + 12 * 60 * MINUTE, ...party, ...more }
}

const entry = (type: Entry['type']): Entry => ({ type, actor: { kind: 'citizen', person: SOMCHAI }, person: SOMCHAI })
const audited = async () =>
  (await rows<{ type: string }>(db, 'select type from audit_event order by id')).map(({ type }) => type)
const clients = (notices: readonly Notice[]) => notices.map(({ client }) => client).toSorted()
const left = async () =>
  (
    await rows<{ n: number }>(
      db,
      'select ((select count(*) from live_session) + (select count(*) from live_session_party))::int as n',
    )
  ).map(({ n }) => n)

describe('a session', () => {
  test.each([
    ['is written', true],
    ['comes to nothing', false],
  ])(
    'that came to nothing is on no list, also when what lists it is still under way and then %s',
    async (_what, writes) => {
      const other = database.another()
      const tx = await other.transaction()
      await live.note(tx, seen('late', 'tax'))
      const state = { over: false }
      const unlisted = live.unlist(db, 'late').finally(() => {
        state.over = true
      })
      const HELD_UP = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
      while (!state.over && (await rows(other, HELD_UP)).length === 0) await pause(5)
      if (writes) await tx.commit()
      else await tx.rollback()
      await unlisted
      expect(await left()).toEqual([0])
    },
  )

  test('that has ended meanwhile stays to be told of, though it came to nothing', async () => {
    await live.note(db, seen('one', 'tax'))
    await live.end(db, refOf('one'), 'operator', OPERATOR)
    await live.unlist(db, 'one')
    expect((await live.unsettled(db)).map(({ ref }) => ref)).toEqual([refOf('one')])
  })

  test('that begins with another act is listed as any, and not at all where that act is not done', async () => {
    const begins = (uid: string) => {
      const party = { client: clientId('tax'), sid: 'sid tax' }
      return live.begin({ ...seen(uid), party }, entry('code.issued'))
    }
    const act = (holds: boolean) => ({ sql: `select 1 where ${holds} and {only}`, values: [] })
    expect(await atOnce(db, { when: [act(false)], acts: begins('never') })).toBeUndefined()
    expect([await left(), await audited()]).toEqual([[0], []])
    await atOnce(db, { when: [act(true)], acts: begins('one') })
    await live.note(db, seen('two', 'tax'), entry('code.issued'))
    const [one, two] = await live.listOf(db, SOMCHAI)
    expect(new Set([one?.ref, two?.ref])).toEqual(new Set([refOf('one'), refOf('two')]))
    expect({ ...one, ref: '' }).toEqual({ ...two, ref: '' })
    expect(await audited()).toEqual(['code.issued', 'code.issued'])
  })

  test('is listed with the act that it comes from, in one statement, and the acts keep their order', async () => {
    const statements = countStatements(db)
    await live.note(db, seen('one', 'tax'), entry('sign-in.single-sign-on'), entry('code.issued'))
    expect(statements.count()).toBe(1)
    statements.stop()
    expect(await audited()).toEqual(['sign-in.single-sign-on', 'code.issued'])
    const now = new Date(clock.now())
    expect(await live.listOf(db, SOMCHAI)).toEqual([
      {
        ref: refOf('one'),
        person: SOMCHAI,
        acr: 'low',
        amr: ['otp', 'totp'],
        device: 'Firefox · Android',
        startedAt: now,
        seenAt: now,
        idleEndsAt: new Date(clock.now() + IDLE),
        endsAt: new Date(clock.now() + 12 * 60 * MINUTE),
        parties: [{ client: 'tax', sid: 'sid tax', firstAt: now, lastAt: now }],
      },
    ])
  })

  test('is nobody else’s, and each agency has those that were used there', async () => {
    await live.note(db, seen('one', 'tax'))
    await live.note(db, seen('one', 'social', { acr: 'substantial' }))
    await live.note(db, seen('two', 'social', { person: MALEE }))
    await live.note(db, seen('three'))
    expect((await live.listOf(db, MALEE)).map(({ ref }) => ref)).toEqual([refOf('two')])
    const [first] = await live.listAt(db, clientId('tax'))
    expect(first).toMatchObject({ ref: refOf('one'), acr: 'substantial' })
    expect(first!.parties.map(({ client }) => client)).toEqual(['social', 'tax'])
    const both = await live.listAt(db, clientId('social'))
    expect(both.map(({ ref }) => ref)).toEqual([refOf('one'), refOf('two')].toSorted())
    const behind = await live.listAt(db, clientId('social'), { after: both[0]!.ref, most: 5 })
    expect(behind.map(({ ref }) => ref)).toEqual([both[1]!.ref])
    expect((await live.find(db, refOf('three')))?.parties).toEqual([])
    expect(await live.find(db, refOf('four'))).toBeUndefined()
  })

  test('has a name that leads nowhere, and no row tells what the sessions store knows it by', async () => {
    expect(refOf('one')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(refOf('one')).not.toBe(refOf('two'))
    await live.note(db, seen('a-uid-to-look-for', 'tax'))
    const [row] = await rows<{ row: string; uid: Buffer }>(db, 'select s::text as row, uid from live_session s')
    expect(row!.row).not.toContain(Buffer.from('a-uid-to-look-for').toString('hex'))
    expect(row!.uid.includes('a-uid-to-look-for')).toBe(false)
  })
})

describe('the end of a session', () => {
  test('is on record with a notice to each of its agencies, and ends it in the store', async () => {
    await live.note(db, seen('one', 'tax'))
    await live.note(db, seen('one', 'social'))
    expect(await live.end(db, refOf('one'), 'operator', OPERATOR)).toBe('ended')
    expect(told).toEqual([
      { client: 'social', sid: 'sid social', person: SOMCHAI, session: refOf('one'), why: 'operator' },
      { client: 'tax', sid: 'sid tax', person: SOMCHAI, session: refOf('one'), why: 'operator' },
    ])
    expect(await audited()).toEqual(['session.ended'])
    expect(await live.listOf(db, SOMCHAI)).toEqual([])
    expect(released).toEqual([])
    expect(await closing.settle()).toBe(1)
    expect(forgotten).toEqual(['one'])
    expect(released).toEqual([refOf('one')])
    expect(await closing.settle()).toBe(0)
  })

  test('comes once, of fifty who end it at once', async () => {
    await live.note(db, seen('one', 'tax'))
    const answers = await Promise.all(Array.from({ length: 50 }, () => live.end(db, refOf('one'), 'citizen', OPERATOR)))
    expect(answers.toSorted().slice(0, 2)).toEqual(['ended', 'gone'])
    expect(clients(told)).toEqual(['tax'])
    expect(await audited()).toEqual(['session.ended'])
  })

  test('is final for tabs that are on their way to an agency, and no agency that got in is left untold', async () => {
    for (let round = 0; round < 10; round++) {
      const uid = `raced ${round}`
      told = []
      await live.note(db, seen(uid, 'first'))
      await Promise.all([
        ...Array.from({ length: 8 }, (_, n) => live.note(db, seen(uid, `agency-${n}`))),
        live.end(db, refOf(uid), 'signed-out', OPERATOR),
      ])
      expect(await live.find(db, refOf(uid))).toBeUndefined()
      const noted = await rows<{ client: string }>(db, 'select client from live_session_party where ref = ?', [
        refOf(uid),
      ])
      expect(clients(told)).toEqual(noted.map(({ client }) => client).toSorted())
    }
  })

  test('is of all of one person’s at once, and of nobody else’s', async () => {
    for (const uid of ['one', 'two']) await live.note(db, seen(uid, 'tax'))
    await live.note(db, seen('hers', 'tax', { person: MALEE }))
    expect((await live.endAllOf(db, SOMCHAI, 'person-status', OPERATOR)).toSorted()).toEqual(
      [refOf('one'), refOf('two')].toSorted(),
    )
    expect(told).toHaveLength(2)
    expect(await live.listOf(db, MALEE)).toHaveLength(1)
    expect(await live.endAllOf(db, SOMCHAI, 'person-status', OPERATOR)).toEqual([])
  })

  test('reaches the agencies also of a session that was begun before there was a list, once', async () => {
    const known = { person: SOMCHAI, parties: [{ client: clientId('tax') }] }
    expect(await live.end(db, refOf('old'), 'signed-out', OPERATOR, { known })).toBe('ended')
    expect(clients(told)).toEqual(['tax'])
    await live.note(db, seen('one', 'tax'))
    await live.end(db, refOf('one'), 'operator', OPERATOR)
    expect(await live.end(db, refOf('one'), 'signed-out', OPERATOR, { known })).toBe('gone')
    expect(clients(told)).toEqual(['tax', 'tax'])
  })

  test('is not taken back because the store is away: it is ended there as soon as it answers', async () => {
    await live.note(db, seen('one', 'tax'))
    storeDown = true
    await live.end(db, refOf('one'), 'operator', OPERATOR)
    await expect(closing.settle()).rejects.toThrow('does not answer')
    storeDown = false
    expect(await closing.settle()).toBe(1)
    expect(forgotten).toEqual(['one'])
  })

  test('of one agency’s part leaves the others', async () => {
    await live.note(db, seen('one', 'tax'))
    await live.note(db, seen('one', 'social'))
    await live.leave(db, refOf('one'), SOMCHAI, { client: clientId('tax'), sid: 'sid tax' })
    expect(told).toEqual([{ client: 'tax', sid: 'sid tax', person: SOMCHAI, session: refOf('one'), why: 'left' }])
    expect(await audited()).toEqual(['session.left'])
    expect((await live.find(db, refOf('one')))?.parties.map(({ client }) => client)).toEqual(['social'])
  })
})

describe('a session that has lapsed', () => {
  test('is ended on the list, and its agencies hear of it', async () => {
    await live.note(db, seen('one', 'tax'))
    clock.advance(IDLE - 1)
    expect(await closing.lapse()).toBe(0)
    clock.advance(1)
    expect(await closing.lapse()).toBe(1)
    expect(told).toEqual([{ client: 'tax', sid: 'sid tax', person: SOMCHAI, session: refOf('one'), why: 'idle' }])
    expect(await closing.lapse()).toBe(0)
  })

  test('is not one that was used meanwhile, of which the list did not hear', async () => {
    await live.note(db, seen('one', 'tax'))
    clock.advance(20 * MINUTE)
    stored.set('one', clock.now() + IDLE)
    clock.advance(20 * MINUTE)
    expect(await closing.lapse()).toBe(0)
    expect((await live.find(db, refOf('one')))?.idleEndsAt.getTime()).toBe(clock.now() + 10 * MINUTE)
    clock.advance(10 * MINUTE)
    expect(await closing.lapse()).toBe(1)
    expect(told.map(({ why }) => why)).toEqual(['idle'])
  })

  test('ends as too old where use would not have kept it', async () => {
    const end = clock.now() + 10 * MINUTE
    await live.note(db, seen('one', 'tax', { idleEndsAt: end, endsAt: end }))
    stored.delete('one')
    clock.advance(10 * MINUTE)
    expect(await closing.lapse()).toBe(1)
    expect(told.map(({ why }) => why)).toEqual(['absolute'])
  })

  test('is not guessed at while the store does not answer', async () => {
    await live.note(db, seen('one', 'tax'))
    clock.advance(IDLE)
    storeDown = true
    await expect(closing.lapse()).rejects.toThrow('does not answer')
    expect(told).toEqual([])
    expect(await live.listOf(db, SOMCHAI)).toHaveLength(1)
  })

  test('is ended once, by two nodes that look at the same time', async () => {
    for (let n = 0; n < 250; n++) await live.note(db, seen(`session ${n}`, 'tax'))
    clock.advance(IDLE)
    const ended = await Promise.all([closing.lapse(), openTheClosing(database.another()).lapse()])
    expect(ended[0] + ended[1]).toBe(250)
    expect(told).toHaveLength(250)
    expect(new Set(told.map(({ session }) => session)).size).toBe(250)
  })
})

test('no row is left of sessions that ended an hour ago, however many there were', async () => {
  for (const times of [5, 50]) {
    for (let n = 0; n < times; n++) await live.note(db, seen(`${times} ${n}`, 'tax'))
    await live.endAllOf(db, SOMCHAI, 'operator', OPERATOR)
    await closing.settle()
    await live.purge(db)
    expect(await left()).toEqual([2 * times])
    clock.advance(60 * MINUTE + 1)
    await live.purge(db)
    expect(await left()).toEqual([0])
  }
})
