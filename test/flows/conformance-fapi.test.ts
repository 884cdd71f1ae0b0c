import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { JWTHeaderParameters } from 'jose'
import {
  type Answer,
  answerOf,
  asksForProof,
  authAddress,
  type Changes,
  callToken,
  enterFapi,
  type Forged,
  type KeyHolder,
  parameters,
  pass,
  proof,
  push,
  redirectUri,
  seconds,
  signInAt,
  verified,
} from '../support/conformance.ts'
import { type Citizen, startService, type TestService, userInfo } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// What the modules of the FAPI 2.0 Security Profile's test plan ask, save where they want sender-constrained tokens: each
// test begins with its module's name. docs/conformance.md has the whole list.

const FAPI = 'fapi2-security-profile-final'

let at: TestService
let citizen: Citizen
let party: KeyHolder
let other: KeyHolder
beforeAll(async () => {
  at = await startService()
  citizen = at.citizens[0]!
  party = await enterFapi(at, 'fapi')
  other = await enterFapi(at, 'fapi-other')
})
afterAll(() => at.close())

const verifier = randomBytes(32).toString('base64url')
const PKCE = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
}

/** Pushes a request with the client's own proof; fields that are undefined are left out. */
const pushed = async (changes: Changes = {}, forged: Forged = {}, who = party) =>
  push(at, { ...parameters(who.id, { ...PKCE, ...changes }), ...(await proof(at, who, forged)) })

async function requestUri(changes: Changes = {}, who = party): Promise<string> {
  const { status, request_uri } = await pushed(changes, {}, who)
  expect(status).toBe(201)
  return String(request_uri)
}

const address = (request_uri: string, more: Changes = {}): string =>
  authAddress(at, { client_id: party.id, request_uri, ...more })

async function enter(changes: Changes = {}, visitor: Visitor = at.visitor()): Promise<Answer> {
  const answer = answerOf(await pass(at, visitor, citizen, address(await requestUri(changes))))
  if (!answer) throw new Error('nothing was handed to the agency')
  return answer
}

const redeem = async (code: string | undefined, changes: Changes = {}, forged: Forged = {}, who = party) =>
  callToken(
    at,
    {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri(party.id),
      code_verifier: verifier,
      ...(await proof(at, who, forged)),
      ...changes,
    },
    {},
  )

async function signIn(changes: Changes = {}) {
  const answer = await enter(changes)
  expect(answer).toMatchObject({ to: redirectUri(party.id), fields: { code: expect.any(String), iss: at.issuer } })
  const tokens = await redeem(answer.fields.code)
  expect(tokens.status).toBe(200)
  return { answer, tokens, claims: (await verified(at, tokens.body.id_token, party.id)).payload }
}

/** Refused where it was pushed. */
async function isRefused(changes: Changes, error: string | RegExp = 'invalid_request'): Promise<void> {
  const answer = await pushed(changes)
  expect(answer).toMatchObject({ status: 400, error: expect.stringMatching(error) })
  expect(answer).not.toHaveProperty('request_uri')
}

const isErrorPage = (page: Page, trouble: string): boolean =>
  page.status === 400 && page.trouble === trouble && answerOf(page) === undefined

