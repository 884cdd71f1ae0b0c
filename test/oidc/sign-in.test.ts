import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { authUrl, call, claimsOf, login, redeem, returned, social, tax, userInfo, visit } from '../support/agencies.ts'
import { MALEE, openWorld, SOMCHAI, type World } from '../support/engine.ts'

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())
const written = (type: string) => world.entries.filter((entry) => entry.type === type)

describe('signing in', () => {
  test('ends in an ID token that says who, how surely, by what means and when', async () => {
    const { id_token: token, access_token: access, expires_in: lives } = await login(world, world.visitor(), 'tax')
    const claims = claimsOf(token)
    const now = Math.floor(world.clock.now() / 1000)
    expect(claims).toMatchObject({
      iss: world.url,
      aud: 'tax',
      nonce: 'the-nonce',
      acr: 'low',
      amr: ['otp', 'totp'],
      auth_time: now,
      iat: now,
      exp: now + 300,
    })
    expect(lives).toBe(600)
    expect(access).toMatch(/^[\w-]{43}$/)
    const { status, body } = await userInfo(world, access)
    expect(status).toBe(200)
    expect(body).toEqual({ sub: claims.sub })
  })

  test('shows the page of the interaction all that it needs to know', async () => {
    world.terms.set('tax', { floor: 'low', methods: ['totp'] })
    const parameters = { login_hint: 'TH 1', ui_locales: 'et th', acr_values: 'substantial' }
    const page = await world.visitor().open(authUrl(world, 'tax', parameters))
    expect(new URL(page.url).pathname).toMatch(/^\/login\/[\w-]{20,}$/)
    expect(page.form?.fields).toMatchObject({
      client: 'tax',
      prompt: 'login',
      need: 'substantial',
      forced: 'false',
      loginHint: 'TH 1',
      uiLocales: 'et th',
      methods: '["totp"]',
    })
  })

  test('at a second agency needs no form, and is told apart in the audit', async () => {
    const visitor = world.visitor()
    const first = claimsOf((await login(world, visitor, 'tax')).id_token)
    world.clock.advance(60_000)
    const page = await visitor.open(authUrl(world, 'social'))
    const { body } = await redeem(world, 'social', returned(page).get('code')!)
    const second = claimsOf(body.id_token as string)
    expect(second.auth_time).toBe(first.auth_time)
    expect(second.acr).toBe('low')
    expect(written('sign-in.single-sign-on')).toEqual([
      expect.objectContaining({ person: SOMCHAI, client: 'social', actor: { kind: 'citizen', person: SOMCHAI } }),
    ])
  })

  test('gives each sector a subject of its own, the same for all its relying parties, and no other common value', async () => {
    world.clients.set('customs', { ...tax(), id: 'customs' } as ReturnType<typeof tax>)
    const visitor = world.visitor()
    const a = claimsOf((await login(world, visitor, 'tax')).id_token)
    const b = claimsOf((await login(world, visitor, 'social')).id_token)
    const redirect_uri = 'https://tax.example/callback'
    const back = returned(await visitor.open(authUrl(world, 'customs', { redirect_uri })))
    const c = claimsOf((await redeem(world, 'customs', back.get('code')!, { redirect_uri })).body.id_token as string)
    expect(a.sub).not.toBe(b.sub)
    expect(c.sub).toBe(a.sub)
    for (const claims of [a, b]) expect(JSON.stringify(claims)).not.toContain(SOMCHAI)
    const shared = Object.keys(a).filter((name) => a[name] === b[name])
    expect(shared.toSorted()).toEqual(['acr', 'auth_time', 'exp', 'iat', 'iss', 'nonce'])

    // The subject depends on nothing that an agency may edit.
    world.clients.set('tax', tax({ redirect_uris: ['https://other.example/a', 'https://tax.example/callback'] }))
    expect(claimsOf((await login(world, visitor, 'tax')).id_token).sub).toBe(a.sub)
  })

  test('names the issuer in every answer, good or bad, by redirect or by form', async () => {
    const good = returned(await visit(world, world.visitor(), 'tax'))
    expect(good.get('iss')).toBe(world.url)
    expect(good.get('state')).toBe('the-state')
    const bad = returned(await world.visitor().open(authUrl(world, 'tax', { prompt: 'none' })))
    expect(Object.fromEntries(bad)).toMatchObject({ error: 'login_required', iss: world.url, state: 'the-state' })
    const post = { response_mode: 'form_post' }
    const form = await visit(world, world.visitor(), 'tax', { parameters: post })
    expect(form.form).toMatchObject({ action: 'https://tax.example/callback', method: 'POST' })
    expect(form.form?.fields).toEqual({
      page: 'form-post',
      code: expect.any(String),
      state: 'the-state',
      iss: world.url,
    })
    const refused = await world.visitor().open(authUrl(world, 'tax', { ...post, prompt: 'none' }))
    expect(refused.form?.fields).toEqual({
      page: 'form-post',
      error: 'login_required',
      error_description: expect.any(String),
      state: 'the-state',
      iss: world.url,
    })
  })

  test('cancelled, or beyond what the person can reach, leads back with the error that says so', async () => {
    for (const [act, error] of [
      ['cancel', 'access_denied'],
      ['unable', 'unmet_authentication_requirements'],
    ]) {
      const visitor = world.visitor()
      const page = await visitor.open(authUrl(world, 'tax'))
      const back = returned(await visitor.open(`${new URL(page.url).pathname}/${act}`))
      expect([back.get('error'), back.get('code')]).toEqual([error, null])
    }
  })

  test('is asked for by POST too', async () => {
    const form = Object.fromEntries(new URL(authUrl(world, 'tax')).searchParams)
    const page = await world.visitor().post('/auth', form)
    expect(page.form?.fields).toMatchObject({ page: 'login', client: 'tax' })
  })
})

