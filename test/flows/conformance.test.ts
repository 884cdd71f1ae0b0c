import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import {
  type Answer,
  answerOf,
  asksForProof,
  authAddress,
  type Changes,
  enterBasic,
  parameters,
  pass,
  redeemBasic,
  redirectUri,
  seconds,
  signInAt,
  type Tokens,
  verified,
} from '../support/conformance.ts'
import { basic, type Citizen, claimsOf, form, startService, type TestService, userInfo } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// What the modules of the OpenID Foundation's conformance suite ask of an OpenID provider, in our own words; each test
// begins with its module's name. Which modules there are and which don't apply is told in docs/conformance.md.

const ID = 'conform'
const OTHER = 'conform-other'

let at: TestService
let citizen: Citizen
beforeAll(async () => {
  at = await startService()
  citizen = at.citizens[0]!
  await enterBasic(at, ID)
  await enterBasic(at, OTHER)
})
afterAll(() => at.close())

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** A JWT without a signature: `alg` none (RFC 7519 §6). */
const unsigned = (claims: object): string => `${part({ alg: 'none' })}.${part(claims)}.`

const discovery = async (): Promise<Record<string, unknown>> =>
  (await (await fetch(`${at.issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>

const errorOf = (page: Page): string | undefined => answerOf(page)?.fields.error

/** A page of the door's own, which leads nobody anywhere. */
const isErrorPage = (page: Page): boolean =>
  page.status === 400 && answerOf(page) === undefined && page.trouble !== undefined

describe.each(['query', 'form_post'] as const)('the Basic OP profile, answered by %s', (mode) => {
  const asked = (changes: Changes = {}) =>
    parameters(ID, { response_mode: mode === 'query' ? undefined : mode, ...changes })

  async function enter(changes: Changes = {}, visitor = at.visitor(), who = citizen): Promise<Answer> {
    const page = await pass(at, visitor, who, authAddress(at, asked(changes)))
    const answer = answerOf(page)
    if (!answer) throw new Error(`no answer: ${page.status} ${page.url} ${page.html.slice(0, 500)}`)
    return answer
  }

  async function signIn(changes: Changes = {}, visitor = at.visitor(), who = citizen, more: Changes = {}) {
    const answer = await enter(changes, visitor, who)
    expect(answer).toMatchObject({ mode, to: redirectUri(ID), fields: { iss: at.issuer } })
    const tokens = await redeemBasic(at, ID, answer.fields.code ?? '', more)
    expect(tokens.status).toBe(200)
    return { answer, tokens, claims: claimsOf(tokens.body.id_token!) }
  }

  const told = (tokens: Tokens) => userInfo(at.issuer, tokens.body.access_token!)

  test('oidcc-server: a code, its tokens and UserInfo, as Core describes them', async () => {
    const { answer, tokens } = await signIn()
    expect(answer.fields).toEqual({ code: expect.any(String), state: `state-of-${ID}`, iss: at.issuer })
    expect(tokens.headers.get('cache-control')).toBe('no-store')
    expect(tokens.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(tokens.body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid' })
    const { payload } = await verified(at, tokens.body.id_token, ID)
    expect(payload).toMatchObject({ aud: ID, nonce: `nonce-of-${ID}`, iat: seconds(at), exp: seconds(at) + 300 })
    expect(await told(tokens)).toEqual({ status: 200, sub: payload.sub })
  })

  test('oidcc-response-type-missing: an error, and no code', async () => {
    const page = await at.visitor().open(authAddress(at, asked({ response_type: undefined })))
    expect(errorOf(page)).toBe('invalid_request')
    expect(answerOf(page)?.fields.state).toBe(`state-of-${ID}`)
  })

  test('oidcc-idtoken-signature: by a published key that its kid names', async () => {
    const { tokens } = await signIn()
    const { header, keys } = await verified(at, tokens.body.id_token, ID)
    expect(header.alg).toBe('ES256')
    expect(keys.filter(({ kid }) => kid === header.kid)).toHaveLength(1)
  })

  test('oidcc-userinfo-get: by a bearer token in the header', async () => {
    const { tokens, claims } = await signIn()
    expect(await told(tokens)).toMatchObject({ status: 200, sub: claims.sub })
  })

  test('oidcc-userinfo-post-header: by POST with the token in the header', async () => {
    const { tokens, claims } = await signIn()
    const headers = { authorization: `Bearer ${tokens.body.access_token}` }
    expect(await form(`${at.issuer}/userinfo`, {}, headers)).toMatchObject({ status: 200, sub: claims.sub })
  })

  test('oidcc-userinfo-post-body: by POST with the token in the body', async () => {
    const { tokens, claims } = await signIn()
    const fields = { access_token: tokens.body.access_token! }
    expect(await form(`${at.issuer}/userinfo`, fields)).toMatchObject({ status: 200, sub: claims.sub })
  })

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow: and none is in the ID token', async () => {
    const { claims } = await signIn({ nonce: undefined })
    expect(claims).not.toHaveProperty('nonce')
  })

  test('oidcc-scope-profile: what the agreement names comes from UserInfo, in the right form', async () => {
    const { tokens, claims } = await signIn({ scope: 'openid profile' })
    expect(claims).not.toHaveProperty('name')
    const { status, ...learnt } = await told(tokens)
    expect(status).toBe(200)
    expect(learnt).toEqual({
      sub: expect.any(String),
      name: 'สมหญิง ตัวอย่างดี',
      given_name: 'สมหญิง',
      family_name: 'ตัวอย่างดี',
      birthdate: '1987-04-12',
    })
  })

  test('oidcc-ensure-other-scope-order-succeeds: the order of scopes means nothing', async () => {
    const { tokens } = await signIn({ scope: 'profile openid' })
    expect(await told(tokens)).toMatchObject({ status: 200, given_name: 'สมหญิง' })
  })

  test('oidcc-alternate-happy-flow: nor does the order of parameters', async () => {
    const fields = Object.fromEntries(Object.entries(asked({ scope: 'profile openid' })).toReversed())
    const page = await pass(at, at.visitor(), citizen, authAddress(at, fields))
    expect((await redeemBasic(at, ID, answerOf(page)!.fields.code!)).status).toBe(200)
  })

  test.each(['page', 'popup'])('oidcc-display-%s: is taken and changes nothing', async (display) => {
    expect((await signIn({ display })).claims.sub).toBeDefined()
  })

  test('oidcc-prompt-login: asks again who is there, and says when it did', async () => {
    const visitor = at.visitor()
    const first = await signIn({ max_age: '10000' }, visitor)
    expect(asksForProof(await visitor.open(authAddress(at, asked({ prompt: 'login' }))))).toBe(true)
    const second = await signIn({ prompt: 'login' }, visitor)
    expect(second.claims.sub).toBe(first.claims.sub)
    expect(Number(second.claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
  })

  test('oidcc-prompt-none-not-logged-in: login_required, and no page', async () => {
    const answer = await enter({ prompt: 'none' })
    expect(answer.fields).toMatchObject({ error: 'login_required', state: `state-of-${ID}`, iss: at.issuer })
    expect(answer.fields).not.toHaveProperty('code')
  })

  test('oidcc-prompt-none-logged-in: the same person of the same moment, without a page', async () => {
    const visitor = at.visitor()
    const first = await signIn({}, visitor)
    const [before, second] = [at.clock.now(), await signIn({ prompt: 'none' }, visitor)]
    expect(at.clock.now()).toBe(before)
    expect(second.claims).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
  })

  test('oidcc-max-age-1: asks again after a second, and the ID token says when', async () => {
    const visitor = at.visitor()
    const first = await signIn({}, visitor)
    at.clock.advance(2_000)
    expect(asksForProof(await visitor.open(authAddress(at, asked({ max_age: '1' }))))).toBe(true)
    const second = await signIn({ max_age: '1' }, visitor)
    expect(Number(second.claims.auth_time)).toBeGreaterThan(Number(first.claims.auth_time))
    expect(seconds(at) - Number(second.claims.auth_time)).toBeLessThanOrEqual(1)
  })

  test('oidcc-max-age-10000: does not ask again, and the ID token says when it was', async () => {
    const visitor = at.visitor()
    const first = await signIn({ max_age: '10000' }, visitor)
    at.clock.advance(2_000)
    const page = await visitor.open(authAddress(at, asked({ max_age: '10000' })))
    expect(asksForProof(page)).toBe(false)
    const { body } = await redeemBasic(at, ID, answerOf(page)!.fields.code!)
    expect(claimsOf(body.id_token!)).toMatchObject({ sub: first.claims.sub, auth_time: first.claims.auth_time })
  })

  test('oidcc-ensure-request-with-unknown-parameter-succeeds: it is ignored', async () => {
    const { answer } = await signIn({ extra: 'foobar' })
    expect(answer.fields).not.toHaveProperty('extra')
  })

  test('oidcc-id-token-hint: with prompt=none for the one who is signed in', async () => {
    const visitor = at.visitor()
    const { tokens, claims } = await signIn({}, visitor)
    const again = await signIn({ prompt: 'none', id_token_hint: tokens.body.id_token }, visitor)
    expect(again.claims.sub).toBe(claims.sub)
  })

  test('oidcc-login-hint: one that means nothing to us does no harm', async () => {
    expect((await signIn({ login_hint: 'buffy@conform.example' })).claims.sub).toBeDefined()
  })

  test('oidcc-ui-locales: a language that there is not does no harm', async () => {
    expect((await signIn({ ui_locales: 'se' })).claims.sub).toBeDefined()
  })

  test('oidcc-claims-locales: nor does one for claims', async () => {
    expect((await signIn({ claims_locales: 'se' })).claims.sub).toBeDefined()
  })

  test('oidcc-ensure-request-with-acr-values-succeeds: known or not, and the ID token says what was reached', async () => {
    expect((await signIn({ acr_values: '1 2' })).claims.acr).toBe('low')
    const supported = (await discovery()).acr_values_supported as string[]
    expect((await signIn({ acr_values: supported.join(' ') })).claims.acr).toBe('low')
  })

  test('oidcc-codereuse: invalid_grant', async () => {
    const { fields } = await enter()
    expect((await redeemBasic(at, ID, fields.code!)).status).toBe(200)
    const again = await redeemBasic(at, ID, fields.code!)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
  })

  test('oidcc-codereuse-30seconds: invalid_grant, and what the code had brought is worth nothing', async () => {
    const { fields } = await enter()
    const first = await redeemBasic(at, ID, fields.code!)
    expect((await told(first)).status).toBe(200)
    at.clock.advance(30_000)
    const again = await redeemBasic(at, ID, fields.code!)
    expect([again.status, again.body.error]).toEqual([400, 'invalid_grant'])
    expect((await told(first)).status).toBe(401)
  })

  test('oidcc-ensure-registered-redirect-uri: a page of our own, and nobody is sent anywhere', async () => {
    const fields = asked({ redirect_uri: `${redirectUri(ID)}/more` })
    expect(isErrorPage(await at.visitor().open(authAddress(at, fields)))).toBe(true)
  })

  test('oidcc-ensure-post-request-succeeds: a request by POST is as one by GET', async () => {
    const visitor = at.visitor()
    const page = await signInAt(at, visitor, citizen, await visitor.post(`${at.issuer}/auth`, asked()))
    expect((await redeemBasic(at, ID, answerOf(page)!.fields.code!)).status).toBe(200)
  })

  test('oidcc-claims-essential: name comes from UserInfo and is not in the ID token', async () => {
    const wish = { userinfo: { name: { essential: true } } }
    const { tokens, claims } = await signIn({ claims: JSON.stringify(wish) })
    expect(await told(tokens)).toMatchObject({ name: 'สมหญิง ตัวอย่างดี' })
    expect(claims).not.toHaveProperty('name')
  })

  test('oidcc-refresh-token: brings new tokens of the same sign-in, to the same agency alone', async () => {
    const { tokens, claims } = await signIn({ scope: 'openid offline_access', prompt: 'consent' })
    at.clock.advance(2_000)
    const refresh_token = tokens.body.refresh_token!
    const fields = { grant_type: 'refresh_token', refresh_token }
    const stolen = await form(`${at.issuer}/token`, fields, basic(OTHER))
    expect(stolen).toMatchObject({ status: 400, error: 'invalid_grant' })
    const fresh = await form(`${at.issuer}/token`, fields, basic(ID))
    expect(fresh.status).toBe(200)
    expect(fresh.access_token).not.toBe(tokens.body.access_token)
    const { sub, iss, aud, auth_time, iat } = claims
    const next = claimsOf(String(fresh.id_token))
    expect(next).toMatchObject({ sub, iss, aud, auth_time })
    expect(Number(next.iat)).toBeGreaterThan(Number(iat))
    expect(await userInfo(at.issuer, String(fresh.access_token))).toMatchObject({ status: 200, sub })
  })

  test('oidcc-ensure-request-with-valid-pkce-succeeds: where it is asked for, it is checked', async () => {
    const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const challenge = { code_challenge, code_challenge_method: 'S256' }
    await signIn(challenge, at.visitor(), citizen, { code_verifier })
    const { fields } = await enter(challenge)
    expect((await redeemBasic(at, ID, fields.code!)).body.error).toBe('invalid_grant')
  })

  test('oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: rejected', async () => {
    const page = await at.visitor().open(authAddress(at, asked({ request: unsigned(asked()) })))
    expect(errorOf(page)).toBe('request_not_supported')
  })

  test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: rejected', async () => {
    const request_uri = 'https://conform.example/request.jwt#hash'
    const page = await at.visitor().open(authAddress(at, asked({ request_uri })))
    expect(errorOf(page) ?? page.trouble).toBe('request_uri_not_supported')
  })

  test('oidcc-ensure-request-object-with-redirect-uri: nobody is sent to the address beside it', async () => {
    const wrong = `${redirectUri(ID)}/more`
    const page = await at.visitor().open(authAddress(at, asked({ redirect_uri: wrong, request: unsigned(asked()) })))
    expect(answerOf(page)?.to).not.toBe(wrong)
    expect(asksForProof(page)).toBe(false)
  })
})

describe('the Config OP profile', () => {
  test('oidcc-discovery-endpoint-verification: says what there is, all of it at the issuer', async () => {
    const response = await fetch(`${at.issuer}/.well-known/openid-configuration`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/)
    const said = (await response.json()) as Record<string, string & string[]>
    expect(said.issuer).toBe(at.issuer)
    for (const [name, value] of Object.entries(said))
      if (/_endpoint$|_uri$/.test(name)) expect(new URL(value).origin).toBe(at.issuer)
    expect(said).toMatchObject({
      response_types_supported: ['code'],
      subject_types_supported: ['pairwise'],
      // By decision without RS256, which the suite wants to see: docs/conformance.md.
      id_token_signing_alg_values_supported: ['ES256'],
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      code_challenge_methods_supported: ['S256'],
    })
    expect(said.scopes_supported).toContain('openid')
    for (const scope of said.scopes_supported!) expect(scope).toMatch(/^[\x21\x23-\x5B\x5D-\x7E]+$/)
    expect(said.claims_supported).toEqual(expect.arrayContaining(['sub', 'name', 'acr', 'auth_time']))
    expect(said.grant_types_supported).toContain('authorization_code')
    for (const locale of said.ui_locales_supported!) expect(Intl.getCanonicalLocales(locale)).toEqual([locale])
    const { keys } = (await (await fetch(said.jwks_uri!)).json()) as { keys: Record<string, unknown>[] }
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys)
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
  })
})

describe('RP-initiated logout', () => {
  const BYE = `https://${ID}.example/bye`
  let visitor: Visitor
  let idToken: string

  async function enter(): Promise<void> {
    visitor = at.visitor()
    const page = await pass(at, visitor, citizen, authAddress(at, parameters(ID)))
    idToken = (await redeemBasic(at, ID, answerOf(page)!.fields.code!)).body.id_token!
  }

  const leave = (fields: Changes) => visitor.open(authAddress(at, fields).replace('/auth?', '/session/end?'))
  const isSignedIn = async () =>
    answerOf(await visitor.open(authAddress(at, parameters(ID, { prompt: 'none' }))))?.fields.code !== undefined
  const asksToLeave = (page: Page) => page.html.includes('id="logout-confirm"')

  /** Presses "sign out"; answers where it led. */
  async function confirmed(page: Page): Promise<string | null> {
    expect(await isSignedIn()).toBe(true)
    const gone = await visitor.submit(page, { logout: 'yes' })
    expect(await isSignedIn()).toBe(false)
    return gone.headers.get('location')
  }

  /** Asked, and whatever they say they stay here; or told of the mistake, and still signed in. */
  async function staysHere(page: Page): Promise<void> {
    if (asksToLeave(page)) expect(await confirmed(page)).toBeNull()
    else expect([isErrorPage(page), await isSignedIn()]).toEqual([true, true])
  }

  test('oidcc-rp-initiated-logout-discovery-endpoint-verification: the address is published', async () => {
    expect((await discovery()).end_session_endpoint).toBe(`${at.issuer}/session/end`)
  })

  test('oidcc-rp-initiated-logout: asked and confirmed, back with state, and signed out', async () => {
    await enter()
    const page = await leave({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'a state' })
    expect(await confirmed(page)).toBe(`${BYE}?state=a+state`)
  })

  test('oidcc-rp-initiated-logout-no-state: back without state', async () => {
    await enter()
    expect(await confirmed(await leave({ id_token_hint: idToken, post_logout_redirect_uri: BYE }))).toBe(BYE)
  })

  test('oidcc-rp-initiated-logout-bad-post-logout-redirect-uri: not back', async () => {
    await enter()
    await staysHere(await leave({ id_token_hint: idToken, post_logout_redirect_uri: `${BYE}foo`, state: 's' }))
  })

  test('oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri: not back', async () => {
    await enter()
    await staysHere(await leave({ id_token_hint: idToken, post_logout_redirect_uri: `${BYE}?foo=bar`, state: 's' }))
  })

  test('oidcc-rp-initiated-logout-modified-id-token-hint: without signature, not back', async () => {
    await enter()
    const id_token_hint = unsigned(claimsOf(idToken))
    await staysHere(await leave({ id_token_hint, post_logout_redirect_uri: BYE, state: 's' }))
  })

  test('oidcc-rp-initiated-logout-bad-id-token-hint: with a wrong signature, not back', async () => {
    await enter()
    const [header, body, signature] = idToken.split('.')
    const id_token_hint = `${header}.${body}.${signature!.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))}`
    await staysHere(await leave({ id_token_hint, post_logout_redirect_uri: BYE, state: 's' }))
  })

  test('oidcc-rp-initiated-logout-no-id-token-hint: with nothing to say whose the address is, not back', async () => {
    await enter()
    await staysHere(await leave({ post_logout_redirect_uri: BYE, state: 's' }))
  })

  test.each([
    ['no-params', () => ({})],
    ['no-post-logout-redirect-uri', () => ({ id_token_hint: idToken, state: 's' })],
    ['only-state', () => ({ state: 's' })],
  ])('oidcc-rp-initiated-logout-%s: asked and confirmed, signed out here', async (_name, fields) => {
    await enter()
    const page = await leave(fields())
    expect(asksToLeave(page)).toBe(true)
    expect(await confirmed(page)).toBeNull()
  })
})