describe('the FAPI 2.0 profile, well used', () => {
  test(`${FAPI}-discovery-end-point-verification: says what the profile needs`, async () => {
    const said = await (await fetch(`${at.issuer}/.well-known/openid-configuration`)).json()
    expect(said).toMatchObject({
      issuer: at.issuer,
      pushed_authorization_request_endpoint: `${at.issuer}/request`,
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA'],
      id_token_signing_alg_values_supported: ['ES256'],
      claims_parameter_supported: true,
    })
  })

  test(`${FAPI}-happy-flow: two agencies, each its own code, tokens and subject`, async () => {
    const { tokens, claims } = await signIn({ scope: 'openid profile' })
    expect(await userInfo(at.issuer, tokens.body.access_token!)).toMatchObject({ sub: claims.sub, given_name: 'สมหญิง' })
    const visitor = at.visitor()
    const uri = await requestUri({}, other)
    const page = await pass(at, visitor, citizen, authAddress(at, { client_id: other.id, request_uri: uri }))
    const fields = { redirect_uri: redirectUri(other.id) }
    const second = await redeem(answerOf(page)?.fields.code, fields, {}, other)
    const { payload } = await verified(at, second.body.id_token, other.id)
    expect(payload.sub).not.toBe(claims.sub)
  })

  test(`${FAPI}-user-rejects-authentication: access_denied, with state and issuer`, async () => {
    const visitor = at.visitor()
    const page = await visitor.open(address(await requestUri()))
    const gone = await visitor.submit(page, { person_code: '', code: '', cancel: '1' })
    expect(answerOf(gone)?.fields).toMatchObject({ error: 'access_denied', state: 'state-of-fapi', iss: at.issuer })
  })

  test(`${FAPI}-ensure-authorization-request-without-state-success: and none comes back`, async () => {
    expect((await signIn({ state: undefined })).answer.fields).not.toHaveProperty('state')
  })

  test(`${FAPI}-ensure-authorization-request-without-nonce-success: and none is in the ID token`, async () => {
    expect((await signIn({ nonce: undefined })).claims).not.toHaveProperty('nonce')
  })

  test.each([
    ['ensure-authorization-request-with-64-char-nonce-success', 'nonce', 64],
    ['ensure-authorization-request-with-long-nonce', 'nonce', 384],
  ])(`${FAPI}-%s: comes back as it was sent`, async (_name, field, length) => {
    const value = randomBytes(length).toString('base64url').slice(0, length)
    expect((await signIn({ [field]: value })).claims.nonce).toBe(value)
  })

  test(`${FAPI}-ensure-authorization-request-with-long-state: comes back as it was sent`, async () => {
    const state = randomBytes(384).toString('base64url').slice(0, 384)
    expect((await signIn({ state })).answer.fields.state).toBe(state)
  })

  test(`${FAPI}-ensure-other-scope-order-succeeds: the order means nothing`, async () => {
    const { tokens } = await signIn({ scope: 'profile openid' })
    expect(await userInfo(at.issuer, tokens.body.access_token!)).toMatchObject({ status: 200, given_name: 'สมหญิง' })
  })

  test(`${FAPI}-test-claims-parameter-identity-claims: single claims, where they were asked for`, async () => {
    const wish = { userinfo: { given_name: { essential: true }, birthdate: null }, id_token: { family_name: null } }
    const { tokens, claims } = await signIn({ claims: JSON.stringify(wish) })
    const { status, ...told } = await userInfo(at.issuer, tokens.body.access_token!)
    expect([status, told]).toEqual([200, { sub: claims.sub, given_name: 'สมหญิง', birthdate: '1987-04-12' }])
    expect(claims.family_name).toBe('ตัวอย่างดี')
  })

  test(`${FAPI}-access-token-type-header-case-sensitivity: "bearer" is "Bearer"`, async () => {
    const { tokens } = await signIn()
    for (const scheme of ['bearer', 'BEARER', 'bEARer']) {
      const headers = { authorization: `${scheme} ${tokens.body.access_token}` }
      expect((await fetch(`${at.issuer}/userinfo`, { headers })).status).toBe(200)
    }
  })

  test(`${FAPI}-par-without-duplicate-parameters: client_id and request_uri are enough`, async () => {
    const { searchParams } = new URL(address(await requestUri()))
    expect([...searchParams.keys()]).toEqual(['client_id', 'request_uri'])
    expect((await signIn()).claims.sub).toBeDefined()
  })

  // The suite's module goes on to use the first token again, which we take for theft: docs/conformance.md.
  test(`${FAPI}-refresh-token: needs the agency's own proof, and brings the same person`, async () => {
    const { tokens, claims } = await signIn({ scope: 'openid offline_access', prompt: 'consent' })
    const fields = { grant_type: 'refresh_token', refresh_token: tokens.body.refresh_token }
    expect((await callToken(at, { ...fields, client_id: party.id }, {})).status).toBe(401)
    const stolen = await callToken(at, { ...fields, ...(await proof(at, other)) }, {})
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant'])
    const fresh = await callToken(at, { ...fields, ...(await proof(at, party)) }, {})
    expect(await userInfo(at.issuer, fresh.body.access_token!)).toMatchObject({ status: 200, sub: claims.sub })
  })
})

