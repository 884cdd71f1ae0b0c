import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { type Db, rows, transaction } from '../../src/platform/db.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRing, type Ring } from '../../src/signing/ring.ts'
import { openRotation, type Rotation } from '../../src/signing/rotation.ts'
import type { Algorithm, Vault } from '../../src/signing/vault.ts'
import { waitsOf } from '../../src/signing/waits.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'
import { cutPower } from '../support/power-cuts.ts'

const START = '2026-11-22T00:00:00Z'
const DAY = 24 * 3_600_000
const MINUTE = 60_000
const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })
const by = { actor: { kind: 'operator', name: 'malee' }, why: 'a drill' } as const
const SCHEDULE = { kind: 'service', part: 'schedule' } as const

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = database.db
})
afterAll(() => database.close())

const clock = testClock(START)
let seed = 0
let vault: Vault
let ring: Ring
let rotation: Rotation
let first: string
/** With which algorithms agencies want their tokens signed, beside ES256. */
let asked: readonly Algorithm[]
beforeEach(async () => {
  asked = []
  clock.set(START)
  const audit = openAuditLog({ sealer: testSealer('audit'), clock, random: testRandom(`rotation ${++seed}`) })
  vault = openDatabaseVault({ db, sealer: testSealer('signing'), clock })
  ring = openRing({ db, vaults: [vault], audit, clock })
  rotation = openRotation({ vaults: [vault], audit, clock, waits, parties: async () => asked.map(partyOf) })
  first = (await ring.enterFirstKey(db, by.actor, true))!
})
afterEach(async () => {
  await rows(db, 'truncate signing_key, signing_private, key_schedule, audit_event cascade')
})

const partyOf = (alg: Algorithm) => ({ client: `site-${alg}`, agency: `agency-${alg}`, alg })
const states = async () =>
  Object.fromEntries((await rotation.list(db)).map(({ life }) => [life.kid, life.state] as const))
const audited = async (type: string) =>
  (await rows<{ n: number }>(db, 'select count(*)::int as n from audit_event where type = ?', [type]))[0]!.n
const published = async () => {
  await ring.refresh()
  return ring.jwks().keys.map(({ kid }) => kid)
}
const kidOf = (done: Awaited<ReturnType<Rotation['announce']>>): string => {
  if (!done.ok) throw new Error(done.because)
  return done.kid
}

describe('the waits', () => {
  test('are computed from what others may keep', () => {
    expect(waits).toEqual({ announced: 665_000, retiring: 365_000, retired: 30 * DAY })
  })
})

describe('a key by an operator’s hand', () => {
  test('is shown before it signs, signs alone, goes on verifying, leaves the key set, and is destroyed', async () => {
    const next = kidOf(await rotation.announce(db, by))
    expect(await published()).toEqual([first, next])
    expect(ring.keys()[0]).toMatchObject({ kid: first, state: 'signing' })

    clock.advance(waits.announced - 1)
    expect(await rotation.promote(db, undefined, by)).toEqual({
      ok: false,
      because: 'too-early',
      until: clock.now() + 1,
    })
    clock.advance(1)
    expect(await rotation.promote(db, undefined, by)).toEqual({ ok: true, kid: next })
    expect(await published()).toEqual([next, first])
    expect(ring.keys().map(({ state, sign }) => [state, sign !== undefined])).toEqual([
      ['signing', true],
      ['retiring', false],
    ])

    clock.advance(waits.retiring - 1)
    expect(await rotation.retire(db, first, by)).toMatchObject({ ok: false, because: 'too-early' })
    clock.advance(1)
    expect(await rotation.retire(db, first, by)).toEqual({ ok: true, kid: first })
    expect(await published()).toEqual([next])
    expect(ring.keys().map(({ kid }) => kid)).toEqual([next, first])

    clock.advance(waits.retired)
    expect(await rotation.advance(db, SCHEDULE)).toEqual([{ kid: first, did: 'removed' }])
    expect(await states()).toEqual({ [first]: 'removed', [next]: 'signing' })
    await ring.refresh()
    expect(ring.keys().map(({ kid }) => kid)).toEqual([next])
    expect(await vault.signer(first)).toBeUndefined()
    for (const type of ['key.created', 'key.announced', 'key.promoted', 'key.retired', 'key.removed'])
      expect([type, await audited(type)]).toEqual([type, 1])
  })

  test('in an emergency skips the wait, and says until when that hurts', async () => {
    const next = kidOf(await rotation.announce(db, by))
    const until = clock.now() + waits.announced
    expect(await rotation.promote(db, next, { ...by, emergency: true })).toEqual({
      ok: true,
      kid: next,
      breaksUntil: until,
    })
    const last = clock.now() + waits.retiring
    expect(await rotation.retire(db, first, { ...by, emergency: true })).toEqual({
      ok: true,
      kid: first,
      breaksUntil: last,
    })
  })

  test('is refused what does not lead on from where it is, and nothing changes', async () => {
    expect(await rotation.promote(db, undefined, by)).toEqual({ ok: false, because: 'unknown' })
    expect(await rotation.promote(db, first, by)).toEqual({ ok: false, because: 'state', state: 'signing' })
    expect(await rotation.retire(db, first, { ...by, emergency: true })).toMatchObject({ because: 'state' })
    const next = kidOf(await rotation.announce(db, by))
    expect(await rotation.announce(db, by)).toEqual({ ok: false, because: 'announced', kid: next })
    expect(await states()).toEqual({ [first]: 'signing', [next]: 'announced' })
  })

  test('is announced once however many ask at the same time', async () => {
    const asked = await Promise.all(Array.from({ length: 8 }, () => rotation.announce(db, by)))
    expect(asked.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await published()).toHaveLength(2)
  })
})

