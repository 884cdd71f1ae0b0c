import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { openAuditLog } from '../../src/audit/log.ts'
import { type Db, rows } from '../../src/platform/db.ts'
import { openDatabaseVault } from '../../src/signing/database-vault.ts'
import { openRing, type Ring } from '../../src/signing/ring.ts'
import { openRotation, type Rotation, type WentBack } from '../../src/signing/rotation.ts'
import { openUptakeWatch, type UptakeWatch } from '../../src/signing/uptake.ts'
import { WATCHED, waitsOf } from '../../src/signing/waits.ts'
import { testClock } from '../support/clock.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { testRandom, testSealer } from '../support/keys.ts'

// A new key agency by agency: to some before all others, how they take it up, and back again without anybody's doing.

const waits = waitsOf({ published: 300, signed: 300, hint: 30 * 24 * 3_600 })
const by = { actor: { kind: 'operator', name: 'malee' }, why: 'a drill' } as const
const SCHEDULE = { kind: 'service', part: 'schedule' } as const
const PARTIES = [
  { client: 'tax', agency: 'revenue', alg: 'ES256' },
  { client: 'tax-app', agency: 'revenue', alg: 'ES256' },
  { client: 'land', agency: 'interior', alg: 'ES256' },
  { client: 'bank', agency: 'treasury', alg: 'PS256' },
] as const
const [TAX, APP, LAND, BANK] = PARTIES

let database: TestDatabase
let db: Db
beforeAll(async () => {
  database = await testDatabase()
  db = database.db
})
afterAll(() => database.close())

const clock = testClock('2026-11-22T00:00:00Z')
let seed = 0
let rotation: Rotation
let ring: Ring
let node: UptakeWatch
let other: UptakeWatch
let heard: WentBack[]
let old: string
let opened: UptakeWatch[] = []
const aside = () => new Promise<void>(() => undefined)

/** What a node has counted is written when it is closed, or at each of its rounds where `round` says so. */
function watch(round: () => Promise<void> = aside): UptakeWatch {
  const watched = openUptakeWatch({
    ...{ db, ring, rotation, clock, pause: round },
    actor: { kind: 'service', part: 'keys' },
    heard: (back) => heard.push(back),
    onFault: (fault) => {
      throw fault
    },
  })
  opened.push(watched)
  return watched
}

beforeEach(async () => {
  clock.set('2026-11-22T00:00:00Z')
  const audit = openAuditLog({ sealer: testSealer('audit'), clock, random: testRandom(`uptake ${++seed}`) })
  const vaults = [openDatabaseVault({ db, sealer: testSealer('signing'), clock })] as const
  ring = openRing({ db, vaults, audit, clock })
  rotation = openRotation({ vaults, audit, clock, waits, parties: async () => PARTIES })
  old = (await ring.enterFirstKey(db, by.actor, true))!
  heard = []
  node = watch()
  other = watch()
  await ring.refresh()
})
afterEach(async () => {
  opened = []
  await rows(db, 'truncate signing_key, signing_private, key_schedule, audit_event, signing_for, key_uptake')
})

/** What the nodes have counted is added up and judged. */
async function settle(): Promise<void> {
  for (const each of opened.splice(0)) await each.close()
  heard.push(...(await rotation.judge(db, SCHEDULE)))
  await ring.refresh()
  node = watch()
  other = watch()
}

const announced = async (): Promise<string> => {
  const done = await rotation.announce(db, by)
  if (!done.ok) throw new Error(done.because)
  await ring.refresh()
  return done.kid
}
const promote = async (kid: string, agencies?: readonly string[], emergency = false) => {
  const done = await rotation.promote(db, kid, { ...by, emergency }, agencies)
  await ring.refresh()
  return done
}
const kidFor = (who: (typeof PARTIES)[number]) => ring.keyFor(who)?.kid
const standings = async (kid: string) => {
  const { uptake = [] } = (await rotation.list(db)).find(({ life }) => life.kid === kid)!
  return Object.fromEntries(uptake.map(({ client, standing }) => [client, standing]))
}
const audited = async (type: string) =>
  (await rows<{ n: number }>(db, 'select count(*)::int as n from audit_event where type = ?', [type]))[0]!.n

/** So many sign-ins of which so many come straight back, on both nodes in turn. */
function signIns(who: (typeof PARTIES)[number], times: number, back = 0): void {
  for (let at = 0; at < times; at++) {
    const here = at % 2 === 0 ? node : other
    const { kid } = here.watched(who)!
    here.redeemed(who, kid)
    if (at < back) (at % 3 === 0 ? node : other).returned(who, kid)
  }
}

async function announcedAndKnown(): Promise<string> {
  const fresh = await announced()
  clock.advance(waits.announced)
  for (const who of [TAX, APP, LAND]) signIns(who, 10, 1)
  node.used(TAX, clock.now() / 1000)
  node.used(LAND, clock.now() / 1000)
  await settle()
  return fresh
}

