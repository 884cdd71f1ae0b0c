import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { pause } from '../../src/platform/clock.ts'
import { rows } from '../../src/platform/db.ts'
import { enterParty } from '../support/enter-party.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import {
  basic,
  type Citizen,
  callback,
  claimsOf,
  form,
  PEOPLE,
  redeem,
  refresh,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
  type Tokens,
  userInfo,
} from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// A change in the register as people and agencies meet it: what stood on the person ends on every path, for good; agencies
// that agreed to it are told, by the name that they know; nobody else notices.

const why = { actor: { kind: 'operator', name: 'test' }, reason: 'a test' } as const
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const EVERYTHING = ['disabled', 'enabled', 'deceased', 'emigrated', 'name-changed', 'code-changed', 'means-revoked']

let at: TestService
let tax: Receiver
let social: Receiver
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  ;[tax, social] = await Promise.all([openReceiver(), openReceiver()])
  const party = (name: 'tax' | 'social', { url }: Receiver, events: readonly string[]) =>
    enterParty(
      at,
      name,
      {
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: SECRETS[name],
        redirect_uris: [`http://localhost:9/${name}/callback`],
        backchannel_logout_uri: `${url}/logout`,
        security_event_uri: `${url}/events`,
        ...(name === 'social' && { grant_types: ['authorization_code', 'refresh_token'] }),
      },
      { events, ...(name === 'social' && { refresh: true, refresh_after_idle: true }) },
    )
  await party('tax', tax, EVERYTHING)
  await party('social', social, ['deceased'])
})
afterAll(async () => {
  await at.close()
  await Promise.all([tax.close(), social.close()])
})
beforeEach(async () => {
  const { persons, db, live } = at.service.parts
  for (const { key } of at.citizens) {
    await persons.setStatus(db, key, 'active', why)
    await persons.setLocked(db, key, false, why)
    await live.endAllOf(db, key, 'operator', why.actor)
  }
  await settled()
  await rows(db, 'delete from job')
  for (const each of [tax, social]) each.reset()
  // What is made from now on was made after all that.
  at.clock.advance(2_000)
})

const somying = () => at.citizens[0]!
const somchai = () => at.citizens[1]!

/** Until all that has happened was acted upon, and what is to be told now was told. */
async function settled(): Promise<void> {
  const { db } = at.service.parts
  const open = async () =>
    (await rows(db, 'select from register_event')).length +
    (await rows(db, 'select from job where ended_at is null and (tries = 0 or held)')).length
  for (const from = performance.now(); (await open()) > 0; ) {
    if (performance.now() - from > 10_000) throw new Error('the change was not acted upon')
    // A job made with an end is due a moment after, if nobody says that it has come.
    at.clock.advance(100)
    await pause(5)
  }
}

interface Entered {
  readonly visitor: Visitor
  readonly tokens: Tokens
}

async function entered(citizen: Citizen, agency: 'tax' | 'social', visitor = at.visitor()): Promise<Entered> {
  const asked = request(at.issuer, agency)
  const { code } = callback(await signIn(at, visitor, citizen, asked))
  return { visitor, tokens: await redeem(at.issuer, agency, code!, asked.verifier) }
}

const isIn = async ({ visitor }: Entered, agency: 'tax' | 'social' = 'tax'): Promise<boolean> =>
  (await visitor.open(request(at.issuer, agency).url)).form === undefined

const active = async ({ tokens }: Entered, agency: 'tax' | 'social'): Promise<unknown> =>
  (await form(`${at.issuer}/token/introspection`, { token: tokens.access_token }, basic(agency))).active

const events = (receiver: Receiver): Record<string, unknown>[] =>
  receiver.tokens.map((token) => decodeJwt(token)).filter(({ sub_id: subject }) => subject !== undefined)
const typesOf = (receiver: Receiver): string[] =>
  events(receiver).map(({ events: told }) => Object.keys(told as object)[0]!.replace(`${at.issuer}/events/`, ''))
const logouts = (receiver: Receiver): unknown[] =>
  receiver.tokens.map((token) => decodeJwt(token)).filter(({ sub }) => sub !== undefined)