describe('a key that leaked', () => {
  test('is out of the ring at once, and the announced one signs in its place', async () => {
    const next = kidOf(await rotation.announce(db, by))
    clock.advance(5 * MINUTE)
    const done = await rotation.revoke(db, first, by)
    const from = Date.parse(START)
    expect(done).toEqual({ kid: first, successor: next, signed: { from, to: clock.now() }, clients: [] })
    expect(await published()).toEqual([next])
    expect(ring.keys().map(({ kid }) => kid)).toEqual([next])
    await ring.check()
    // Not before the step has been committed: the vault knows no way back.
    expect(await vault.signer(first)).toBeDefined()
    await rotation.clear(db)
    expect(await vault.signer(first)).toBeUndefined()
    expect(await audited('key.revoked')).toBe(1)
  })

  test('is followed by a new one where none was announced', async () => {
    const done = await rotation.revoke(db, first, by)
    expect(done).toMatchObject({ kid: first, successor: expect.stringMatching(/^[\w-]{43}$/) })
    expect(await published()).toEqual(['successor' in done ? done.successor : ''])
    await ring.check()
  })

  test('can be one that no longer signs, and is revoked once', async () => {
    const next = kidOf(await rotation.announce(db, by))
    clock.advance(waits.announced)
    await rotation.promote(db, next, by)
    expect(await rotation.revoke(db, first, by)).toEqual({
      kid: first,
      signed: { from: Date.parse(START), to: clock.now() },
      clients: [],
    })
    expect(await published()).toEqual([next])
    expect(await rotation.revoke(db, first, by)).toEqual({ because: 'state', state: 'removed' })
    expect(await rotation.revoke(db, 'nobody', by)).toEqual({ because: 'unknown' })
  })
})

