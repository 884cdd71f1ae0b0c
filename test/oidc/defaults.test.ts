import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  assertion,
  authUrl,
  basic,
  call,
  client,
  login,
  redeem,
  returned,
  SECRET,
  social,
  tax,
  userInfo,
  visit,
} from '../support/agencies.ts'
import { MALEE, openWorld, type World } from '../support/engine.ts'

// The library's defaults that a government must change, one test each, in the order of the security bar's table; then what
// is good by default and shall stay so.

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const discovery = async () => (await call(world, '/.well-known/openid-configuration', undefined)).body
const errorOf = async (parameters: Record<string, string | undefined>) =>
  returned(await world.visitor().open(authUrl(world, 'tax', parameters))).get('error')

describe('the library’s default', () => {
  test('of letting anybody in by any name is off: its interaction pages have no address', async () => {
    for (const path of ['/interaction/x', '/interaction/x/abort', '/device', '/reg', '/backchannel', '/credential'])
      expect((await call(world, path, undefined)).status).toBe(404)
  })

  test('of signing with keys that everybody has is off: only the ring’s are published', async () => {
    const { body } = await call(world, '/jwks', undefined)
    const kids = (body.keys as { kid: string }[]).map(({ kid }) => kid)
    expect(kids).toEqual(world.keys.list.map(({ kid }) => kid))
    expect(kids.join()).not.toContain('CHANGE-ME')
  })

  test('of forgetting everything beyond a thousand entries is off: everything goes to our store', async () => {
    await login(world, world.visitor(), 'tax')
    const kinds = world.calls.filter((name) => name.startsWith('put') || name === 'saveSession')
    expect(new Set(kinds)).toEqual(
      new Set(['put interaction', 'put grant', 'put code', 'saveSession', 'put access-token']),
    )
  })

  test('of unsigned cookies is off: a changed session cookie is as none', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const other = world.visitor()
    await login(world, other, 'tax', { person: MALEE })
    const theirs = other.cookies().find(({ name }) => name === '__Host-idp_sid')!
    visitor.adopt(visitor.cookies().map((each) => (each.name === theirs.name ? theirs : each)))
    const back = returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' })))
    expect(back.get('error')).toBe('login_required')
    visitor.adopt(visitor.cookies().filter(({ name }) => !name.endsWith('.sig')))
    expect(returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).get('error')).toBe('login_required')
  })

  test('names and attributes of cookies are ours: prefix, Secure, HttpOnly, Lax, no Domain, no personal value', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
    const names = visitor.setCookies.map((line) => line.slice(0, line.indexOf('=')))
    expect(new Set(names.map((name) => name.replace(/\.sig$/, '')))).toEqual(
      new Set(['__Host-idp_sid', '__Secure-idp_interaction', '__Secure-idp_resume']),
    )
    for (const line of visitor.setCookies) {
      expect(line).toMatch(/; secure/i)
      expect(line).toMatch(/; httponly/i)
      expect(line).toMatch(/; samesite=lax/i)
      expect(line).not.toMatch(/domain=/i)
      if (line.startsWith('__Host-')) expect(line).toMatch(/; path=\/(;|$)/i)
      else expect(line).toMatch(/; path=\/(login|auth)\/[\w-]+;/i)
    }
    // The session's goes with the browser.
    const session = visitor.setCookies.filter(
      (line) => /^__Host-idp_sid(\.sig)?=[^;]/.test(line) && !line.includes('1970'),
    )
    expect(session).toHaveLength(2)
    for (const line of session) expect(line).not.toMatch(/expires|max-age/i)
  })

  test('of believing Host and X-Forwarded headers is off: every address is the issuer’s', async () => {
    const { port } = new URL(world.url)
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-forwarded-for': '6.6.6.6' }
    const response = await fetch(`http://127.0.0.1:${port}/.well-known/openid-configuration`, { headers })
    const body = (await response.json()) as Record<string, unknown>
    expect(body.issuer).toBe(world.url)
    for (const [name, value] of Object.entries(body))
      if (/_endpoint|_uri$/.test(name) && typeof value === 'string')
        expect(value.startsWith(`${world.url}/`)).toBe(true)
    const auth = new URL(authUrl(world, 'tax'))
    auth.hostname = '127.0.0.1'
    const begun = await fetch(auth, { headers, redirect: 'manual' })
    expect(begun.headers.get('location')).toMatch(/^\/login\/[\w-]+$/)
    const uid = begun.headers.get('location')!.split('/')[2]!
    const stored = await world.artifacts.get('interaction', uid)
    expect(stored?.value).toMatchObject({ returnTo: `${world.url}/auth/${uid}` })
  })

  test('of asking only public clients for PKCE is off', async () => {
    expect(await errorOf({ code_challenge: undefined, code_challenge_method: undefined })).toBe('invalid_request')
    expect(await errorOf({ code_challenge_method: 'plain' })).toBe('invalid_request')
    expect(await errorOf({ code_challenge_method: undefined })).toBe('invalid_request')
  })

  test('PKCE may be left out by an agency’s flag, but never in production', async () => {
    const none = { code_challenge: undefined, code_challenge_method: undefined }
    world.clients.set('tax', tax({ pkce_optional: true }))
    const back = returned(await visit(world, world.visitor(), 'tax', { parameters: none }))
    const { headers } = { headers: basic('tax') }
    const form = { grant_type: 'authorization_code', redirect_uri: 'https://tax.example/callback' }
    const code = back.get('code')!
    // A verifier where there was no challenge is refused (RFC 9700 §4.8.2).
    expect((await redeem(world, 'tax', code)).body.error).toBe('invalid_grant')
    expect((await call(world, '/token', { ...form, code }, headers)).status).toBe(200)
    await world.close()
    world = await openWorld({ production: true })
    world.clients.set('tax', tax({ pkce_optional: true }))
    const refused = await fetch(authUrl(world, 'tax', none), { redirect: 'manual' })
    expect(refused.headers.get('location')).toContain('error=invalid_request')
  })

  test('of offering other flows than the code is off', async () => {
    expect(await discovery()).toMatchObject({
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code', 'refresh_token'],
    })
    for (const response_type of ['id_token', 'code id_token', 'token', 'none', 'code token'])
      expect(await errorOf({ response_type })).toBe('unsupported_response_type')
    for (const grant_type of ['password', 'client_credentials', 'implicit', 'urn:openid:params:grant-type:ciba'])
      expect((await call(world, '/token', { grant_type }, basic('tax'))).body.error).toMatch(
        /unsupported_grant_type|invalid_request/,
      )
  })

  test('of five ways for an agency to prove itself is down to two', async () => {
    expect(await discovery()).toMatchObject({
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
    })
    const token = { token: 'x', client_id: 'tax' }
    expect((await call(world, '/token/introspection', { ...token, client_secret: SECRET })).status).toBe(401)
    expect((await call(world, '/token/introspection', token)).status).toBe(401)
    for (const method of ['none', 'client_secret_post', 'client_secret_jwt', 'tls_client_auth']) {
      world.clients.set('odd', client('odd', 'odd', { token_endpoint_auth_method: method }, { secretHash: 'x' }))
      expect((await world.visitor().open(authUrl(world, 'odd'))).status).toBe(400)
    }
  })

  test('of symmetric and old algorithms is off', async () => {
    expect(await discovery()).toMatchObject({
      token_endpoint_auth_signing_alg_values_supported: ['ES256', 'PS256', 'EdDSA'],
      id_token_signing_alg_values_supported: ['ES256'],
    })
    const listed = Object.entries(await discovery()).filter(([name]) => /_alg_values|_enc_values/.test(name))
    expect(JSON.stringify(listed)).not.toMatch(/HS\d|RS\d|none|RSA-OAEP|dir|A128/)
    for (const alg of ['HS256', 'none', 'RS256']) {
      world.clients.set(
        'odd',
        social({
          ...world.clients.get('social')!.metadata,
          id_token_signed_response_alg: alg,
          redirect_uris: ['https://odd.example/callback'],
        }),
      )
      expect((await world.visitor().open(authUrl(world, 'odd'))).status).toBe(400)
    }
  })

  test('of fifteen seconds’ tolerance for other clocks is ten', async () => {
    const at = (offset: number) => Math.floor(world.clock.now() / 1000) + offset
    const { access_token: token } = await login(world, world.visitor(), 'social')
    const knock = async (exp: number) =>
      (await call(world, '/token/introspection', { token, ...(await assertion(world, { exp })) })).status
    expect([await knock(at(-9)), await knock(at(-10)), await knock(at(-14))]).toEqual([200, 401, 401])
  })

  test('of living long is off: code 60 s, access token 600 s, ID token 300 s, interaction 900 s', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    const interaction = await world.artifacts.get('interaction', new URL(page.url).pathname.split('/')[2]!)
    const { iat, exp } = interaction!.value as { iat: number; exp: number }
    const code = returned(await visitor.open(`${new URL(page.url).pathname}/sign-in`)).get('code')!
    const stored = (await world.artifacts.get('code', code))!.value as { iat: number; exp: number; grantId: string }
    const grant = (await world.artifacts.get('grant', stored.grantId))!.value as { exp: number }
    const { body } = await redeem(world, 'tax', code)
    const now = Math.floor(world.clock.now() / 1000)
    expect([exp - iat, stored.exp - stored.iat, body.expires_in, grant.exp - now]).toEqual([900, 60, 600, 43_200])
    // Two of them in use: the token's end, and the person's silent return after half an hour.
    world.clock.advance(611_000)
    expect((await userInfo(world, body.access_token as string)).status).toBe(401)
    world.clock.advance(1_190_000)
    expect(returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).get('error')).toBe('login_required')
  })

  test('of letting other sites’ scripts read answers is off, unless they are registered', async () => {
    world.clients.set('tax', tax({ web_origins: ['https://app.tax.example'] }))
    const { access_token: token } = await login(world, world.visitor(), 'tax')
    const readable = async (path: string, origin: string, fields?: Record<string, string>, headers = {}) =>
      (await call(world, path, fields, { origin, ...headers })).headers.get('access-control-allow-origin')
    const authorization = { authorization: `Bearer ${token}` }
    expect(await readable('/userinfo', 'https://app.tax.example', undefined, authorization)).toBe(
      'https://app.tax.example',
    )
    for (const origin of [
      'https://tax.example',
      'https://evil.example',
      'null',
      'https://app.tax.example.evil.example',
    ]) {
      expect(await readable('/userinfo', origin, undefined, authorization)).toBeNull()
      expect(await readable('/userinfo', origin)).toBeNull()
      expect(await readable('/token', origin, { grant_type: 'authorization_code', code: 'x' }, basic('tax'))).toBeNull()
      expect(await readable('/token', origin, { grant_type: 'authorization_code' })).toBeNull()
    }
    const page = await world.visitor().open(authUrl(world, 'tax'), { origin: 'https://app.tax.example' })
    expect(page.headers.get('access-control-allow-origin')).toBeNull()
    // What everybody may know, everybody's script may read.
    expect(await readable('/jwks', 'https://evil.example')).toBe('https://evil.example')
  })

  test('of keeping refresh tokens for two weeks is off: each is used once', async () => {
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    const { refresh_token } = await login(world, world.visitor(), 'tax')
    const form = { grant_type: 'refresh_token', refresh_token: refresh_token! }
    const { body } = await call(world, '/token', form, basic('tax'))
    expect(body.refresh_token).not.toBe(refresh_token)
    expect((await call(world, '/token', form, basic('tax'))).body.error).toBe('invalid_grant')
  })

  test('pages are gone: whatever a person may see is ours', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const post = { response_mode: 'form_post' }
    const change = await visitor.open(authUrl(world, 'tax', { prompt: 'login' }))
    const pages = [
      await visitor.open(authUrl(world, 'nobody')),
      await visitor.open(authUrl(world, 'tax', { redirect_uri: 'https://evil.example/' })),
      await visitor.open('/auth'),
      await visitor.open('/auth/nothing'),
      await visitor.open(authUrl(world, 'tax', post)),
      await visitor.open(authUrl(world, 'tax', { ...post, response_type: 'id_token' })),
      await visitor.open(`${new URL(change.url).pathname}/sign-in?person=${MALEE}`),
      await visitor.open('/session/end'),
      await visitor.open('/session/end?client_id=nobody'),
      await visitor.open('/session/end/success'),
      await world.visitor().open('/session/end'),
      await visitor.post('/session/end/confirm', {}),
      await visitor.open('/userinfo'),
    ]
    for (const page of pages) {
      expect([page.url, page.form?.fields.page]).toEqual([page.url, expect.stringMatching(/./)])
      expect(page.html).not.toMatch(/googleapis|oops|op\.logoutForm|<script/)
    }
  })

  test('of guessing a redirect address that was left out is off', async () => {
    const page = await world.visitor().open(authUrl(world, 'tax', { redirect_uri: undefined }))
    expect([page.status, page.form?.fields.page]).toEqual([400, 'error'])
  })

  test('of one subject for everybody is off', async () => {
    expect(await discovery()).toMatchObject({ subject_types_supported: ['pairwise'] })
  })

  test('of large bodies is bounded', async () => {
    const filler = 'x'.repeat(57 * 1024)
    const answers = [
      await call(world, '/token', { grant_type: 'authorization_code', filler }, basic('tax')),
      await call(world, '/request', { filler }, basic('tax')),
      await call(world, '/auth', { filler }),
      await call(world, '/session/end', { filler }),
    ]
    for (const { status } of answers) expect([400, 413]).toContain(status)
  })
})

