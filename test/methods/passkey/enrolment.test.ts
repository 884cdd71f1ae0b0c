import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { rows } from '../../../src/platform/db.ts'
import { type TestDatabase, testDatabase } from '../../support/database.ts'
import { ORIGIN, type PasskeyWorld, passkeyWorld } from '../../support/passkey-world.ts'
import { softAuthenticator, type Wrong } from '../../support/passkeys.ts'
import { thaiCode } from '../../support/sign-in.ts'

// Making a passkey: who may, what is asked, what is kept.

let database: TestDatabase
let world: PasskeyWorld
let code = 0
beforeAll(async () => {
  database = await testDatabase()
  world = passkeyWorld(database.db)
})
afterAll(() => database.close())

const somebody = () => world.citizen(thaiCode(++code))
const device = softAuthenticator({ origin: ORIGIN })

describe('who may', () => {
  test.each([
    ['a sign-in at substantial', { acr: 'substantial', ago: 0 }],
    ['a sign-in at low', { acr: 'low', ago: 0 }],
    ['a sign-in at high that is older than five minutes', { acr: 'high', ago: 300_001 }],
  ] as const)('not after %s', async (_what, { acr, ago }) => {
    const at = world.clock.now() - ago
    expect(await world.enrolment.begin(database.db, await somebody(), { by: 'sign-in', acr, at })).toEqual({
      ok: false,
      code: 'PRT-1103',
    })
  })

  test('after a sign-in at high of the last five minutes, or at a desk', async () => {
    const person = await somebody()
    const at = world.clock.now() - 300_000
    expect(await world.enrolment.begin(database.db, person, { by: 'sign-in', acr: 'high', at })).toMatchObject({
      ok: true,
    })
    expect(await world.enrolment.begin(database.db, person, { by: 'desk', operatorRequest: '3' })).toMatchObject({
      ok: true,
    })
  })

  test('up to twenty', async () => {
    const person = await somebody()
    for (let n = 0; n < 20; n++) await world.enrol(person)
    expect(await world.enrolment.begin(database.db, person, world.strong())).toEqual({ ok: false, code: 'PRT-2108' })
  })
})

describe('what the device is asked', () => {
  test('a discoverable key with verification, for a random handle, and none beside one it has', async () => {
    const person = await somebody()
    const first = await world.enrol(person)
    const options = await world.question(person)
    expect(options).toMatchObject({
      rp: { id: 'id.example' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ type: 'public-key', id: first.id }],
      challenge: expect.stringMatching(/^[\w-]{43}$/),
    })
    const said = JSON.stringify(options)
    expect(said).not.toContain(thaiCode(code))
    expect(said).not.toContain(person.key)
    expect(Buffer.from((options as { user: { id: string } }).user.id, 'base64url')).toHaveLength(32)
    expect(first.handle).toEqual(Buffer.from((options as { user: { id: string } }).user.id, 'base64url'))
  })

  test('two people have two handles, and fifty first questions at once make one', async () => {
    const [one, other] = [await somebody(), await somebody()]
    const handles = await Promise.all(Array.from({ length: 50 }, () => world.passkeys.handleOf(database.db, one.key)))
    expect(new Set(handles.map((handle) => handle.toString('hex'))).size).toBe(1)
    expect(await world.passkeys.handleOf(database.db, other.key)).not.toEqual(handles[0])
  })
})

