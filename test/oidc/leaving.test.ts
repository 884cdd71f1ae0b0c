import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { SignJWT } from 'jose'
import {
  address,
  authUrl,
  call,
  claimsOf,
  login,
  redeem,
  returned,
  type Tokens,
  userInfo,
} from '../support/agencies.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'
import type { Visitor } from '../support/visitor.ts'

let world: World
let visitor: Visitor
let tokens: Tokens
beforeEach(async () => {
  world = await openWorld()
  visitor = world.visitor()
  tokens = await login(world, visitor, 'tax')
})
afterEach(() => world.close())

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const bye = 'https://tax.example/bye'
const end = (parameters: Record<string, string>) => address('/session/end', parameters)
const signedIn = async () => !returned(await visitor.open(authUrl(world, 'tax', { prompt: 'none' }))).has('error')
const signOuts = () => world.entries.filter(({ type }) => type === 'sign-out.done')

describe('signing out', () => {
  test('by a form that begins with a question mark is no form: its first field has another name than it seems', async () => {
    const form = (body: string) =>
      fetch(new URL('/session/end', world.url), { method: 'POST', redirect: 'manual', body, headers: FORM })
    const refused = await form('?client_id=tax')
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'PRT-1004' }])
    expect((await form('client_id=tax')).status).toBe(303)
  })

  test('asks, ends the session and all its tokens, and leads back to the registered address with state', async () => {
    const code = returned(await visitor.open(authUrl(world, 'social'))).get('code')!
    const page = await visitor.open(
      end({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye, state: 's 1' }),
    )
    expect(page.form?.fields).toMatchObject({ page: 'logout', client: 'tax' })
    expect(await signedIn()).toBe(true)
    const gone = await visitor.submit(page, { logout: 'yes' })
    expect([gone.status, gone.headers.get('location')]).toEqual([303, `${bye}?state=s+1`])
    expect(await signedIn()).toBe(false)
    expect(visitor.cookies().filter(({ name }) => name.startsWith('__Host-idp_sid'))).toEqual([])
    expect((await userInfo(world, tokens.access_token)).status).toBe(401)
    expect((await redeem(world, 'social', code)).body.error).toBe('invalid_grant')
    expect(signOuts()).toEqual([
      expect.objectContaining({ person: SOMCHAI, client: 'tax', detail: { everywhere: true } }),
    ])
  })

  test('may be from the one agency alone', async () => {
    const other = await login(world, visitor, 'social')
    const page = await visitor.open(end({ client_id: 'tax', post_logout_redirect_uri: bye }))
    expect((await visitor.submit(page, {})).headers.get('location')).toBe(bye)
    expect(await signedIn()).toBe(true)
    expect((await userInfo(world, tokens.access_token)).status).toBe(401)
    expect((await userInfo(world, other.access_token)).status).toBe(200)
    expect(signOuts()).toEqual([expect.objectContaining({ client: 'tax', detail: { everywhere: false } })])
    // Signing in there again brings none of the old tokens back.
    await login(world, visitor, 'tax')
    expect((await userInfo(world, tokens.access_token)).status).toBe(401)
  })

  test('without any parameter stays here', async () => {
    const page = await visitor.open('/session/end')
    const gone = await visitor.submit(page, { logout: 'yes' })
    expect(gone.form?.fields).toMatchObject({ page: 'logged-out', client: '' })
    expect(gone.url).toBe(`${world.url}/session/end/success`)
  })

  test('is asked for by POST too, and no token gets into an address', async () => {
    const page = await visitor.post('/session/end', { id_token_hint: tokens.id_token, post_logout_redirect_uri: bye })
    expect(page.form?.fields).toMatchObject({ page: 'logout', client: 'tax' })
    expect(page.url).not.toContain('id_token_hint')
    expect(new URL(page.url).searchParams.get('post_logout_redirect_uri')).toBe(bye)
  })

  test('of nobody asks nothing, stores nothing and leads on', async () => {
    const stranger = world.visitor()
    world.calls.length = 0
    const page = await stranger.open(end({ client_id: 'tax', post_logout_redirect_uri: bye, state: 'x' }))
    expect(page.headers.get('location')).toBe(`${bye}?state=x`)
    expect((await stranger.open(end({ post_logout_redirect_uri: bye }))).form?.fields.page).toBe('logged-out')
    expect(stranger.cookies()).toEqual([])
    expect(world.calls).toEqual([])
  })
})