describe('the schedule', () => {
  const life = async (until: number, step = 30 * MINUTE) => {
    const did: [number, string][] = []
    for (; clock.now() < until; clock.advance(step))
      for (const each of await rotation.advance(db, SCHEDULE)) did.push([clock.now(), each.did])
    return did
  }

  test('does it all unattended: a new key every ninety days, shown a week before, the old ones cleared away', async () => {
    const start = clock.now()
    const did = await life(start + 200 * DAY, 6 * 3_600_000)
    const day = (at: number) => Math.round((at - start) / DAY)
    expect(did.map(([at, what]) => [day(at), what])).toEqual([
      [83, 'announced'],
      [90, 'promoted'],
      [91, 'retired'],
      [121, 'removed'],
      [173, 'announced'],
      [180, 'promoted'],
      [181, 'retired'],
    ])
    const all = Object.values(await states()).toSorted()
    expect(all).toEqual(['removed', 'retired', 'signing'])
    await ring.refresh()
    await ring.check()
  })

  test('keeps every wait also where it was late for everything', async () => {
    clock.advance(400 * DAY)
    expect((await rotation.advance(db, SCHEDULE)).map(({ did }) => did)).toEqual(['announced'])
    clock.advance(waits.announced - 1)
    expect(await rotation.advance(db, SCHEDULE)).toEqual([])
    clock.advance(1)
    expect((await rotation.advance(db, SCHEDULE)).map(({ did }) => did)).toEqual(['promoted'])
  })

  test('stops where it is told to, and leaves an announced key to the operator', async () => {
    await rotation.setSchedule(db, 0, by)
    await rotation.announce(db, by)
    expect(await life(clock.now() + 2 * DAY)).toEqual([])
    expect(await rotation.schedule(db)).toEqual({ days: 0 })
    expect(await audited('key.schedule-set')).toBe(1)
  })

  test('takes each step once, on however many nodes it runs', async () => {
    clock.advance(90 * DAY)
    const done = await Promise.all(Array.from({ length: 6 }, () => rotation.advance(db, SCHEDULE)))
    expect(done.flat().map(({ did }) => did)).toEqual(['announced'])
  })

  test('tells agencies what comes next', async () => {
    const start = clock.now()
    expect(await rotation.calendar(db)).toEqual([
      { at: start + 83 * DAY, alg: 'ES256', event: 'announce' },
      { at: start + 90 * DAY, alg: 'ES256', event: 'sign' },
    ])
    clock.advance(83 * DAY)
    await rotation.advance(db, SCHEDULE)
    const dates = await rotation.calendar(db)
    expect(dates).toEqual([{ at: start + 90 * DAY, alg: 'ES256', event: 'sign', kid: expect.any(String) }])
    await rotation.setSchedule(db, 0, by)
    expect((await rotation.calendar(db)).map(({ event }) => event)).toEqual(['sign'])
  })
})

