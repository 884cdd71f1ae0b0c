import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Step } from '../../../src/methods/method.ts'
import type { Person } from '../../../src/persons/person.ts'
import { transaction } from '../../../src/platform/db.ts'
import { openRedis } from '../../../src/platform/redis.ts'
import type { Artifacts } from '../../../src/sessions/artifacts.ts'
import { openRedisArtifacts } from '../../../src/sessions/redis.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { testSealer } from '../../support/keys.ts'
import { input, ORIGIN, type PasskeyWorld, passkeyWorld } from '../../support/passkey-world.ts'
import { type SoftKey, softAuthenticator, type Wrong } from '../../support/passkeys.ts'
import { type TestRedis, testRedis } from '../../support/redis.ts'
import { thaiCode } from '../../support/sign-in.ts'

// Signing in with a passkey, by an authenticator in software: what is believed, for whom, how often.

let database: TestDatabase
let redis: TestRedis
let artifacts: Artifacts
let world: PasskeyWorld
let person: Person
let key: SoftKey
beforeAll(async () => {
  database = await testDatabase()
  redis = await testRedis()
  const plain = passkeyWorld(database.db)
  artifacts = openRedisArtifacts({
    redis: await openRedis({ url: redis.url }),
    sealer: testSealer('sessions'),
    clock: plain.clock,
  })
  world = passkeyWorld(database.db, artifacts)
  person = await world.citizen(thaiCode(1))
  key = await world.enrol(person)
})
afterAll(async () => {
  await artifacts.close()
  await redis.close()
  await database.close()
})

/** As the flow does: the step, and the use that it wants. */
async function settled(step: Step): Promise<Step> {
  if (step.step !== 'proved') return step
  return (await transaction(database.db, async (tx) => step.settle?.(tx))) ?? step
}

async function answer(wrong: Wrong = {}, by: SoftKey = key): Promise<Step> {
  const { options, state } = await world.begin()
  return settled(await world.method.resume(state, input({ answer: by.answer(options, wrong) })))
}

test('a passkey signs its owner in, who typed nothing', async () => {
  expect(await answer()).toMatchObject({
    step: 'proved',
    proof: {
      method: 'passkey',
      scheme: 'TH',
      code: thaiCode(1),
      assurance: 'substantial',
      amr: ['hwk', 'user', 'mfa'],
    },
  })
})

test('the browser is asked for any passkey of this service, with verification, and told nobody’s name', async () => {
  const { options } = await world.begin()
  expect(options).toEqual({
    challenge: expect.stringMatching(/^[\w-]{43}$/),
    rpId: 'id.example',
    timeout: 300_000,
    userVerification: 'required',
  })
})