describe('a hint at sign-out', () => {
  const hintBy = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    return new SignJWT({ ...claimsOf(tokens.id_token), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: world.keys.list[0]!.kid, ...header })
      .sign(privateKey)
  }

  /** Signed by our own key, but no ID token of ours. */
  const ours = async (header: object, claims: object) => {
    const { kid, sign } = world.keys.list[0]!
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const data = `${part({ alg: 'ES256', kid, ...header })}.${part({ ...claimsOf(tokens.id_token), ...claims })}`
    return `${data}.${Buffer.from(await sign!(Buffer.from(data))).toString('base64url')}`
  }

  test('that proves nothing is as none: the person is asked, stays here, and nothing of it is believed', async () => {
    const [head, , signature] = tokens.id_token.split('.')
    const changed = Buffer.from(JSON.stringify({ ...claimsOf(tokens.id_token), aud: 'social' })).toString('base64url')
    const hints = [
      'rubbish',
      'a.b.c',
      '',
      `${tokens.id_token.slice(0, -4)}AAAA`,
      `${head}.${changed}.${signature}`,
      await hintBy({}),
      await hintBy({}, { kid: 'unknown' }),
      await ours({ typ: 'logout+jwt' }, {}),
      await ours({}, { iss: 'https://other.example' }),
      await ours({}, { aud: ['tax', 'social'] }),
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokens.id_token.split('.')[1]}.`,
    ]
    for (const id_token_hint of hints.slice(0, 2).concat(hints.slice(3))) {
      const query = {
        id_token_hint,
        post_logout_redirect_uri: bye,
        state: 'x',
        client_id: 'tax',
      }
      const page = await visitor.open(end(query))
      expect([page.status, page.form?.fields.page, page.form?.fields.client]).toEqual([200, 'logout', ''])
      const posted = await visitor.post('/session/end', { id_token_hint, post_logout_redirect_uri: bye })
      expect(posted.form?.fields).toMatchObject({ page: 'logout', client: '' })
    }
    const page = await visitor.open(end({ id_token_hint: hints[3]!, post_logout_redirect_uri: bye }))
    const gone = await visitor.submit(page, { logout: 'yes' })
    expect(gone.form?.fields).toMatchObject({ page: 'logged-out' })
  })

  test('is not looked at under another spelling of the address', async () => {
    for (const path of ['/SESSION/END', '/session/end/', '/session/END'])
      expect((await visitor.open(address(path, { id_token_hint: tokens.id_token }))).status).toBe(404)
  })

  test('of another client than the one named, or of one that is switched off, proves nothing', async () => {
    const mixed = await visitor.open(
      end({ id_token_hint: tokens.id_token, client_id: 'social', post_logout_redirect_uri: bye }),
    )
    expect(mixed.form?.fields).toMatchObject({ page: 'logout', client: '' })
    world.clients.set('tax', { ...world.clients.get('tax')!, disabled: true })
    const off = await visitor.open(end({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye }))
    expect(off.form?.fields).toMatchObject({ page: 'logout', client: '' })
  })

  test('counts when it has long expired, and when the key that signed it is retired', async () => {
    world.clock.advance(1_700_000)
    world.keys.list[0] = { ...world.keys.list[0]!, state: 'retired' }
    world.keys.add('signing')
    world.keys.changed()
    const page = await visitor.open(end({ id_token_hint: tokens.id_token, post_logout_redirect_uri: bye }))
    expect((await visitor.submit(page, { logout: 'yes' })).headers.get('location')).toBe(bye)
  })
})

describe('a sign-out that somebody else wants', () => {
  test('does not happen by an image, nor by a form without the page’s own secret', async () => {
    await visitor.open(end({ client_id: 'tax' }))
    for (const form of [{ logout: 'yes' }, { logout: 'yes', xsrf: 'guessed' }]) {
      const page = await visitor.post('/session/end/confirm', form)
      expect([page.status, page.form?.fields.code]).toEqual([400, 'PRT-1401'])
    }
    expect(await signedIn()).toBe(true)
  })

  test('never leads to an address that is not registered, to the letter', async () => {
    const variants = [
      'https://evil.example/',
      `${bye}?x=1`,
      `${bye}/`,
      `${bye}#a`,
      'https://tax.example/Bye',
      'https://tax.example:443/bye',
      'https://tax.example@evil.example/bye',
      'https://tax.example/./bye',
      'javascript:alert(1)',
      '//tax.example/bye',
    ]
    for (const post_logout_redirect_uri of variants) {
      const page = await visitor.open(end({ id_token_hint: tokens.id_token, post_logout_redirect_uri }))
      expect([page.status, page.form?.fields.code, page.headers.get('location')]).toEqual([400, 'PRT-3002', null])
      const nobody = await world.visitor().open(end({ client_id: 'tax', post_logout_redirect_uri }))
      expect([nobody.status, nobody.headers.get('location')]).toEqual([400, null])
    }
    // Without a client there is nobody whose address it could be.
    const page = await visitor.open(end({ post_logout_redirect_uri: bye }))
    expect((await visitor.submit(page, { logout: 'yes' })).form?.fields.page).toBe('logged-out')
    expect(await call(world, '/session/end/success?client_id=nobody', undefined)).toMatchObject({ status: 400 })
  })
})
