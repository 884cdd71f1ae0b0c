import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { clientId } from '../../src/identity/identifiers.ts'
import { openAttempts } from '../../src/login/attempt.ts'
import { openFlow } from '../../src/login/flow.ts'
import { openSwitches } from '../../src/login/switches.ts'
import type { Method } from '../../src/methods/method.ts'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { type TestDatabase, testDatabase } from '../support/database.ts'
import { AGENCY, OPERATOR, type SignInWorld, signInWorld, thaiCode } from '../support/sign-in.ts'

let database: TestDatabase
let world: SignInWorld
beforeEach(async () => {
  database = await testDatabase()
  world = signInWorld(database.db)
  await rows(database.db, "insert into agency (id, name, officer, sector) values ('a', '{}', 'o', 's')")
  for (const id of [AGENCY, 'social'])
    await rows(
      database.db,
      "insert into relying_party (id, agency, name, metadata, version) values (?, 'a', '{}', '{}', 1)",
      [id],
    )
})
afterEach(async () => {
  await world.switches.close()
  await database.close()
})

const BY = { actor: OPERATOR, why: 'a flaw in the app' }
const REASON = { th: 'ปิดซ่อม', en: 'Under repair', et: 'Remondis' }
const CODE = thaiCode(1)
const off = { step: 'refused', refusal: { code: 'PRT-1104' } }
const usable = (client = AGENCY) => world.flow.choices({ client, need: 'low' })[0]?.usable