describe('signing in again', () => {
  const asked = async (parameters: Record<string, string>) => {
    const visitor = world.visitor()
    await login(world, visitor, 'tax')
    world.clock.advance(30_000)
    return { visitor, page: await visitor.open(authUrl(world, 'tax', parameters)) }
  }

  test.each([
    ['prompt=login', { prompt: 'login' }],
    ['max_age=0', { max_age: '0' }],
    ['max_age in the past', { max_age: '10' }],
    ['a higher level', { acr_values: 'substantial' }],
    [
      'an essential claim of a higher level',
      { claims: '{"id_token":{"acr":{"essential":true,"value":"substantial"}}}' },
    ],
  ])('is asked for by %s, and gives a fresh auth_time', async (_name, parameters) => {
    const { visitor, page } = await asked(parameters)
    expect(page.form?.fields).toMatchObject({ page: 'login', forced: 'true', signedInAs: SOMCHAI })
    const back = returned(await visitor.open(`${new URL(page.url).pathname}/sign-in?acr=substantial`))
    const claims = claimsOf((await redeem(world, 'tax', back.get('code')!)).body.id_token as string)
    expect(claims).toMatchObject({ auth_time: Math.floor(world.clock.now() / 1000), acr: 'substantial' })
  })

  test.each([
    ['max_age not yet reached', { max_age: '10000' }],
    ['a level that is met', { acr_values: 'low' }],
    ['levels that nobody knows', { acr_values: 'urn:x gold' }],
  ])('is not asked for by %s', async (_name, parameters) => {
    expect(returned((await asked(parameters)).page).get('code')).toBeTruthy()
  })

  test('as somebody else first signs out the one who is there', async () => {
    const { visitor, page } = await asked({ prompt: 'login' })
    const first = visitor.cookies().find(({ name }) => name === '__Host-idp_sid')?.value
    const step = await visitor.open(`${new URL(page.url).pathname}/sign-in?person=${MALEE}`)
    expect(step.form?.fields).toMatchObject({ page: 'switch', logout: 'yes' })
    const back = returned(await visitor.submit(step, {}))
    await redeem(world, 'tax', back.get('code')!)
    expect(written('sign-out.done')).toEqual([expect.objectContaining({ person: SOMCHAI })])
    expect(written('code.issued').at(-1)).toMatchObject({ person: MALEE })
    expect(await world.artifacts.findSession(first!)).toBeUndefined()
  })

  test('is asked for when the hint names another person, and never answered with a third', async () => {
    const other = await login(world, world.visitor(), 'tax', { person: MALEE })
    const { visitor, page } = await asked({ id_token_hint: other.id_token })
    expect(page.form?.fields).toMatchObject({ page: 'login', forced: 'true' })
    const back = returned(await visitor.open(`${new URL(page.url).pathname}/sign-in?person=${SOMCHAI}`))
    expect(back.get('error')).toBe('login_required')
    const silent = await visitor.open(authUrl(world, 'tax', { id_token_hint: other.id_token, prompt: 'none' }))
    expect(returned(silent).get('error')).toBe('login_required')
  })

  test('is not asked for when the hint is right, expired, or no hint at all', async () => {
    const visitor = world.visitor()
    const { id_token: mine } = await login(world, visitor, 'tax')
    const forged = `${mine.slice(0, -6)}AAAAAA`
    world.clock.advance(600_000)
    const others = (await login(world, visitor, 'social')).id_token
    for (const id_token_hint of [mine, forged, others, 'rubbish', 'a.b.c'])
      expect(
        returned(await visitor.open(authUrl(world, 'tax', { id_token_hint, prompt: 'none' }))).get('code'),
      ).toBeTruthy()
  })
})

