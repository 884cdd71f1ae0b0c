import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { decodeProtectedHeader } from 'jose'
import { endAllAt } from '../../src/cli/sessions.ts'
import { clientId } from '../../src/identity/identifiers.ts'
import { enterParty } from '../support/enter-party.ts'
import { openReceiver, type Receiver } from '../support/receiver.ts'
import {
  callback,
  redeem,
  request,
  SECRETS,
  signIn,
  startService,
  type TestService,
  type Tokens,
  userInfo,
} from '../support/service.ts'
import type { Visitor } from '../support/visitor.ts'

// A key that leaked, as citizens and agencies live through it.

const BY = { actor: { kind: 'operator', name: 'malee' }, why: 'found on a laptop' } as const

let at: TestService
let tax: Receiver
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  tax = await openReceiver()
  await enterTax()
})
afterAll(async () => {
  await at.close()
  await tax.close()
})

const enterTax = (more: Record<string, string> = {}) =>
  enterParty(at, 'tax', {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: SECRETS.tax,
    redirect_uris: ['http://localhost:9/tax/callback'],
    post_logout_redirect_uris: ['http://localhost:9/tax/'],
    backchannel_logout_uri: `${tax.url}/logout`,
    ...more,
  })

async function enter(visitor: Visitor, who: number): Promise<Tokens> {
  const asked = request(at.issuer, 'tax')
  const { code } = callback(await signIn(at, visitor, at.citizens[who]!, asked))
  return redeem(at.issuer, 'tax', code!, asked.verifier)
}
const kids = async () =>
  ((await (await fetch(`${at.issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
const kidOf = ({ id_token }: Tokens): string => decodeProtectedHeader(id_token).kid!

async function revoke(kid: string) {
  const { db, rotation, ring } = at.service.parts
  const done = await rotation.revoke(db, kid, BY)
  if ('because' in done) throw new Error(done.because)
  await rotation.clear(db)
  await ring.refresh()
  return done
}

test('what a revoked key signed is refused, a hint that it signed leads to the question, and who is in stays in', async () => {
  const visitor = at.visitor()
  const before = await enter(visitor, 0)
  const kid = kidOf(before)
  const { successor } = await revoke(kid)
  expect(await kids()).toEqual([successor])

  const bye = { id_token_hint: before.id_token, post_logout_redirect_uri: 'http://localhost:9/tax/' }
  const question = await visitor.open(`${at.issuer}/session/end?${new URLSearchParams(bye).toString()}`)
  expect([question.status, question.form?.fields.logout ?? question.form?.action]).toEqual([
    200,
    expect.stringContaining('/session/end/confirm'),
  ])
  const asked = request(at.issuer, 'tax', { id_token_hint: before.id_token, prompt: 'none' })
  expect(callback(await visitor.open(asked.url)).code).toBeDefined()

  // The token for UserInfo is no signature's business: the session is kept, and what hangs on it.
  expect((await userInfo(at.issuer, before.access_token)).status).toBe(200)
  const after = await enter(visitor, 0)
  expect(kidOf(after)).toBe(successor)
})

test('where sessions are to end with it, people are asked anew and their agencies are told, by a token of the new key', async () => {
  const { db, live, audit } = at.service.parts
  const visitor = at.visitor()
  const before = await enter(visitor, 1)
  const { successor, clients } = await revoke(kidOf(before))
  const told = tax.next()
  const parts = { db, live, audit, actor: { kind: 'operator', name: 'malee' } as const }
  expect(await endAllAt(parts, clients.map(clientId), BY.why)).toBeGreaterThan(0)
  at.clock.advance(2_000)
  expect(decodeProtectedHeader(await told)).toMatchObject({ kid: successor, typ: 'logout+jwt' })
  const signedOut = async () =>
    (await visitor.open(request(at.issuer, 'tax').url)).form?.fields.person_code !== undefined
  for (let looks = 0; looks < 200 && !(await signedOut()); looks++)
    await new Promise((resolve) => setImmediate(resolve))
  expect(await signedOut()).toBe(true)
  expect((await userInfo(at.issuer, before.access_token)).status).toBe(401)
})

test('an agency that asks for another algorithm gets ES256 until its first key signs, and then that for its logout tokens too', async () => {
  const { db, live, rotation, ring } = at.service.parts
  const algOf = (token: string) => decodeProtectedHeader(token).alg
  const end = async () => {
    const told = tax.next()
    const by = { kind: 'operator', name: 'malee' } as const
    await live.endAllOf(db, at.citizens[2]!.key, 'operator', by)
    at.clock.advance(2_000)
    return algOf(await told)
  }
  const look = async () => {
    await rotation.advance(db, { kind: 'service', part: 'schedule' })
    await ring.refresh()
  }
  await enterTax({ id_token_signed_response_alg: 'EdDSA' })
  await look()
  expect(algOf((await enter(at.visitor(), 2)).id_token)).toBe('ES256')
  expect(await end()).toBe('ES256')
  at.clock.advance(rotation.waits.announced)
  await look()
  expect(algOf((await enter(at.visitor(), 2)).id_token)).toBe('EdDSA')
  expect(await end()).toBe('EdDSA')
})