describe('good by default, and still so', () => {
  test('redirect addresses are compared to the letter, and nobody is sent anywhere else', async () => {
    const variants = [
      'https://tax.example/callback/',
      'https://tax.example/Callback',
      'https://TAX.example/callback',
      'https://tax.example:443/callback',
      'https://tax.example/./callback',
      'https://tax.example/callback?x=1',
      'https://tax.example/callback#x',
      'https://tax.example@evil.example/callback',
      'https://tax.example.evil.example/callback',
      'http://tax.example/callback',
      'https://evil.example/?https://tax.example/callback',
      '//tax.example/callback',
      'JavaScript:alert(1)',
      ' https://tax.example/callback',
      'https://tax.example/callback\\@evil.example',
    ]
    for (const redirect_uri of variants)
      for (const more of [{}, { prompt: 'none' }, { response_type: 'x' }, { scope: undefined }, { request: 'x' }]) {
        const page = await world.visitor().open(authUrl(world, 'tax', { redirect_uri, ...more }))
        expect([redirect_uri, page.status, page.headers.get('location')]).toEqual([redirect_uri, 400, null])
      }
    const pushed = { ...Object.fromEntries(new URL(authUrl(world, 'tax')).searchParams), redirect_uri: variants[0]! }
    expect(await call(world, '/request', pushed, basic('tax'))).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
  })

  test('a request by reference is never fetched, nor one by value read', async () => {
    let asked = 0
    world.fetch = async () => {
      asked++
      throw new Error('fetched')
    }
    expect(await errorOf({ request_uri: 'https://tax.example/request.jwt' })).toBe('request_uri_not_supported')
    expect(await errorOf({ request: 'a.b.c' })).toBe('request_not_supported')
    expect(await errorOf({ registration: '{}' })).toBe('registration_not_supported')
    expect(asked).toBe(0)
  })

  test('a parameter that stands twice is refused', async () => {
    for (const name of [
      'client_id',
      'redirect_uri',
      'state',
      'scope',
      'nonce',
      'prompt',
      'acr_values',
      'code_challenge',
    ]) {
      const page = await world.visitor().open(`${authUrl(world, 'tax')}&${name}=x&${name}=y`)
      expect([name, page.status === 400 || returned(page).get('error') === 'invalid_request']).toEqual([name, true])
    }
    const twice = 'grant_type=authorization_code&grant_type=refresh_token&code=x'
    const headers = { ...basic('tax'), 'content-type': 'application/x-www-form-urlencoded' }
    expect((await fetch(`${world.url}/token`, { method: 'POST', headers, body: twice })).status).toBe(400)
    const json = { ...headers, 'content-type': 'application/json' }
    expect((await fetch(`${world.url}/token`, { method: 'POST', headers: json, body: '{}' })).status).toBe(400)
  })

  test('no redirect keeps the method of a form', async () => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    const cookie = visitor
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const page = await visitor.open('/session/end')
    for (const [path, form] of [
      ['/auth', Object.fromEntries(new URL(authUrl(world, 'tax')).searchParams)],
      ['/session/end', { client_id: 'tax' }],
      ['/session/end/confirm', { xsrf: page.form!.fields.xsrf!, logout: 'yes' }],
    ] as const) {
      const body = new URLSearchParams(form)
      const response = await fetch(`${world.url}${path}`, {
        method: 'POST',
        headers: { cookie },
        body,
        redirect: 'manual',
      })
      expect([path, response.status]).toEqual([path, 303])
    }
  })

  test('what is offered is what discovery says, and nothing that is off', async () => {
    const body = await discovery()
    expect(Object.keys(body).toSorted()).toEqual([
      'acr_values_supported',
      'authorization_endpoint',
      'authorization_response_iss_parameter_supported',
      'backchannel_logout_session_supported',
      'backchannel_logout_supported',
      'claim_types_supported',
      'claims_parameter_supported',
      'claims_supported',
      'code_challenge_methods_supported',
      'end_session_endpoint',
      'grant_types_supported',
      'id_token_signing_alg_values_supported',
      'introspection_endpoint',
      'issuer',
      'jwks_uri',
      'pushed_authorization_request_endpoint',
      'request_uri_parameter_supported',
      'response_modes_supported',
      'response_types_supported',
      'revocation_endpoint',
      'scopes_supported',
      'subject_types_supported',
      'token_endpoint',
      'token_endpoint_auth_methods_supported',
      'token_endpoint_auth_signing_alg_values_supported',
      'ui_locales_supported',
      'userinfo_endpoint',
    ])
    expect(body).toMatchObject({
      issuer: world.url,
      authorization_response_iss_parameter_supported: true,
      acr_values_supported: ['low', 'substantial', 'high', 'urn:pratu:method:smart-card', 'urn:pratu:method:totp'],
      claims_parameter_supported: true,
      request_uri_parameter_supported: false,
      code_challenge_methods_supported: ['S256'],
      scopes_supported: ['openid', 'offline_access', 'profile', 'person_code'],
      ui_locales_supported: ['th', 'en', 'et'],
    })
    expect(body.claims_supported).toEqual(
      expect.arrayContaining(['sub', 'acr', 'amr', 'auth_time', 'name', 'birthdate', 'person_code', 'person_kind']),
    )
  })
})