describe('an authorization request', () => {
  test(`${FAPI}-ensure-unsigned-authorization-request-without-using-par-fails: it must be pushed`, async () => {
    const page = await at.visitor().open(authAddress(at, parameters(party.id, PKCE)))
    expect(answerOf(page)?.fields).toMatchObject({ error: 'invalid_request', iss: at.issuer })
  })

  // The suite lets a provider refuse, or go by what was pushed. What stands outside may never win.
  test.each([
    ['ensure-different-nonce-inside-and-outside-request-object', 'nonce'],
    ['ensure-different-state-inside-and-outside-request-object', 'state'],
  ])(`${FAPI}-%s: what was pushed counts`, async (_name, field) => {
    const page = await pass(at, at.visitor(), citizen, address(await requestUri(), { [field]: 'from-outside' }))
    const { code, state } = answerOf(page)!.fields
    const { payload } = await verified(at, (await redeem(code)).body.id_token, party.id)
    expect([state, payload.nonce]).toEqual(['state-of-fapi', 'nonce-of-fapi'])
  })

  test(`${FAPI}-state-only-outside-request-object-not-used: it is not sent back`, async () => {
    const uri = await requestUri({ state: undefined })
    const page = await pass(at, at.visitor(), citizen, address(uri, { state: 'from-outside' }))
    expect(answerOf(page)?.fields.code).toBeDefined()
    expect(answerOf(page)?.fields).not.toHaveProperty('state')
  })

  test.each([
    ['ensure-request-object-without-redirect-uri-fails', { redirect_uri: undefined }],
    ['ensure-redirect-uri-in-authorization-request', { redirect_uri: undefined, state: undefined }],
    ['ensure-registered-redirect-uri', { redirect_uri: 'https://fapi.example/callback/more' }],
    ['plain-fapi-tolerate-unregistered-redirect-uri', { redirect_uri: 'https://elsewhere.example/callback' }],
  ])(`${FAPI}-%s: refused when pushed`, async (_name, changes) => {
    await isRefused(changes, /^invalid_(request|redirect_uri)$/)
  })

  test.each([
    ['ensure-response-type-code-idtoken-fails', 'code id_token'],
    ['ensure-response-type-token-fails', 'token'],
  ])(`${FAPI}-%s: refused when pushed`, async (_name, response_type) => {
    await isRefused({ response_type }, 'unsupported_response_type')
  })

  test(`${FAPI}-par-ensure-pkce-required: refused when pushed`, async () => {
    await isRefused({ code_challenge: undefined, code_challenge_method: undefined })
  })

  test(`${FAPI}-par-plain-pkce-rejected: refused when pushed`, async () => {
    await isRefused({ code_challenge: verifier, code_challenge_method: 'plain' })
  })

  test(`${FAPI}-par-authorization-request-containing-request_uri-form-param: refused when pushed`, async () => {
    await isRefused({ request_uri: await requestUri() }, /^(invalid_request|request_uri_not_supported)$/)
  })

  test(`${FAPI}-par-attempt-invalid-http-method: only POST`, async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await fetch(`${at.issuer}/request`, { method })
      expect([method, [404, 405].includes(status)]).toEqual([method, true])
    }
  })

  test(`${FAPI}-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: opening it uses nothing up`, async () => {
    const [visitor, uri] = [at.visitor(), await requestUri()]
    expect(asksForProof(await visitor.open(address(uri)))).toBe(true)
    const page = await signInAt(at, visitor, citizen, await visitor.open(address(uri)))
    expect((await redeem(answerOf(page)?.fields.code)).status).toBe(200)
  })

  test(`${FAPI}-par-attempt-reuse-request_uri: once there is a code, it is over`, async () => {
    const [visitor, uri] = [at.visitor(), await requestUri()]
    expect(answerOf(await pass(at, visitor, citizen, address(uri)))?.fields.code).toBeDefined()
    expect(isErrorPage(await visitor.open(address(uri)), 'PRT-3004')).toBe(true)
    expect(isErrorPage(await at.visitor().open(address(uri)), 'PRT-3004')).toBe(true)
  })

  test(`${FAPI}-par-attempt-to-use-expired-request_uri: it lasts a minute`, async () => {
    const { request_uri, expires_in } = await pushed()
    expect(expires_in).toBe(60)
    // The suite waits until it is over, and for the tolerance of clocks.
    at.clock.advance((Number(expires_in) + 11) * 1000)
    expect(isErrorPage(await at.visitor().open(address(String(request_uri))), 'PRT-3004')).toBe(true)
  })

  test(`${FAPI}-par-attempt-to-use-request_uri-for-different-client: it belongs to one`, async () => {
    const page = await at.visitor().open(address(await requestUri(), { client_id: other.id }))
    expect([page.status, asksForProof(page), answerOf(page)]).toEqual([400, false, undefined])
  })
})