describe('an answer is refused, and asked for anew, that', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  test.each<[string, Wrong, string, string]>([
    ['was made for another address', { origin: 'https://id.example.evil.test' }, 'PRT-2102', 'other-origin'],
    ['was made for a subdomain', { origin: 'https://x.id.example' }, 'PRT-2102', 'other-origin'],
    ['was made for another port', { origin: `${ORIGIN}:8443` }, 'PRT-2102', 'other-origin'],
    ['was made in a frame of another site', { crossOrigin: true }, 'PRT-2102', 'other-origin'],
    ['names a page above', { topOrigin: 'https://evil.test' }, 'PRT-2102', 'other-origin'],
    ['was made for another service', { service: 'evil.test' }, 'PRT-2102', 'other-service'],
    ['was made for the making of a key', { type: 'webauthn.create' }, 'PRT-2102', 'other-ceremony'],
    [
      'answers another question',
      { challenge: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' },
      'PRT-2103',
      'other-challenge',
    ],
    ['was made without verification', { flags: 1 }, 'PRT-2109', 'not-verified'],
    ['was made with nobody there', { flags: 4 }, 'PRT-2109', 'not-verified'],
    [
      'comes from a key that could not leave its device, and now can',
      { flags: 1 | 4 | 8 },
      'PRT-2102',
      'not-bound-as-before',
    ],
    ['is backed up and can’t be', { flags: 1 | 4 | 16 }, 'PRT-2102', 'malformed'],
    ['was signed by another key', { key: other }, 'PRT-2102', 'signature'],
    ['has no signature', { signature: Buffer.alloc(0) }, 'PRT-2102', 'malformed'],
    ['names another person', { handle: Buffer.alloc(32, 7) }, 'PRT-2101', 'other-holder'],
    ['names nobody', { handle: undefined }, 'PRT-2101', 'other-holder'],
  ])('%s', async (_what, wrong, code, because) => {
    expect(await answer(wrong)).toMatchObject({
      step: 'ask',
      trouble: { code },
      note: { because, person: person.key },
    })
  })

  test.each([
    ['no JSON', 'nonsense'],
    ['a list', '[]'],
    ['without a response', '{"id":"AAAA","rawId":"AAAA","type":"public-key"}'],
    ['with two names', '{"id":"AAAA","rawId":"AAAB","type":"public-key","response":{"clientDataJSON":"e30"}}'],
    ['without a question', '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":"e30"}}'],
  ])('is none: %s', async (_what, sent) => {
    const { state } = await world.begin()
    expect(await world.method.resume(state, input({ answer: sent }))).toMatchObject({
      trouble: { code: 'PRT-2102' },
      note: { because: 'malformed' },
    })
  })

  test('is missing: nothing was tried, and nothing goes on record', async () => {
    const { state } = await world.begin()
    expect(await world.method.resume(state, input({ answer: '' }))).toMatchObject({
      trouble: { code: 'PRT-2104' },
      note: { unrecorded: true },
    })
  })

  test('comes from a key that was never made known, or was removed', async () => {
    const owner = await world.citizen(thaiCode(2))
    const gone = await world.enrol(owner)
    await world.passkeys.remove(database.db, owner.key, gone.id, { actor: { kind: 'citizen', person: owner.key } })
    const stranger = softAuthenticator({ origin: ORIGIN }).make(await world.question(owner))
    for (const by of [gone, stranger])
      expect(await answer({}, by)).toMatchObject({ trouble: { code: 'PRT-2101' }, note: { because: 'unknown' } })
  })

  test('names another person’s key, with a right signature of one’s own', async () => {
    const thief = await world.citizen(thaiCode(3))
    const own = await world.enrol(thief)
    const { options, state } = await world.begin()
    const sent = JSON.parse(own.answer(options)) as Record<string, unknown>
    const step = await world.method.resume(
      state,
      input({ answer: JSON.stringify({ ...sent, id: key.id, rawId: key.id }) }),
    )
    expect(step).toMatchObject({ trouble: { code: 'PRT-2101' } })
    // With the owner's handle besides: the signature decides.
    const forged = own.answer(options, { handle: key.handle })
    const again = await world.begin()
    const mixed = { ...(JSON.parse(forged) as object), id: key.id, rawId: key.id }
    expect(await world.method.resume(again.state, input({ answer: JSON.stringify(mixed) }))).toMatchObject({
      trouble: { code: expect.stringMatching(/PRT-210[23]/) },
    })
  })
})

describe('a question', () => {
  test('is answered once: the same answer again is refused', async () => {
    const { options, state } = await world.begin()
    const fields = { answer: key.answer(options) }
    expect(await world.method.resume(state, input(fields))).toMatchObject({ step: 'proved' })
    expect(await world.method.resume(state, input(fields))).toMatchObject({ trouble: { code: 'PRT-2103' } })
  })

  test('is spent by a wrong answer too', async () => {
    const { options, state } = await world.begin()
    await world.method.resume(state, input({ answer: key.answer(options, { flags: 1 }) }))
    expect(await world.method.resume(state, input({ answer: key.answer(options) }))).toMatchObject({
      trouble: { code: 'PRT-2103' },
    })
  })

  test('is good for five minutes', async () => {
    const one = await world.begin()
    world.clock.advance(300_000)
    expect(await world.method.resume(one.state, input({ answer: key.answer(one.options) }))).toMatchObject({
      step: 'proved',
    })
    const other = await world.begin()
    world.clock.advance(300_001)
    expect(await world.method.resume(other.state, input({ answer: key.answer(other.options) }))).toMatchObject({
      trouble: { code: 'PRT-2103' },
    })
  })

  test('that was never asked can’t be answered', async () => {
    const { options } = await world.begin()
    expect(await world.method.resume(null, input({ answer: key.answer(options) }))).toMatchObject({
      trouble: { code: 'PRT-2103' },
    })
  })

  test('fifty answers at once on one question: one proves', async () => {
    const { options, state } = await world.begin()
    const fields = { answer: key.answer(options) }
    const steps = await Promise.all(Array.from({ length: 50 }, () => world.method.resume(state, input(fields))))
    expect(steps.filter(({ step }) => step === 'proved')).toHaveLength(1)
  })
})

