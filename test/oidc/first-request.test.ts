import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Problem, TROUBLE } from '../../src/identity/trouble.ts'
import { INTERACTION } from '../../src/oidc/lifetimes.ts'
import { authUrl, claimsOf, redeem, returned, tax } from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'
import type { Page } from '../support/visitor.ts'

// An agency's plain request has a short way of ours and the library's long one, which a request with `display` goes; so both
// can be asked the same.

let world: World
beforeEach(async () => {
  world = await openWorld({ firstPage: true })
})
afterEach(() => world.close())

const LONG = { display: 'page' }

/** The record of the interaction that an answer begins. */
async function recordOf(page: Page): Promise<Record<string, unknown>> {
  const at = page.headers.get('content-location') ?? ''
  expect(at).toMatch(/^\/login\/[\w-]{22,43}$/)
  return (await world.artifacts.get('interaction', at.slice('/login/'.length)))?.value as Record<string, unknown>
}

/** All that a request leaves behind, with what is made anew each time replaced by its kind. */
async function asked(changes: Record<string, string | undefined>) {
  const visitor = world.visitor()
  const page = await visitor.open(authUrl(world, 'tax', changes))
  const { jti, cid, returnTo, params, ...record } = await recordOf(page)
  const { display: _, ...plain } = params as Record<string, unknown>
  const plainly = (text: unknown) => String(text).replaceAll(String(jti), '…')
  const { id: _id, ...shown } = page.form?.fields ?? {}
  return {
    status: page.status,
    record: { ...record, params: plain, returnTo: plainly(returnTo), names: [typeof jti, typeof cid] },
    cookies: visitor.setCookies
      .map((line) =>
        plainly(line)
          .replace(/(sig)=[\w-]+/, '$1=…')
          .replace(/expires=[^;]+/, 'expires=…'),
      )
      .toSorted(),
    caching: page.headers.get('cache-control'),
    shown,
  }
}

const bothWays = async (changes: Record<string, string | undefined> = {}) => [
  await asked(changes),
  await asked({ ...changes, ...LONG }),
]

/** By what the two differ: the library’s interactions have a longer id. */
const goesShort = async (changes: Record<string, string | undefined>): Promise<boolean> => {
  const page = await world.visitor().open(authUrl(world, 'tax', changes))
  return /^\/login\/[\w-]{22}$/.test(page.headers.get('content-location') ?? '')
}

describe('an agency’s request the short way', () => {
  test.each([
    ['for a subject alone', {}],
    [
      'for more, of which the agency may say a scope twice or one that nobody knows',
      { scope: 'openid profile x openid' },
    ],
    ['without state and nonce', { state: undefined, nonce: undefined }],
    ['with languages', { ui_locales: 'et en' }],
    ['with letters of all kinds', { state: 'สวัสดี & <b>" %', nonce: 'ü+/=' }],
  ])('leaves behind what the long way does: %s', async (_what, changes) => {
    expect(await goesShort(changes)).toBe(true)
    expect(await goesShort({ ...changes, ...LONG })).toBe(false)
    const [short, long] = await bothWays(changes)
    expect(short).toEqual(long)
    expect(short?.cookies).toHaveLength(4)
  })

  test('asks for what the agreement demands, by the ways that it allows', async () => {
    world.terms.set('tax', { floor: 'substantial', methods: ['smart-card'], eResidents: false })
    const [short, long] = await bothWays()
    expect(short).toEqual(long)
    expect(short?.shown).toMatchObject({ need: 'substantial' })
  })

  test('ends in a code and in tokens like any other', async () => {
    const visitor = world.visitor()
    const page = await visitor.open(authUrl(world, 'tax'))
    const at = page.headers.get('content-location') ?? ''
    const back = await visitor.open(`${at}/sign-in`)
    const tokens = await redeem(world, 'tax', returned(back).get('code') ?? '')
    expect(claimsOf(String(tokens.body.id_token))).toMatchObject({ aud: 'tax', nonce: 'the-nonce' })
    expect((await visitor.open(`${at}/sign-in`)).status).toBe(400)
  })

  test('is over after a quarter of an hour, and another browser can do nothing with it', async () => {
    const visitor = world.visitor()
    const at = (await visitor.open(authUrl(world, 'tax'))).headers.get('content-location') ?? ''
    expect((await world.visitor().open(at)).status).toBe(400)
    world.clock.advance((INTERACTION - 1) * 1000)
    expect((await visitor.open(at)).status).toBe(200)
    world.clock.advance(2_000)
    expect((await visitor.open(at)).status).toBe(400)
  })

  test('whose record can’t be kept is a fault, and sets no cookie', async () => {
    world.broken.add('put interaction')
    const visitor = world.visitor()
    expect((await visitor.open(authUrl(world, 'tax'))).status).toBe(503)
    expect(visitor.setCookies).toEqual([])
  })
})