describe('a new key', () => {
  test('signs for named agencies first, with the waits, and for all others when it is promoted', async () => {
    const fresh = await announced()
    expect(await promote(fresh, ['revenue'])).toMatchObject({ ok: false, because: 'too-early' })
    clock.advance(waits.announced)
    expect(await promote(fresh, ['revenue', 'nobody'])).toEqual({ ok: false, because: 'agency', agency: 'nobody' })
    expect(await promote(fresh, ['treasury'])).toEqual({ ok: false, because: 'agency', agency: 'treasury' })
    expect([kidFor(TAX), kidFor(LAND)]).toEqual([old, old])

    expect(await promote(fresh, ['revenue'])).toEqual({ ok: true, kid: fresh, clients: ['tax', 'tax-app'] })
    expect([kidFor(TAX), kidFor(APP), kidFor(LAND)]).toEqual([fresh, fresh, old])
    await ring.check(TAX)
    await ring.check(LAND)
    const shown = (await rotation.list(db)).find(({ life }) => life.kid === fresh)
    expect(shown).toMatchObject({ life: { state: 'announced' }, signsFor: ['tax', 'tax-app'] })

    expect(await promote(fresh)).toEqual({ ok: true, kid: fresh })
    expect([kidFor(TAX), kidFor(APP), kidFor(LAND)]).toEqual([fresh, fresh, fresh])
    expect(await audited('key.promoted')).toBe(2)
  })

  test('does not sign for agencies of another algorithm', async () => {
    const fresh = await announced()
    clock.advance(waits.announced)
    await promote(fresh, ['revenue'])
    expect(ring.keyFor({ client: 'tax', alg: 'PS256' })?.kid).toBe(old)
    expect(kidFor(BANK)).toBe(old)
  })

  test('that some were signed for with and nobody asks for any more is waited for like any other', async () => {
    const fresh = await announced()
    clock.advance(waits.announced)
    await promote(fresh, ['interior'])
    clock.advance(60_000)
    const revoked = await rotation.revoke(db, fresh, by)
    const signed = { from: clock.now() - 60_000, to: clock.now() }
    expect(revoked).toEqual({ kid: fresh, signed, clients: ['land'] })
    await ring.refresh()
    expect(kidFor(LAND)).toBe(old)
  })
})

describe('how agencies take up a new key', () => {
  test('is not looked at while there is none', async () => {
    expect(node.watched(TAX)).toBeUndefined()
    node.used(TAX, clock.now() / 1000)
    node.showed(TAX, old)
    await settle()
    expect(await rows(db, 'select * from key_uptake')).toEqual([])
  })

  test('is shown from what they do with a token: taken up, not yet, or unknown where nothing can be said', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh)
    expect(await standings(fresh)).toEqual({ tax: 'waiting', 'tax-app': 'unknown', land: 'waiting' })
    // A token of before says nothing of this key, nor one of the seconds in which nodes follow.
    node.used(TAX, clock.now() / 1000 - 60)
    node.used(TAX, clock.now() / 1000 + 3)
    await settle()
    expect(await standings(fresh)).toMatchObject({ tax: 'waiting' })
    clock.advance(10_000)
    node.used(TAX, clock.now() / 1000)
    other.showed(APP, fresh)
    await settle()
    expect(await standings(fresh)).toEqual({ tax: 'taken-up', 'tax-app': 'taken-up', land: 'waiting' })
  })

  test('adds up what fifty at once have seen on several nodes', async () => {
    await announced()
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const one = watch()
        for (const who of [TAX, LAND, APP]) one.redeemed(who, old)
        await one.close()
      }),
    )
    const found = await rows<{ redeemed: number }>(db, 'select redeemed from key_uptake')
    expect(found.map(({ redeemed }) => redeemed)).toEqual([50, 50, 50])
    opened = []
  })
})

