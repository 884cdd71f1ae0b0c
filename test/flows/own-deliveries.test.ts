import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import { rows } from '../../src/platform/db.ts'
import { proof } from '../support/conformance.ts'
import { enterParty } from '../support/enter-party.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import {
  basic,
  callback,
  claimsOf,
  form,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
} from '../support/service.ts'

// An agency reads what it was told: its own and nobody else's, proving itself as it does for tokens.

interface Listed {
  readonly jti: string
  readonly sub: string
  readonly state: string
  readonly [name: string]: unknown
}

let at: TestService
let receiver: Receiver
let keyed: Parameters<typeof proof>[1]
const subs: unknown[] = []
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  receiver = await openReceiver()
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  keyed = { id: 'keyed', key: privateKey }
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' } as Record<string, Json>
  await enterParty(at, 'keyed', { jwks: { keys: [jwk] }, backchannel_logout_uri: `${receiver.url}/keyed` })
  for (const name of ['tax', 'social'] as const)
    await enterParty(at, name, {
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: SECRETS[name],
      redirect_uris: [`http://localhost:9/${name}/callback`],
      backchannel_logout_uri: `${receiver.url}/${name}`,
    })
  receiver.status = 500
  for (const citizen of at.citizens.slice(0, 2)) {
    for (const agency of ['tax', 'tax', 'social']) {
      const asked = request(at.issuer, agency)
      const { code } = callback(await signIn(at, at.visitor(), citizen, asked))
      const { sub } = claimsOf((await redeem(at.issuer, agency, code!, asked.verifier)).id_token)
      if (agency === 'tax' && !subs.includes(sub)) subs.push(sub)
      at.clock.advance(1_000)
      await at.service.parts.live.endAllOf(at.database.db, citizen.key, 'person-status', { kind: 'visitor' })
    }
  }
})
afterAll(async () => {
  await at.close()
  await receiver.close()
})

const list = async (fields: Record<string, string> = {}, headers: Record<string, string> = basic('tax')) =>
  (await form(`${at.issuer}/deliveries`, fields, headers)) as {
    readonly status: number
    readonly deliveries?: readonly Listed[]
    readonly next?: string
    readonly error?: string
  }

test('an agency sees its own deliveries, of whom by its own subject, and how each of them stands', async () => {
  const { status, deliveries, next } = await list()
  expect(status).toBe(200)
  expect(next).toBeUndefined()
  expect(deliveries).toHaveLength(4)
  expect(new Set(deliveries!.map(({ sub }) => sub))).toEqual(new Set(subs))
  expect(deliveries![0]).toEqual({
    ...{ jti: expect.any(String), kind: 'logout', sub: expect.any(String), state: 'waiting' },
    ...{ tries: expect.any(Number), made_at: expect.any(String), next_try_at: expect.any(String) },
    ...(deliveries![0]!.tried_at !== undefined && { tried_at: expect.any(String) }),
  })
  const told = JSON.stringify(deliveries)
  // Neither why a session ended, which no agreement covers, nor what two agencies could compare.
  for (const { key } of at.citizens) expect(told).not.toContain(key)
  expect(told).not.toContain('person-status')
  const ids = await rows<{ id: string; session: string }>(
    at.database.db,
    "select id, session from job where destination = 'tax'",
  )
  expect(deliveries!.map(({ jti }) => jti).toSorted()).toEqual(ids.map(({ id }) => id).toSorted())
  for (const { session } of ids) expect(told).not.toContain(session)
  expect((await list({}, basic('social'))).deliveries).toHaveLength(2)
})

test('comes page by page, newest first, and by what has become of them', async () => {
  const all = (await list()).deliveries!.map(({ jti }) => jti)
  const first = await list({ limit: '3' })
  expect(first.deliveries!.map(({ jti }) => jti)).toEqual(all.slice(0, 3))
  const rest = await list({ limit: '3', after: first.next! })
  expect(rest.deliveries!.map(({ jti }) => jti)).toEqual(all.slice(3))
  expect(rest.next).toBeUndefined()
  expect((await list({ state: 'waiting' })).deliveries).toHaveLength(4)
  expect((await list({ state: 'delivered' })).deliveries).toEqual([])
})

test('is for whoever proves to be the agency, by a secret or by a key, and for nobody else', async () => {
  const signed = await proof(at, keyed)
  const proved = await list(signed as Record<string, string>, {})
  expect(proved).toMatchObject({ status: 200, deliveries: [] })
  // An assertion works once.
  expect(await list(signed as Record<string, string>, {})).toMatchObject({ status: 401, error: 'invalid_client' })
  const refused: [Record<string, string>, Record<string, string>][] = [
    [{}, {}],
    [{ client_id: 'tax' }, {}],
    [{}, basic('tax', SECRETS.social)],
    [{}, basic('nobody', SECRETS.tax)],
    [{ client_id: 'tax', client_secret: SECRETS.tax }, {}],
    [{ client_id: 'social' }, basic('tax')],
  ]
  for (const [fields, headers] of refused) {
    const { status, deliveries, error } = await list(fields, headers)
    expect([status, deliveries, error]).toEqual([expect.any(Number), undefined, expect.any(String)])
    expect(status).toBeGreaterThanOrEqual(400)
  }
  const { clients, db } = at.service.parts
  await clients.setDisabled(db, 'social', true, { kind: 'operator', name: 'test' })
  await clients.refresh()
  expect(await list({}, basic('social'))).toMatchObject({ status: 401, error: 'invalid_client' })
})

test('says what is wrong with a question, and answers no other method', async () => {
  for (const wrong of [{ limit: '0' }, { limit: '1001' }, { state: 'lost' }, { after: "1.'" }, { after: '' }])
    expect(await list(wrong as Record<string, string>)).toMatchObject({ status: 400, error: 'invalid_request' })
  const got = await fetch(`${at.issuer}/deliveries`, { headers: basic('tax') })
  expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST'])
  const json = await fetch(`${at.issuer}/deliveries`, {
    ...{ method: 'POST', body: '{}' },
    headers: { ...basic('tax'), 'content-type': 'application/json' },
  })
  expect(json.status).toBe(400)
  const { headers } = await fetch(`${at.issuer}/deliveries`, {
    ...{ method: 'POST', headers: basic('tax'), body: new URLSearchParams() },
  })
  expect(headers.get('cache-control')).toBe('no-store')
})