describe('a code', () => {
  test(`${FAPI}-ensure-authorization-code-is-bound-to-client: worth nothing to another agency`, async () => {
    const { fields } = await enter()
    const stolen = await redeem(fields.code, {}, {}, other)
    expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant'])
  })

  test(`${FAPI}-attempt-reuse-authorization-code-after-one-second: refused, and its tokens end`, async () => {
    const { fields } = await enter()
    const { body } = await redeem(fields.code)
    at.clock.advance(1_000)
    const again = await redeem(fields.code)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect((await userInfo(at.issuer, body.access_token!)).status).toBe(401)
  })

  test(`${FAPI}-ensure-token-endpoint-fails-with-expired-auth-code: it lasts a minute`, async () => {
    const { fields } = await enter()
    at.clock.advance(62_000)
    expect((await redeem(fields.code)).body.error).toBe('invalid_grant')
  })

  test(`${FAPI}-ensure-pkce-code-verifier-required: refused without one`, async () => {
    const { fields } = await enter()
    const answer = await redeem(fields.code, { code_verifier: undefined })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  })

  test(`${FAPI}-incorrect-pkce-code-verifier-rejected: refused with another`, async () => {
    const { fields } = await enter()
    const answer = await redeem(fields.code, { code_verifier: randomBytes(32).toString('base64url') })
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant'])
  })
})

/** As the suite takes it: 400 or 401, the client or the request. */
function expectRefusal({ status, error, ...more }: Record<string, unknown>): void {
  expect([400, 401]).toContain(status)
  expect(['invalid_client', 'invalid_request']).toContain(error)
  expect(more).not.toHaveProperty('request_uri')
}