describe('the person and their data', () => {
  test('are told about what decide releases and no more, and each release is on record', async () => {
    world.release = { name: 'สมชาย ใจดี', birthdate: '1980', person_code: '1102003456782' }
    const claims = JSON.stringify({
      id_token: { person_code: null, person_kind: null },
      userinfo: { person_kind: null },
    })
    const parameters = { scope: 'openid profile', claims }
    const tokens = await login(world, world.visitor(), 'tax', { parameters })
    const inToken = claimsOf(tokens.id_token)
    expect(inToken).toMatchObject({ person_code: '1102003456782' })
    expect(inToken).not.toHaveProperty('name')
    const { body } = await userInfo(world, tokens.access_token)
    expect(body).toEqual({ sub: inToken.sub, name: 'สมชาย ใจดี', birthdate: '1980' })
    expect(written('data.released').map((entry) => [entry.person, entry.client, entry.detail])).toEqual([
      [SOMCHAI, 'tax', { claims: ['person_code'], in: 'id_token' }],
      [SOMCHAI, 'tax', { claims: ['name', 'birthdate'], in: 'userinfo' }],
    ])
    world.release = { name: 'สมชาย ใจดี' }
    expect((await userInfo(world, tokens.access_token)).body).toEqual({ sub: inToken.sub, name: 'สมชาย ใจดี' })
  })

  test('are asked where the agreement wants consent, once, and the answer is kept', async () => {
    world.ask = ['name']
    const visitor = world.visitor()
    const parameters = { scope: 'openid profile' }
    const page = await visit(world, visitor, 'tax', { parameters })
    expect(page.form?.fields).toMatchObject({ prompt: 'consent', asks: '["name"]', signedInAs: SOMCHAI })
    const silent = await visitor.open(authUrl(world, 'tax', { ...parameters, prompt: 'none' }))
    expect(returned(silent).get('error')).toBe('consent_required')
    const back = returned(await visitor.open(`${new URL(page.url).pathname}/allow`))
    expect((await redeem(world, 'tax', back.get('code')!)).status).toBe(200)
    expect(world.answers).toEqual([
      expect.objectContaining({ person: SOMCHAI, claims: ['name'], answer: 'allow', request: 'request-1' }),
    ])
    expect(returned(await visitor.open(authUrl(world, 'tax', parameters))).get('code')).toBeTruthy()
  })

  test('may say no: the agency gets an error and nothing else', async () => {
    world.ask = ['name']
    const visitor = world.visitor()
    const page = await visit(world, visitor, 'tax', { parameters: { scope: 'openid profile' } })
    const back = returned(await visitor.open(`${new URL(page.url).pathname}/deny`))
    expect(back.get('error')).toBe('access_denied')
    expect(world.answers.map(({ answer }) => answer)).toEqual(['deny'])
    expect(written('code.issued')).toEqual([])
  })

  test('who may not sign in any more is nobody from the next request on', async () => {
    const visitor = world.visitor()
    const { access_token: access } = await login(world, visitor, 'tax')
    const back = returned(await visitor.open(authUrl(world, 'tax')))
    world.barred.add(SOMCHAI)
    expect((await userInfo(world, access)).status).toBe(401)
    expect((await redeem(world, 'tax', back.get('code')!)).body.error).toBe('invalid_grant')
    const page = await visitor.open(authUrl(world, 'tax'))
    expect(page.form?.fields).toMatchObject({ page: 'login' })
    expect(returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).get('error')).toBe('login_required')
    const refused = await visitor.open(`${new URL(page.url).pathname}/sign-in`)
    expect(returned(refused).get('error')).toBe('access_denied')
  })
})