describe('an agency that does not get on with a new key', () => {
  test('goes back to the old one by itself on every node, alone, and stays there until it is named', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh)
    signIns(TAX, 8, 4)
    signIns(LAND, 20, 5)
    await settle()
    expect([heard, kidFor(TAX)]).toEqual([[], fresh])

    signIns(TAX, 2, 1)
    await settle()
    expect(heard).toEqual([{ client: 'tax', from: fresh, to: old }])
    expect([kidFor(TAX), kidFor(APP), kidFor(LAND)]).toEqual([old, fresh, fresh])
    await ring.check(TAX)
    expect(await standings(fresh)).toMatchObject({ tax: 'went-back', land: 'waiting' })
    expect(await audited('key.went-back')).toBe(1)
    expect(await rotation.faults(db)).toEqual([
      `tax went back to the key ${old.slice(0, 10)}, and keeps it in use.`,
      'No key signs with PS256.',
    ])

    // The old key can't be retired under it, neither by hand nor by the schedule.
    clock.advance(waits.retiring + WATCHED)
    expect(await rotation.retire(db, old, by)).toEqual({ ok: false, because: 'in-use', clients: ['tax'] })
    await rotation.advance(db, SCHEDULE)
    await ring.refresh()
    expect(kidFor(TAX)).toBe(old)
    const [next] = [await announced()]
    clock.advance(waits.announced)
    await promote(next)
    expect([kidFor(TAX), kidFor(LAND)]).toEqual([old, next])

    expect(await promote(next, ['revenue'])).toMatchObject({ ok: true, clients: ['tax', 'tax-app'] })
    expect(kidFor(TAX)).toBe(next)
    const { life } = (await rotation.list(db)).find((one) => one.life.kid === old)!
    expect(life).toMatchObject({ state: 'retiring', retiringAt: new Date(clock.now()) })
  })

  test('goes back also where it was among the first; then nothing promotes the key for all but an emergency', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh, ['revenue'])
    signIns(APP, 6, 5)
    await settle()
    expect(heard).toEqual([{ client: 'tax-app', from: fresh, to: old }])
    expect([kidFor(TAX), kidFor(APP), kidFor(LAND)]).toEqual([fresh, old, old])
    expect(await standings(fresh)).toEqual({ tax: 'waiting', 'tax-app': 'went-back' })
    clock.advance(100 * 24 * 3_600_000)
    expect(await rotation.advance(db, SCHEDULE)).not.toContainEqual({ kid: fresh, did: 'promoted' })
    expect(await promote(fresh)).toEqual({ ok: false, because: 'went-back', clients: ['tax-app'] })
    expect(await promote(fresh, undefined, true)).toMatchObject({ ok: true, kid: fresh })
    expect([kidFor(TAX), kidFor(APP), kidFor(LAND)]).toEqual([fresh, old, fresh])
  })

  test('is not judged by one node’s counts: a return is written after what every node has redeemed before it', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh)
    // One node redeems codes and has a round in a while; the other sees the browsers come back, and has its rounds often.
    let turn: () => void = () => undefined
    let over: () => void = () => undefined
    const often = watch(() => {
      over()
      return new Promise((resolve) => {
        turn = resolve
      })
    })
    await often.watch()
    const rounds = async (times: number) => {
      for (let at = 0; at < times; at++) {
        const done = new Promise<void>((resolve) => {
          over = resolve
        })
        turn()
        await done
      }
    }
    for (let at = 0; at < 8; at++) node.redeemed(TAX, fresh)
    for (let at = 0; at < 8; at++) often.returned(TAX, fresh)
    await rounds(2)
    expect(heard).toEqual([])
    // However long that takes.
    await rounds(2)
    expect(heard).toEqual([])
    await node.close()
    often.redeemed(TAX, fresh)
    await rounds(1)
    expect(heard).toEqual([{ client: 'tax', from: fresh, to: old }])
    turn()
    await often.close()
    opened = [other]
  })

  test('never does so by guess: without a before, at no more than three times as often, or fewer than five times', async () => {
    const fresh = await announced()
    clock.advance(waits.announced)
    signIns(TAX, 4, 0)
    signIns(APP, 20, 6)
    signIns(LAND, 20, 1)
    await settle()
    await promote(fresh)
    signIns(TAX, 30, 30)
    signIns(APP, 20, 18)
    signIns(LAND, 4, 4)
    await settle()
    expect(heard).toEqual([])
  })

  test('never does so in an emergency, nor later than a day', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh, undefined, true)
    expect(node.watched(TAX)).toBeUndefined()
    node.redeemed(TAX, fresh)
    for (let at = 0; at < 9; at++) node.returned(TAX, fresh)
    await settle()
    expect([heard, kidFor(TAX)]).toEqual([[], fresh])

    const next = await announcedAndKnown()
    await promote(next)
    signIns(TAX, 9, 9)
    clock.advance(WATCHED)
    await settle()
    expect([heard, kidFor(TAX)]).toEqual([[], next])
    expect(node.watched(TAX)).toBeUndefined()
  })

  test('goes back once, whichever of many nodes looks', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh)
    signIns(TAX, 9, 9)
    const all = opened.splice(0)
    await Promise.all([...all, ...Array.from({ length: 8 }, () => watch())].map((each) => each.close()))
    const judged = await Promise.all(Array.from({ length: 8 }, () => rotation.judge(db, SCHEDULE)))
    expect(judged.flat()).toEqual([{ client: 'tax', from: fresh, to: old }])
    expect(await audited('key.went-back')).toBe(1)
  })

  test('leaves the old key what it needs to come back: the schedule keeps it for as long as the new one is watched', async () => {
    const fresh = await announcedAndKnown()
    await promote(fresh)
    clock.advance(WATCHED - 1)
    expect(await rotation.advance(db, SCHEDULE)).not.toContainEqual({ kid: old, did: 'retired' })
    clock.advance(1)
    expect(await rotation.advance(db, SCHEDULE)).toContainEqual({ kid: old, did: 'retired' })
  })
})