describe('somebody who is suspended', () => {
  const suspend = (citizen: Citizen) =>
    at.service.parts.persons.setStatus(at.service.parts.db, citizen.key, 'suspended', why)

  test('is out at once: by session, code, access token, refresh token, and half-way through a sign-in', async () => {
    const [here, other] = [await entered(somying(), 'social'), await entered(somchai(), 'social')]
    const asked = request(at.issuer, 'tax')
    const { code } = callback(await signIn(at, here.visitor, somying(), asked))
    const halfWay = await at.visitor().open(request(at.issuer, 'tax').url)
    expect(await active(here, 'social')).toBe(true)
    await suspend(somying())
    expect(await redeem(at.issuer, 'tax', code!, asked.verifier)).toMatchObject({ error: 'invalid_grant' })
    expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(401)
    expect(await active(here, 'social')).toBe(false)
    expect(await refresh(at.issuer, 'social', here.tokens.refresh_token!)).toMatchObject({ error: 'invalid_grant' })
    expect(await isIn(here)).toBe(false)
    at.clock.advance(30_000)
    const refused = await at.visitor().submit(halfWay, {
      ...{ scheme: 'TH', person_code: somying().code, code: somying().oneTimeCode() },
    })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    // The others go on.
    expect((await userInfo(at.issuer, other.tokens.access_token)).status).toBe(200)
    expect(await active(other, 'social')).toBe(true)
    expect(await isIn(other)).toBe(true)
    await settled()
    expect(await isIn(other, 'social')).toBe(true)
  })

  test('stays out of what was begun before, also when they are let in again', async () => {
    const here = await entered(somying(), 'social')
    await suspend(somying())
    await settled()
    await at.service.parts.persons.setStatus(at.service.parts.db, somying().key, 'active', why)
    await settled()
    expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(401)
    expect(await refresh(at.issuer, 'social', here.tokens.refresh_token!)).toMatchObject({ error: 'invalid_grant' })
    expect(await isIn(here)).toBe(false)
    expect((await entered(somying(), 'social')).tokens.status).toBe(200)
  })

  test('stays out of what outlived its session, too', async () => {
    const here = await entered(somying(), 'social')
    const { live, db, persons } = at.service.parts
    const [session] = await live.listOf(db, somying().key)
    await live.endAll(db, [session!.ref], 'idle', why.actor)
    await settled()
    const renewed = await refresh(at.issuer, 'social', here.tokens.refresh_token!)
    expect(renewed.status).toBe(200)
    at.clock.advance(2_000)
    await suspend(somying())
    await settled()
    await persons.setStatus(db, somying().key, 'active', why)
    expect(await refresh(at.issuer, 'social', renewed.refresh_token!)).toMatchObject({ error: 'invalid_grant' })
  })

  test('is signed out at agencies, which are told; of the suspension only those that agreed to it', async () => {
    const visitor = at.visitor()
    const { tokens } = await entered(somying(), 'tax', visitor)
    await entered(somying(), 'social', visitor)
    await entered(somchai(), 'tax')
    await suspend(somying())
    await settled()
    expect([logouts(tax).length, logouts(social).length]).toEqual([1, 1])
    expect(events(social)).toEqual([])
    const token = tax.tokens.find((one) => decodeJwt(one).sub_id !== undefined)!
    const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(`${at.issuer}/jwks`)), {
      ...{ issuer: at.issuer, audience: 'tax', typ: 'secevent+jwt', currentDate: new Date(at.clock.now()) },
    })
    expect(protectedHeader.alg).toBe('ES256')
    expect(payload).toEqual({
      ...{ iss: at.issuer, aud: 'tax', iat: expect.any(Number), jti: expect.any(String), toe: expect.any(Number) },
      sub_id: { format: 'iss_sub', iss: at.issuer, sub: claimsOf(tokens.id_token).sub },
      events: { [`${RISC}account-disabled`]: { event_timestamp: payload.toe } },
    })
    expect(tax.paths).toContain('POST /events')
    const receipts = await at.service.parts.receipts.find(
      at.service.parts.db,
      { kinds: ['logout', 'security-event'], person: somying().key },
      10,
    )
    expect(
      receipts.map(({ kind, destination, about, state }) => `${kind} ${destination} ${about} ${state}`).toSorted(),
    ).toEqual([
      'logout social person-status delivered',
      'logout tax person-status delivered',
      'security-event tax disabled delivered',
    ])
  })
})

describe('somebody who is locked', () => {
  test('is signed out, meets a page that says so, and after it is lifted begins anew', async () => {
    const here = await entered(somying(), 'tax')
    const { persons, db } = at.service.parts
    await persons.setLocked(db, somying().key, true, why)
    expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(401)
    await settled()
    expect(logouts(tax)).toHaveLength(1)
    expect(await isIn(here)).toBe(false)
    const page = await signIn(at, at.visitor(), somying(), request(at.issuer, 'tax'))
    expect([page.status, page.trouble]).toEqual([403, 'PRT-1108'])
    expect(page.html).toContain('Signing in under your name is locked')
    await persons.setLocked(db, somying().key, false, why)
    await settled()
    expect(typesOf(tax)).toEqual([`${RISC}account-disabled`, `${RISC}account-enabled`])
    expect(await isIn(here)).toBe(false)
    expect((await entered(somying(), 'tax')).tokens.status).toBe(200)
  })
})