describe('a way of signing in that was switched off', () => {
  test('lets nobody in, with the operator’s words, and on again lets in as before', async () => {
    const { code } = await world.addEnrolled(CODE)
    await world.switches.switchOff(database.db, { method: 'totp', reason: REASON }, BY)
    await world.switches.refresh()
    const told = { step: 'refused', refusal: { code: 'PRT-1104', reason: REASON } }
    expect(await world.flow.begin(world.visit(), 'totp')).toEqual(told)
    expect(await world.submit(CODE, code())).toEqual(told)
    expect(world.flow.choices({ client: AGENCY, need: 'low' })).toEqual([
      { method: 'totp', assurance: 'substantial', usable: false, because: 'PRT-1104', reason: REASON },
    ])
    expect(await world.switches.switchOn(database.db, { method: 'totp' }, BY)).toBe(true)
    await world.switches.refresh()
    expect(await world.submit(CODE, code())).toMatchObject({ step: 'signed-in' })
  })

  test('for one agency stays open for the others, and its own reason goes before the one for all', async () => {
    await world.switches.switchOff(database.db, { method: 'totp', client: AGENCY, reason: REASON }, BY)
    await world.switches.refresh()
    expect([usable(), usable(clientId('social'))]).toEqual([false, true])
    await world.switches.switchOff(database.db, { method: 'totp' }, BY)
    await world.switches.refresh()
    expect(world.switches.off('totp', AGENCY)?.reason).toEqual(REASON)
    expect(world.switches.off('totp', clientId('social'))).toMatchObject({ method: 'totp' })
    expect(await world.switches.switchOn(database.db, { method: 'totp', client: AGENCY }, BY)).toBe(true)
    await world.switches.refresh()
    expect([usable(), usable(clientId('social'))]).toEqual([false, false])
  })

  test('between a right code and the letting in keeps the person out, the code is used up and it is on record', async () => {
    const { person, code } = await world.addEnrolled(CODE)
    const [totp] = world.methods
    const resume = totp!.resume
    totp!.resume = async (state, input) => {
      const step = await resume(state, input)
      await world.switches.switchOff(database.db, { method: 'totp' }, BY)
      await world.switches.refresh()
      return step
    }
    const typed = code()
    expect(await world.submit(CODE, typed)).toEqual(off)
    expect(await world.audited('sign-in.refused')).toEqual([{ person, client: AGENCY, request: 'world-1' }])
    totp!.resume = resume
    await world.switches.switchOn(database.db, { method: 'totp' }, BY)
    await world.switches.refresh()
    expect(await world.submit(CODE, typed)).toMatchObject({ trouble: { code: 'PRT-1202' } })
  })

  test('while a telephone is waited for calls the page, which lets the telephone go and says why', async () => {
    let [looked, abandoned] = [0, 0]
    const waiting: Method = {
      id: 'mobile-id',
      assurance: 'high',
      begin: async () => ({ step: 'wait', form: 'mobile-id', show: {}, again: 0, state: { session: 's' } }),
      resume: async () => ({ step: 'wait', form: 'mobile-id', show: {}, again: 0, state: { session: 's' } }),
      async look() {
        looked++
        return { come: false }
      },
      abandon: async () => void abandoned++,
    }
    const attempts = openAttempts({ artifacts: openMemoryArtifacts(world), stateful: ['mobile-id'] })
    const flow = openFlow({ ...world, methods: [waiting], attempts })
    const visit = world.visit()
    expect(await flow.begin(visit, 'mobile-id')).toMatchObject({ step: 'wait' })
    expect(await flow.look(visit.interaction, 'mobile-id')).toEqual({ come: false })
    // At another agency: none of this one's business.
    await world.switches.switchOff(database.db, { method: 'mobile-id', client: clientId('social') }, BY)
    await world.switches.refresh()
    expect(await flow.look(visit.interaction, 'mobile-id')).toEqual({ come: false })
    await world.switches.switchOff(database.db, { method: 'mobile-id' }, BY)
    await world.switches.refresh()
    expect(await flow.look(visit.interaction, 'mobile-id')).toEqual({ come: true })
    expect(await flow.submit(visit, 'mobile-id', {})).toEqual(off)
    expect([looked, abandoned]).toEqual([2, 1])
    expect(await attempts.state(visit.interaction, 'mobile-id')).toBeNull()
  })

  test('is on record with who and where, each way', async () => {
    await world.switches.switchOff(database.db, { method: 'totp', client: AGENCY }, BY)
    await world.switches.switchOn(database.db, { method: 'totp', client: AGENCY }, BY)
    expect(await world.switches.switchOn(database.db, { method: 'totp', client: AGENCY }, BY)).toBe(false)
    for (const type of ['method.switched-off', 'method.switched-on'])
      expect(await world.audited(type)).toEqual([{ person: null, client: AGENCY, request: null }])
  })

  test('twice has the newer reason and stands once', async () => {
    for (const reason of [{ ...REASON, en: 'Old' }, REASON])
      await world.switches.switchOff(database.db, { method: 'totp', reason }, BY)
    expect(await world.switches.list(database.db)).toMatchObject([{ method: 'totp', reason: REASON }])
  })

  test('stays off while the database is away, and what a newer version has switched off means nothing', async () => {
    await world.switches.switchOff(database.db, { method: 'totp' }, BY)
    await rows(database.db, "insert into method_switch (method, made_at) values ('telepathy', now())")
    await world.switches.refresh()
    expect(await world.switches.list(database.db)).toHaveLength(1)
    await rows(database.db, 'alter table method_switch rename to elsewhere')
    await expect(world.switches.refresh()).rejects.toThrow('method_switch')
    expect(usable()).toBe(false)
  })
})

test('another node follows within a look, without being told', async () => {
  let look: (() => void) | undefined
  const other = openSwitches({
    ...world,
    db: database.another(),
    pause: (_ms, signal) =>
      new Promise((resolve) => {
        look = resolve
        signal?.addEventListener('abort', () => resolve())
      }),
  })
  await other.watch()
  expect(other.off('totp', AGENCY)).toBeUndefined()
  await world.switches.switchOff(database.db, { method: 'totp' }, BY)
  look!()
  while (!other.off('totp', AGENCY)) await pause(5)
  await other.close()
})