test.each([
  ['the short way', {}],
  ['the long way', LONG],
])('a first page that is refused leaves no cookie, %s', async (_way, changes) => {
  const refusing = await openWorld({
    firstPage: true,
    beforePage() {
      throw new Problem('PRT-1104')
    },
  })
  const visitor = refusing.visitor()
  const { status } = await visitor.open(authUrl(refusing, 'tax', changes))
  await refusing.close()
  expect(status).toBe(TROUBLE['PRT-1104'].status)
  expect(visitor.setCookies).toEqual([])
})

describe('the long way is left', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['a request that wants a proof now', { prompt: 'login' }],
    ['one that wants no page', { prompt: 'none' }],
    ['an age', { max_age: '10' }],
    ['a level', { acr_values: 'substantial' }],
    ['claims one by one', { claims: '{"userinfo":{"name":null}}' }],
    ['a way to answer', { response_mode: 'form_post' }],
    ['a resource', { resource: 'https://api.example' }],
    ['a pushed request', { request_uri: 'urn:x' }],
    ['a hint', { login_hint: '1' }],
    ['a refresh token', { scope: 'openid offline_access' }],
    ['no OpenID', { scope: 'profile' }],
    ['no scope', { scope: undefined }],
    ['a scope of strange letters', { scope: 'openid "x"' }],
    ['an agency that nobody knows', { client_id: 'nobody' }],
    ['no agency', { client_id: undefined }],
    ['an address that is not the agency’s', { redirect_uri: 'https://tax.example/callback/' }],
    ['no address', { redirect_uri: undefined }],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['plain PKCE', { code_challenge_method: 'plain' }],
    ['a challenge that is none', { code_challenge: 'short' }],
    ['another flow', { response_type: 'id_token' }],
    ['an empty value', { state: '' }],
    ['a state longer than any may be', { state: 'x'.repeat(1_025) }],
    ['a nonce longer than any may be', { nonce: 'x'.repeat(1_025) }],
  ])('%s', async (_what, changes) => {
    expect(await goesShort(changes)).toBe(false)
  })

  test('a doubled parameter', async () => {
    const page = await world.visitor().open(`${authUrl(world, 'tax')}&state=again`)
    expect(page.headers.get('content-location')).toBeNull()
  })

  test('whoever is signed in', async () => {
    const visitor = world.visitor()
    const first = await visitor.open(authUrl(world, 'tax'))
    await visitor.open(`${first.headers.get('content-location') ?? ''}/sign-in`)
    expect((await visitor.open(authUrl(world, 'tax'))).status).toBe(303)
  })

  test.each([
    ['is switched off', { disabled: true }, {}],
    ['says levels of its own', {}, { default_acr_values: ['substantial'] }],
    ['says an age of its own', {}, { default_max_age: 60 }],
    ['must push its requests', {}, { require_pushed_authorization_requests: true }],
    ['says what we have not heard of', {}, { something_new: true }],
  ])('an agency that %s', async (_what, more, metadata) => {
    world.clients.set('tax', { ...tax(metadata), ...more })
    expect(await goesShort({})).toBe(false)
  })

  test('an agreement that no means can meet', async () => {
    world.terms.set('tax', { floor: 'high' })
    expect(await goesShort({})).toBe(false)
  })
})
