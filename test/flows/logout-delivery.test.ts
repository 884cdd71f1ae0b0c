import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { rows } from '../../src/platform/db.ts'
import { enterParty } from '../support/enter-party.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import {
  callback,
  claimsOf,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
} from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Back-channel logout as agencies' servers see it: told of the end of a session once it has ended, told again while they
// don't answer, by whichever node is there, and never told what isn't theirs.

let at: TestService
const receivers = new Map<string, Receiver>()

beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  for (const name of ['tax', 'social'] as const) {
    const receiver = await openReceiver()
    receivers.set(name, receiver)
    await enterParty(at, name, {
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: SECRETS[name],
      redirect_uris: [`http://localhost:9/${name}/callback`],
      backchannel_logout_uri: `${receiver.url}/logout`,
      backchannel_logout_session_required: name === 'tax',
    })
  }
})
afterAll(async () => {
  await at.close()
  await Promise.all([...receivers.values()].map((each) => each.close()))
})
beforeEach(async () => {
  await rows(at.database.db, 'delete from job')
  for (const each of receivers.values()) each.reset()
})

const tax = () => receivers.get('tax')!
const social = () => receivers.get('social')!
const jobs = () =>
  rows<{ destination: string; tries: number; outcome: string | null }>(
    at.database.db,
    "select destination, tries, outcome from job where kind = 'logout' order by destination",
  )

/** The failed try is put away, and the next is due after so many milliseconds. */
async function waits(ms: number): Promise<boolean> {
  const due = await rows<{ due_at: Date }>(at.database.db, 'select due_at from job where ended_at is null')
  return due.every(({ due_at }) => due_at.getTime() - at.clock.now() === ms)
}

async function entered(visitor: Visitor, agency: string): Promise<Record<string, unknown>> {
  const asked = request(at.issuer, agency)
  const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
  return claimsOf((await redeem(at.issuer, agency, code!, asked.verifier)).id_token)
}

async function signOut(visitor: Visitor, everywhere = true, more: Record<string, string> = {}): Promise<Page> {
  const question = await visitor.open(`${at.issuer}/session/end?${new URLSearchParams(more).toString()}`)
  if (!everywhere) {
    const { form } = question
    return visitor.post(form!.action, { xsrf: form!.fields.xsrf! })
  }
  return visitor.submit(question, { logout: 'yes' })
}

/** Until the worker has had its say: it looks every second. */
async function until(done: () => Promise<boolean>): Promise<void> {
  const from = performance.now()
  while (!(await done())) {
    if (performance.now() - from > 10_000) throw new Error('nothing came of it in ten seconds')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('signing out everywhere', () => {
  test('tells each agency of the session with a token that verifies, and whom it means', async () => {
    const visitor = at.visitor()
    const ids = { tax: await entered(visitor, 'tax'), social: await entered(visitor, 'social') }
    const told = [tax().next(), social().next()]
    await signOut(visitor)
    // At once: the clock stands still.
    const [forTax = '', forSocial = ''] = await Promise.all(told)
    const keys = createRemoteJWKSet(new URL(`${at.issuer}/jwks`))
    for (const [agency, token] of [
      ['tax', forTax],
      ['social', forSocial],
    ] as const) {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: at.issuer,
        audience: agency,
        typ: 'logout+jwt',
        currentDate: new Date(at.clock.now()),
      })
      expect(protectedHeader.alg).toBe('ES256')
      expect(payload).toMatchObject({
        sub: ids[agency].sub,
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        jti: expect.any(String),
      })
      expect(payload.exp! - payload.iat!).toBe(120)
      expect(payload).not.toHaveProperty('nonce')
    }
    expect(decodeJwt(forTax).sid).toBe(ids.tax.sid)
    expect(ids.tax.sid).toEqual(expect.any(String))
    // Whose ID tokens name no session is not told of one.
    expect([ids.social, decodeJwt(forSocial)]).toEqual([
      expect.not.objectContaining({ sid: expect.anything() }),
      expect.not.objectContaining({ sid: expect.anything() }),
    ])
    await until(async () => (await jobs()).every(({ outcome }) => outcome === 'done'))
    expect(tax().paths).toEqual(['POST /logout'])
  })

  test('is announced at discovery', async () => {
    const found = await fetch(`${at.issuer}/.well-known/openid-configuration`)
    expect(await found.json()).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    })
  })

  test('goes on trying an agency that is down, with a fresh token each time, and tells it once it is back', async () => {
    const visitor = at.visitor()
    await entered(visitor, 'tax')
    tax().status = 500
    let told = tax().next()
    await signOut(visitor)
    const first = decodeJwt(await told)
    await until(() => waits(5_000))
    told = tax().next()
    at.clock.advance(5_000)
    const second = decodeJwt(await told)
    expect(second.jti).toBe(first.jti)
    expect(second.iat).toBeGreaterThan(first.iat!)
    await until(() => waits(30_000))
    tax().status = 204
    told = tax().next()
    at.clock.advance(30_000)
    await told
    await until(async () => (await jobs())[0]?.outcome === 'done')
    expect((await jobs())[0]).toMatchObject({ tries: 3 })
  })

  test('follows no redirect, and takes a 400 for an answer', async () => {
    const visitor = at.visitor()
    await entered(visitor, 'tax')
    await entered(visitor, 'social')
    tax().status = 302
    social().status = 400
    const told = [tax().next(), social().next()]
    await signOut(visitor)
    await Promise.all(told)
    await until(async () => (await jobs()).some(({ outcome }) => outcome === 'refused'))
    expect((await jobs()).map(({ destination, outcome }) => [destination, outcome])).toEqual([
      ['social', 'refused'],
      ['tax', null],
    ])
    expect(tax().paths).toEqual(['POST /logout'])
  })

  test('is not done where it could not be put on record: nobody is signed out without the agencies hearing of it', async () => {
    const visitor = at.visitor()
    await entered(visitor, 'tax')
    await rows(at.database.db, 'alter table job rename to job_away')
    const page = await signOut(visitor)
    await rows(at.database.db, 'alter table job_away rename to job')
    expect(page.status).toBe(500)
    expect(await entered(visitor, 'social')).toMatchObject({ iss: at.issuer })
    expect(await jobs()).toEqual([])
    expect((await signOut(visitor)).status).toBe(200)
    expect((await jobs()).map(({ destination }) => destination)).toEqual(['social', 'tax'])
  })
})

test('leaving one service tells that one alone', async () => {
  const visitor = at.visitor()
  await entered(visitor, 'tax')
  await entered(visitor, 'social')
  await signOut(visitor, false, { client_id: 'tax' })
  expect((await jobs()).map(({ destination }) => destination)).toEqual(['tax'])
})

test('somebody who is not signed in sets nothing off', async () => {
  await at.visitor().open(`${at.issuer}/session/end`)
  expect(await jobs()).toEqual([])
})