describe('what is kept', () => {
  test('the key, where it lives, its name sealed; announced and audited with the change', async () => {
    const person = await somebody()
    const key = softAuthenticator({ origin: ORIGIN, synced: true }).make(await world.question(person))
    world.told.length = 0
    const kept = await world.keep(person, key.made, '  my \u0000 phone \n of Somying  ')
    expect(kept).toEqual({
      ok: true,
      passkey: {
        id: key.id,
        name: 'my phone of Somying',
        deviceBound: false,
        backedUp: true,
        seenAtDesk: false,
        aaguid: '00112233-4455-6677-8899-aabbccddeeff',
        transports: ['usb'],
        enrolledAt: world.clock.now(),
      },
    })
    expect(world.told).toEqual([{ kind: 'means-added', method: 'passkey', except: 'passkey' }])
    expect(await world.passkeys.list(database.db, person.key)).toHaveLength(1)
    const [row] = await rows<{ text: string }>(
      database.db,
      'select passkey::text as text from passkey where person = ?',
      [person.key],
    )
    expect(Buffer.from(row!.text.replaceAll(/[^0-9a-f]/g, ''), 'hex').toString('latin1')).not.toContain('Somying')
    expect((await world.audited('credential.enrolled')).at(-1)).toMatchObject({ person: person.key })
  })

  test.each<[string, Wrong, string | undefined]>([
    ['made for another address', { origin: 'https://evil.test' }, 'other-origin'],
    ['made for another service', { service: 'evil.test' }, 'other-service'],
    ['made in a frame of another site', { crossOrigin: true }, 'other-origin'],
    ['without verification', { flags: 1 }, 'not-verified'],
    ['of a sign-in', { type: 'webauthn.get' }, 'other-ceremony'],
    ['backed up without being able to', { flags: 1 | 4 | 16 }, 'malformed'],
  ])('not a key %s', async (_what, wrong, because) => {
    const person = await somebody()
    const key = device.make(await world.question(person), wrong)
    expect(await world.keep(person, key.made)).toEqual({
      ok: false,
      code: because === 'not-verified' ? 'PRT-2109' : 'PRT-2102',
      because,
    })
    expect((await world.audited('credential.enrolment-refused')).at(-1)).toMatchObject({ person: person.key })
    expect(await world.passkeys.list(database.db, person.key)).toEqual([])
  })

  test('nothing for an answer that is none', async () => {
    const person = await somebody()
    expect(await world.keep(person, '')).toEqual({ ok: false, code: 'PRT-2104' })
    expect(await world.keep(person, '{}')).toEqual({ ok: false, code: 'PRT-2102', because: 'malformed' })
  })

  test('not a second time, whoever brings it', async () => {
    const [owner, thief] = [await somebody(), await somebody()]
    const key = await world.enrol(owner)
    const made = JSON.parse(key.made) as { response: Record<string, string> }
    const options = (await world.question(thief)) as { challenge: string }
    const client = { type: 'webauthn.create', challenge: options.challenge, origin: ORIGIN, crossOrigin: false }
    const clientDataJSON = Buffer.from(JSON.stringify(client)).toString('base64url')
    const again = JSON.stringify({ ...made, response: { ...made.response, clientDataJSON } })
    expect(await world.keep(thief, again)).toEqual({ ok: false, code: 'PRT-2107' })
  })
})

describe('the question', () => {
  test('is answered once, by whom it was asked, within five minutes', async () => {
    const [owner, thief] = [await somebody(), await somebody()]
    const key = device.make(await world.question(owner))
    expect(await world.keep(thief, key.made)).toMatchObject({ ok: false, code: 'PRT-2103' })
    // The thief has spent it.
    expect(await world.keep(owner, key.made)).toMatchObject({ ok: false, code: 'PRT-2103' })
    const late = device.make(await world.question(owner))
    world.clock.advance(300_001)
    expect(await world.keep(owner, late.made)).toMatchObject({ ok: false, code: 'PRT-2103' })
    expect(await world.keep(owner, device.make({ challenge: 'AAAA', user: { id: 'AAAA' } }).made)).toMatchObject({
      ok: false,
      code: 'PRT-2103',
    })
  })

  test('fifty answers at once: one key is kept', async () => {
    const person = await somebody()
    const key = device.make(await world.question(person))
    const kept = await Promise.all(Array.from({ length: 50 }, () => world.keep(person, key.made)))
    expect(kept.filter(({ ok }) => ok)).toHaveLength(1)
  })
})

test('a passkey is removed by its owner alone', async () => {
  const [owner, other] = [await somebody(), await somebody()]
  const { id } = await world.enrol(owner)
  const by = { actor: { kind: 'citizen', person: owner.key } } as const
  expect(await world.passkeys.remove(database.db, other.key, id, by)).toBe(false)
  expect(await world.passkeys.remove(database.db, owner.key, id, by)).toBe(true)
  expect(await world.passkeys.remove(database.db, owner.key, id, by)).toBe(false)
})