describe('a register file', () => {
  async function bring(changes: Record<string, unknown>): Promise<void> {
    const path = join(at.config.data, 'changes.jsonl')
    await writeFile(path, JSON.stringify({ ...PEOPLE[0], ...changes }))
    await at.service.parts.importPersons({ path, strict: true, actor: why.actor })
    await settled()
  }

  test('in which somebody has died ends what is theirs, and tells whoever agreed and has met them', async () => {
    const here = await entered(somying(), 'tax')
    await bring({ status: 'deceased' })
    expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(401)
    expect(await isIn(here)).toBe(false)
    expect(typesOf(tax)).toEqual(['deceased'])
    // It has met her in the tests before.
    expect(typesOf(social)).toEqual(['deceased'])
    await bring({ status: 'active' })
  })

  test('in which somebody has another name and has moved away ends nothing, and is told', async () => {
    const here = await entered(somying(), 'tax')
    await bring({ family_name: 'ใหม่', status: 'emigrated' })
    expect(await isIn(here)).toBe(true)
    expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(200)
    expect(typesOf(tax).toSorted()).toEqual(['emigrated', 'name-changed'])
    expect(JSON.stringify(events(tax))).not.toContain('ใหม่')
    expect([...logouts(tax), ...social.tokens]).toEqual([])
  })

  test('is not told about people whom the agency has never met', async () => {
    const { persons, db } = at.service.parts
    await persons.setStatus(db, at.citizens[2]!.key, 'deceased', why)
    await settled()
    expect([...tax.tokens, ...social.tokens]).toEqual([])
  })
})

test('a means that is taken away ends what was begun with it, and is told', async () => {
  const here = await entered(somchai(), 'tax')
  const other = await entered(somying(), 'tax')
  const { credentials, db } = at.service.parts
  await credentials.revoke(db, somchai().key, 'totp', why.actor)
  await settled()
  expect(await isIn(here)).toBe(false)
  expect((await userInfo(at.issuer, here.tokens.access_token)).status).toBe(401)
  expect(await isIn(other)).toBe(true)
  expect(logouts(tax)).toHaveLength(1)
  const [told] = events(tax)
  expect(told!.events).toEqual({
    'https://schemas.openid.net/secevent/caep/event-type/credential-change': {
      ...{ event_timestamp: told!.toe, credential_type: 'app', change_type: 'revoke' },
    },
  })
})

describe('an agency’s answer to an event', () => {
  const outcomes = () =>
    rows<{ tries: number; outcome: string | null }>(
      at.database.db,
      "select tries, outcome from job where kind = 'security-event'",
    )
  async function answered(status: number, body?: object): Promise<void> {
    Object.assign(tax, { status, body })
    const { persons, db } = at.service.parts
    await persons.setLocked(db, somying().key, true, why)
    await settled()
  }

  test.each(['invalid_request', 'invalid_issuer', 'invalid_audience', 'access_denied'])(
    '“%s” ends the matter',
    async (err) => {
      await entered(somying(), 'tax')
      await answered(400, { err, description: 'never' })
      expect(await outcomes()).toEqual([{ tries: 1, outcome: 'refused' }])
    },
  )

  test.each([
    [400, { err: 'invalid_key', description: 'not yet' }],
    [400, undefined],
    [302, undefined],
    [500, undefined],
  ])('%s %j is tried again', async (status, body) => {
    await entered(somying(), 'tax')
    await answered(status, body)
    expect(await outcomes()).toEqual([{ tries: 1, outcome: null }])
    expect(tax.paths).not.toContain('GET /elsewhere')
  })

  test('202 is enough', async () => {
    await entered(somying(), 'tax')
    await answered(202)
    expect(await outcomes()).toEqual([{ tries: 1, outcome: 'done' }])
  })
})

test('what an agency is told is signed by the key that signs for it, also while another is signed for by another', async () => {
  const { db, rotation, ring } = at.service.parts
  const by = { actor: why.actor, why: why.reason }
  const keyOf = (client: string) => ring.keyFor({ client, alg: 'ES256' })!.kid
  const old = keyOf('tax')
  const announced = await rotation.announce(db, by)
  if (!announced.ok) throw new Error(announced.because)
  at.clock.advance(rotation.waits.announced)
  expect(await rotation.promote(db, announced.kid, by, ['tax-agency'])).toMatchObject({ ok: true })
  for (const from = performance.now(); keyOf('tax') === old; await pause(5))
    if (performance.now() - from > 10_000) throw new Error('the key never signed for the agency')

  const visitor = at.visitor()
  await entered(somying(), 'tax', visitor)
  await entered(somying(), 'social', visitor)
  await at.service.parts.persons.setStatus(db, somying().key, 'deceased', why)
  await settled()
  const signed = ({ tokens }: Receiver) =>
    tokens.map((token) => decodeProtectedHeader(token)).map(({ typ, kid }) => `${typ} ${kid}`)
  expect(signed(tax).toSorted()).toEqual([`logout+jwt ${announced.kid}`, `secevent+jwt ${announced.kid}`])
  expect(signed(social).toSorted()).toEqual([`logout+jwt ${old}`, `secevent+jwt ${old}`])
})