describe('another browser', () => {
  test('gets nowhere with the address of an interaction', async () => {
    const page = await world.visitor().open(authUrl(world, 'tax'))
    const thief = world.visitor()
    const stolen = await thief.open(new URL(page.url).pathname)
    expect(JSON.parse(stolen.html)).toMatchObject({ code: 'PRT-1002' })
    // Nor with a cookie of an interaction of its own.
    await thief.open(authUrl(world, 'social'))
    thief.adopt(thief.cookies().map((cookie) => ({ ...cookie, path: '/' })))
    expect(JSON.parse((await thief.open(new URL(page.url).pathname)).html)).toMatchObject({ code: 'PRT-1002' })
    const resume = page.url.replace('/login/', '/auth/')
    expect((await world.visitor().open(new URL(resume).pathname)).form?.fields).toMatchObject({ code: 'PRT-1002' })
  })

  test('can not finish with cookies it has made up', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    visitor.adopt(
      visitor
        .cookies()
        .map((each) => (each.name.endsWith('.sig') ? { ...each, value: otherSignature(each.value) } : each)),
    )
    expect(JSON.parse((await visitor.open(new URL(page.url).pathname)).html)).toMatchObject({ code: 'PRT-1002' })
  })

  test('an interaction is over after its time, and once it is used', async () => {
    const late = world.visitor()
    const page = await late.open(authUrl(world, 'tax'))
    const path = new URL(page.url).pathname
    world.clock.advance(899_000)
    expect((await late.open(path)).status).toBe(200)
    world.clock.advance(12_000)
    expect(JSON.parse((await late.open(path)).html)).toMatchObject({ code: 'PRT-1001' })

    const visitor = world.visitor()
    const other = await visitor.open(authUrl(world, 'tax'))
    const cookies = visitor.cookies()
    await visitor.open(`${new URL(other.url).pathname}/sign-in`)
    visitor.adopt(cookies)
    expect(JSON.parse((await visitor.open(new URL(other.url).pathname)).html)).toMatchObject({ code: 'PRT-1001' })
  })

  test('of two tabs that finish the same interaction at once, one gets the code', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    const headers = {
      cookie: visitor
        .cookies()
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    }
    // Known here before: the answer comes by a redirect to it.
    await fetch(`${page.url}/sign-in`, {
      headers: { cookie: `${headers.cookie}; __Host-idp_sid=over` },
      redirect: 'manual',
    })
    const resume = page.url.replace('/login/', '/auth/')
    const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(resume, { headers, redirect: 'manual' })))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(await call(world, '/auth', undefined)).toMatchObject({ status: 400 })
  })

  test('of two proofs for the same interaction at once, one gets the code', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    const cookie = visitor
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const prove = () => fetch(`${page.url}/sign-in`, { headers: { cookie }, redirect: 'manual' })
    const answers = await Promise.all(Array.from({ length: 10 }, prove))
    const codes = answers.map(({ headers }) => new URL(headers.get('location') ?? 'none:').searchParams.get('code'))
    expect(codes.filter((code) => code !== null)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  })
})

describe('an agency that is switched off', () => {
  test('is unknown from the next request on, in the middle of a sign-in too', async () => {
    const visitor = world.visitor()
    const code = returned(await visit(world, visitor, 'tax')).get('code')!
    const page = await world.visitor().open(authUrl(world, 'social'))
    expect(page.status).toBe(200)
    for (const each of [tax(), social()]) world.clients.set(each.id, { ...each, disabled: true })
    expect(await redeem(world, 'tax', code)).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect((await visitor.open(authUrl(world, 'tax'))).form?.fields).toMatchObject({ page: 'error', code: 'PRT-3001' })
  })
})

const otherSignature = (value: string): string => `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`