describe('a passkey that counts', () => {
  test('signs in as its count grows; one that falls back is refused and on record', async () => {
    const owner = await world.citizen(thaiCode(4))
    const counting = await world.enrol(owner, softAuthenticator({ origin: ORIGIN, counts: true }))
    expect(await answer({}, counting)).toMatchObject({ step: 'proved' })
    expect(await answer({ counter: 100 }, counting)).toMatchObject({ step: 'proved' })
    for (const counter of [100, 99, 1, 0])
      expect(await answer({ counter }, counting)).toMatchObject({
        step: 'ask',
        trouble: { code: 'PRT-2106' },
        note: { because: 'counted-back', person: owner.key },
      })
    expect(await answer({ counter: 101 }, counting)).toMatchObject({ step: 'proved' })
  })

  test('of two answers with one count, to two questions, one is let in', async () => {
    const owner = await world.citizen(thaiCode(5))
    const counting = await world.enrol(owner, softAuthenticator({ origin: ORIGIN, counts: true }))
    const steps = await Promise.all([answer({ counter: 9 }, counting), answer({ counter: 9 }, counting)])
    expect(steps.map(({ step }) => step).toSorted()).toEqual(['ask', 'proved'])
  })

  test('and one that doesn’t count is not asked to', async () => {
    for (let n = 0; n < 3; n++) expect(await answer({ counter: 0 })).toMatchObject({ step: 'proved' })
  })
})

describe('how sure a passkey is', () => {
  const at = async (by: SoftKey) => {
    const step = await answer({}, by)
    return step.step === 'proved' ? [step.proof.assurance, ...step.proof.amr] : step
  }
  const desk = { by: 'desk', operatorRequest: '7' } as const
  const bound = softAuthenticator({ origin: ORIGIN })
  const synced = softAuthenticator({ origin: ORIGIN, synced: true })

  test('high only where a desk saw a key that can’t leave its device', async () => {
    const owner = await world.citizen(thaiCode(6))
    expect(await at(await world.enrol(owner, bound, desk))).toEqual(['high', 'hwk', 'user', 'mfa'])
    expect(await at(await world.enrol(owner, synced, desk))).toEqual(['substantial', 'swk', 'user', 'mfa'])
    expect(await at(await world.enrol(owner, synced))).toEqual(['substantial', 'swk', 'user', 'mfa'])
    expect(await at(await world.enrol(owner, bound))).toEqual(['substantial', 'hwk', 'user', 'mfa'])
  })

  test('who needs more is told so, and the key has not been used', async () => {
    const { options, state } = await world.begin()
    const step = await world.method.resume(state, input({ answer: key.answer(options) }, 'high'))
    expect(step).toEqual({ step: 'refused', refusal: { code: 'PRT-2105' }, note: { person: person.key } })
  })
})

test('a person whose codes are all out of force is in no register', async () => {
  const owner = await world.citizen(thaiCode(8))
  const theirs = await world.enrol(owner)
  const persons = {
    get: async () => ({ ...owner, identifiers: [{ scheme: 'TH', code: thaiCode(8), validTo: '2020-01-01' }] }),
  }
  const { openPasskey } = await import('../../../src/methods/passkey/method.ts')
  const { clock, ceremony, passkeys, random } = world
  const method = openPasskey({ db: database.db, ceremony, passkeys, persons, artifacts, clock, random })
  const { options, state } = await world.begin()
  expect(await method.resume(state, input({ answer: theirs.answer(options) }))).toMatchObject({
    refusal: { code: 'PRT-1102' },
  })
})