describe('a client assertion', () => {
  /** Refused at both addresses; a good one is taken there right after, so the rest was right. */
  async function fails(make: () => Forged): Promise<void> {
    const answer = await pushed({}, make())
    expect([answer.status, answer.error]).toEqual([401, 'invalid_client'])
    const { fields } = await enter()
    const token = await redeem(fields.code, {}, make())
    expect([token.status, token.body.error]).toEqual([401, 'invalid_client'])
    expect((await redeem(fields.code)).status).toBe(200)
  }

  test.each<[string, () => Forged]>([
    ['ensure-client-assertion-with-exp-is-5-minutes-in-past-fails', () => ({ claims: { exp: seconds(at) - 300 } })],
    ['ensure-client-assertion-with-wrong-aud-fails', () => ({ claims: { aud: 'https://other.example' } })],
    ['ensure-client-assertion-with-no-sub-fails', () => ({ claims: { sub: undefined } })],
    ['par-test-array-as-audience-fails', () => ({ claims: { aud: [at.issuer, 'https://other.example'] } })],
    ['par-test-par-endpoint-url-as-audience-fails', () => ({ claims: { aud: `${at.issuer}/request` } })],
    ['par-test-token-endpoint-url-as-audience-fails', () => ({ claims: { aud: `${at.issuer}/token` } })],
    [
      'par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails',
      () => ({ claims: { iat: seconds(at) + 61, nbf: seconds(at) + 61, exp: seconds(at) + 120 } }),
    ],
    [
      'ensure-signed-client-assertion-with-RS256-fails',
      () => ({ key: party.rsa, header: { alg: 'RS256', kid: 'rsa' } satisfies JWTHeaderParameters }),
    ],
  ])(`${FAPI}-%s`, async (_name, make) => {
    await fails(make)
  })

  test.each<[string, () => Forged]>([
    ['only the issuer in a list', () => ({ claims: { aud: [at.issuer] } })],
    ['no audience', () => ({ claims: { aud: undefined } })],
    ['the issuer with a slash', () => ({ claims: { aud: `${at.issuer}/` } })],
    ['another sub', () => ({ claims: { sub: other.id } })],
    ['another iss', () => ({ claims: { iss: other.id } })],
    ['no iss', () => ({ claims: { iss: undefined } })],
    ['no jti', () => ({ claims: { jti: undefined } })],
    ['no exp', () => ({ claims: { exp: undefined } })],
    ['exp more than an hour away', () => ({ claims: { exp: seconds(at) + 3_671 } })],
    ['iat a minute in the future', () => ({ claims: { iat: seconds(at) + 61 } })],
    ["another agency's key", () => ({ key: other.key })],
  ])(`${FAPI}-ensure-invalid-client-assertions-fail: %s`, async (_what, make) => {
    expectRefusal(await pushed({}, make()))
  })

  test.each([
    ['none at all', { client_assertion: undefined, client_assertion_type: undefined }],
    ['no type', { client_assertion_type: undefined }],
    ['another type', { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' }],
    ['another signature', { client_assertion: 'e30.e30.AAAA' }],
  ])(`${FAPI}-ensure-invalid-client-assertions-fail: %s`, async (_what, changes) => {
    const fields = { ...parameters(party.id, PKCE), ...(await proof(at, party)) }
    expectRefusal(await push(at, { ...fields, ...changes }))
    expect((await push(at, fields)).status).toBe(201)
  })

  test(`${FAPI}-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted`, async () => {
    const claims = { iat: seconds(at) + 8, nbf: seconds(at) + 8 }
    expect((await pushed({}, { claims })).status).toBe(201)
  })

  test('that is refused has its reason in the log, under the name that the answer gave the request', async () => {
    const fields = { grant_type: 'authorization_code', code: 'x', redirect_uri: redirectUri(party.id) }
    const claims = { aud: `${at.issuer}/token` }
    const { headers } = await callToken(at, { ...fields, ...(await proof(at, party, { claims })) }, {})
    const lines = at.log().trim().split('\n')
    expect(lines.find((line) => line.includes(headers.get('x-request-id')!))).toMatch(
      /"route":"\/token".*"oauthError":"invalid_client".*"reason":"aud .* must be the issuer.*"client":"fapi"/,
    )
  })

  test(`${FAPI}-ensure-client-assertion-in-token-endpoint: nothing without one`, async () => {
    const { fields } = await enter()
    const answer = await redeem(fields.code, { client_assertion: undefined, client_assertion_type: undefined })
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client'])
  })

  test(`${FAPI}-ensure-client-id-in-token-endpoint: one agency's name with another's key`, async () => {
    const { fields } = await enter()
    const answer = await redeem(fields.code, { client_id: other.id })
    expect([400, 401]).toContain(answer.status)
    expect(['invalid_client', 'invalid_request', 'invalid_grant']).toContain(answer.body.error)
  })
})