describe('an algorithm that an agency asks for', () => {
  const keysOf = async (alg: Algorithm) =>
    (await rotation.list(db)).filter(({ life }) => life.alg === alg).map(({ life }) => life.state)

  test('has a first key announced, which signs by itself when everybody may have fetched it', async () => {
    await rotation.setSchedule(db, 0, by)
    const from = clock.now() + waits.announced
    expect(await rotation.provide(db, ['PS256', 'ES256'], by)).toEqual([{ alg: 'PS256', from }])
    asked = ['PS256']
    expect(await rotation.provide(db, ['PS256'], by)).toEqual([{ alg: 'PS256', from }])
    await ring.refresh()
    const site = { client: 'site-PS256', alg: 'PS256' as const }
    expect(ring.keyFor(site)).toMatchObject({ kid: first, alg: 'ES256' })
    clock.set(new Date(from - 1).toISOString())
    expect(await rotation.advance(db, SCHEDULE)).toEqual([])
    clock.advance(1)
    expect(await rotation.advance(db, SCHEDULE)).toEqual([{ kid: expect.any(String), did: 'promoted' }])
    await ring.refresh()
    expect(ring.keyFor(site)).toMatchObject({ alg: 'PS256', publicJwk: { kty: 'RSA' } })
    expect(ring.keyFor({ client: 'other', alg: 'ES256' })?.kid).toBe(first)
    await ring.check(site)
    expect(await rotation.provide(db, ['PS256'], by)).toEqual([{ alg: 'PS256' }])
    expect(await audited('key.announced')).toBe(1)
  })

  test('has a line of its own: what is done to one leaves the others alone', async () => {
    asked = ['EdDSA']
    await rotation.advance(db, SCHEDULE)
    clock.advance(waits.announced)
    await rotation.advance(db, SCHEDULE)
    const next = kidOf(await rotation.announce(db, by, 'EdDSA'))
    expect(await rotation.announce(db, by, 'EdDSA')).toMatchObject({ because: 'announced' })
    const other = kidOf(await rotation.announce(db, by))
    clock.advance(waits.announced)
    const several = expect.arrayContaining([next, other])
    expect(await rotation.promote(db, undefined, by)).toMatchObject({ because: 'several', kids: several })
    await rotation.promote(db, next, by)
    expect(await keysOf('EdDSA')).toEqual(['signing', 'retiring'])
    expect(await keysOf('ES256')).toEqual(['announced', 'signing'])
    const done = await rotation.revoke(db, next, by)
    const successor = 'successor' in done ? done.successor : undefined
    expect((await rotation.list(db)).find(({ life }) => life.kid === successor)?.life.alg).toBe('EdDSA')
    expect(await keysOf('ES256')).toEqual(['announced', 'signing'])
    expect(await rotation.faults(db)).toEqual([])
  })

  test('and that nobody asks for any more has its keys cleared away, step by step', async () => {
    asked = ['PS256']
    await rotation.advance(db, SCHEDULE)
    clock.advance(waits.announced)
    await rotation.advance(db, SCHEDULE)
    await rotation.announce(db, by, 'PS256')
    asked = []
    expect((await rotation.advance(db, SCHEDULE)).map(({ did }) => did)).toEqual(['withdrawn', 'withdrawn'])
    expect(await keysOf('PS256')).toEqual(['removed', 'retiring'])
    clock.advance(waits.retiring)
    await rotation.advance(db, SCHEDULE)
    clock.advance(waits.retired)
    await rotation.advance(db, SCHEDULE)
    expect(await keysOf('PS256')).toEqual(['removed', 'removed'])
    expect(await audited('key.withdrawn')).toBe(2)
  })

  test('but that the vault makes no keys for is refused with a sentence, and stops no other rotation', async () => {
    const lacking = { ...vault, lacks: async (alg: Algorithm) => (alg === 'EdDSA' ? 'the module has none' : undefined) }
    const audit = openAuditLog({ sealer: testSealer('audit'), clock, random: testRandom(`lacking ${++seed}`) })
    const parties = async () => asked.map(partyOf)
    const other = openRotation({ vaults: [lacking], audit, clock, waits, parties })
    const refused = [{ alg: 'EdDSA', lacks: 'the module has none' }]
    expect(await other.provide(db, ['EdDSA', 'PS256'], by)).toEqual(refused)
    expect(await other.announce(db, by, 'EdDSA')).toEqual({ ok: false, because: 'lacking', why: 'the module has none' })
    asked = ['EdDSA']
    clock.advance(83 * DAY)
    expect((await other.advance(db, SCHEDULE)).map(({ did }) => did)).toEqual(['announced'])
    expect(await keysOf('EdDSA')).toEqual([])
    expect(await other.faults(db)).toEqual([
      'No key signs with EdDSA.',
      "Agencies ask for what can't be made anew: the module has none.",
    ])
  })
})

describe('a power cut', () => {
  test('between any two statements leaves the ring in a named state, with one key that signs', async () => {
    const next = kidOf(await rotation.announce(db, by))
    clock.advance(waits.announced)
    // The transaction of a step, cut off at its very end: nothing of it is there.
    const cut = new Error('the power went')
    for (const step of [
      (tx: Db) => rotation.promote(tx, next, by),
      (tx: Db) => rotation.announce(tx, by),
      (tx: Db) => rotation.advance(tx, SCHEDULE),
    ]) {
      await expect(
        transaction(db, async (tx) => {
          await step(tx)
          throw cut
        }),
      ).rejects.toBe(cut)
      expect(await states()).toEqual({ [first]: 'signing', [next]: 'announced' })
    }
    // Cut off after a removal was committed and before the private half was destroyed: the next look does it.
    await rows(db, 'update signing_key set retired_at = now(), removed_at = now(), signing_at = null where kid = ?', [
      next,
    ])
    expect(await vault.signer(next)).toBeDefined()
    await rotation.advance(db, SCHEDULE)
    expect(await vault.signer(next)).toBeUndefined()
  })

  // At every word of every step: test/long/key-power-cuts.
  test('of a process that is killed while it revokes the key that signs leaves no trace of that key', async () => {
    const { revoke } = await cutPower(database.url, '', ['revoke'], 4)
    expect(revoke).toBeGreaterThan(2)
  }, 120_000)
})
