import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import { authUrl, claimsOf, redeem, returned, type SignIn, tax, visit } from '../support/agencies.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'

// The answer to a plain request after a first sign-in has a short way of ours and the library's long one, which is taken
// where nobody hands on the person's entry; so both can be asked the same.

let world: World
beforeEach(async () => {
  world = await openWorld()
})
afterEach(() => world.close())

const named = (line: string) => line.slice(0, line.indexOf('='))
const attributes = (line: string) => line.slice(line.indexOf(';'))
const value = async (kind: 'code' | 'grant', id: string) =>
  (await world.artifacts.get(kind, id))?.value as
    | (Record<string, Json> & Partial<Record<'sessionUid' | 'grantId' | 'sid', string>>)
    | undefined

/** All that a sign-in leaves behind, with what is made anew each time replaced by its kind. */
async function one(how: SignIn) {
  const visitor = world.visitor()
  const [entries, seen, calls] = [world.entries.length, world.seen.length, world.calls.length]
  const page = await visit(world, visitor, 'tax', how)
  const back = returned(page)
  const id = back.get('code') ?? ''
  const code = await value('code', id)
  const session = await world.artifacts.findSessionByUid(code?.sessionUid ?? '')
  const grant = await value('grant', code?.grantId ?? '')
  const party = session?.parties.get('tax') as { readonly sid?: string; readonly grantId?: string } | undefined
  const fresh = (record: Record<string, unknown> | undefined, ...names: string[]) => ({
    ...record,
    ...Object.fromEntries(
      names.filter((name) => record?.[name] !== undefined).map((name) => [name, typeof record?.[name]]),
    ),
  })
  const cookies = visitor.setCookies.filter((line) => !line.startsWith('__Secure-idp_interaction'))
  return {
    visitor,
    id,
    used: world.calls.slice(calls),
    said: {
      status: page.status,
      parameters: [...back.keys()],
      state: back.get('state'),
      iss: back.get('iss'),
      caching: page.headers.get('cache-control'),
      cookies: cookies
        .map((line) => [named(line), attributes(line).replace(/path=\/auth\/[\w-]+/, 'path=/auth/…')])

        .toSorted(([one], [other]) => (one! < other! ? -1 : 1)),
      code: fresh(code, 'jti', 'sessionUid', 'grantId', 'sid'),
      grant: fresh(grant, 'jti'),
      session: session?.body,
      parties: [...(session?.parties.keys() ?? [])],
      party: fresh(party, 'sid', 'grantId'),
      tied: [party?.grantId === code?.grantId, code?.sid === undefined || party?.sid === code.sid],
      lengths: [id.length, session?.id.length, party?.sid?.length],
      entries: world.entries.slice(entries),
      seen: world.seen.slice(seen).map((each) => fresh({ ...each, party: fresh({ ...each.party }, 'sid') }, 'uid')),
    },
  }
}

const hears = { backchannel_logout_uri: 'https://tax.example/out', backchannel_logout_session_required: true }

describe('the first answer the short way', () => {
  test.each<[string, Record<string, Json>, SignIn]>([
    ['to a usual request', {}, { parameters: { scope: 'openid profile' } }],
    ['without state and nonce', {}, { parameters: { state: undefined, nonce: undefined } }],
    ['to a scope that nobody knows', {}, { parameters: { scope: 'openid nothing openid' } }],
    ['at another level', {}, { acr: 'substantial' }],
    ['at the highest level, which lies idle for less', {}, { acr: 'high' }],
    ['for an agency that wants to hear of sign-outs', hears, {}],
    ['for an agency with refresh tokens', { grant_types: ['authorization_code', 'refresh_token'] }, {}],
    [
      'with an address that has a query',
      { redirect_uris: ['https://tax.example/back?a=b%20c'] },
      { parameters: { redirect_uri: 'https://tax.example/back?a=b%20c' } },
    ],
  ])('leaves what the long way does: %s', async (_what, metadata, how) => {
    world.clients.set('tax', tax(metadata))
    const short = await one(how)
    const long = await one({ ...how, known: 'no' })
    expect(short.said).toEqual(long.said)
    expect(short.said.status).toBe(303)
    expect(short.said.entries.map(({ type }) => type)).toEqual(['code.issued'])
  })

  test('costs no more calls of the sessions store', async () => {
    const [short, long] = [await one({}), await one({ known: 'no' })]
    expect(short.used.length).toBeLessThanOrEqual(long.used.length)
  })

  test('is a session as any other: known at the next agency, and gone when it is signed out', async () => {
    const { visitor, id } = await one({})
    const sso = returned(await visit(world, visitor, 'social'))
    expect(sso.get('code')).toBeTruthy()
    const { body } = await redeem(world, 'tax', id)
    expect(claimsOf(String(body.id_token))).toMatchObject({ acr: 'low', amr: ['otp', 'totp'] })
    await visitor.submit(await visitor.open('/session/end'), { logout: 'yes' })
    expect((await visitor.open(`${world.url}/auth?client_id=tax`)).status).not.toBe(303)
  })

  const more: [string, () => void, SignIn, string | null][] = [
    ['a consent', () => void world.ask.push('name'), { parameters: { scope: 'openid profile' } }, null],
    [
      'a level that was not reached',
      () => void world.terms.set('tax', { floor: 'substantial' }),
      { acr: 'low' },
      'unmet_authentication_requirements',
    ],
    [
      'a way that the agency does not take',
      () => void world.terms.set('tax', { methods: ['smart-card'] }),
      {},
      'unmet_authentication_requirements',
    ],
    ['somebody who may not sign in', () => void world.barred.add(SOMCHAI), {}, 'access_denied'],
  ]
  test.each(more)('leaves to the long way whoever meets %s', async (_what, set, how, error) => {
    set()
    const page = await visit(world, world.visitor(), 'tax', how)
    if (error === null) expect(page.form?.fields).toMatchObject({ page: 'login', prompt: 'consent' })
    else expect(returned(page).get('error')).toBe(error)
  })

  test('is given once, whoever sends the same proof twice', async () => {
    const visitor = world.visitor()
    const first = await visitor.open(authUrl(world, 'tax'))
    const proof = `${new URL(first.url).pathname}/sign-in`
    const pages = await Promise.all([1, 2, 3, 4].map(() => visitor.open(proof)))
    expect(pages.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(pages.filter(({ headers }) => headers.get('location')?.includes('code='))).toHaveLength(1)
  })

  test.each(['saveSession', 'put', 'consume'])('tells the browser nothing while the store fails: %s', async (call) => {
    const visitor = world.visitor()
    const first = await visitor.open(authUrl(world, 'tax'))
    const proof = `${new URL(first.url).pathname}/sign-in`
    world.broken.add(call)
    const failed = await visitor.open(proof)
    expect(failed.status).toBe(503)
    expect(visitor.cookies().map(({ name }) => name)).not.toContain('__Host-idp_sid')
    world.broken.clear()
    expect(returned(await visitor.open(proof)).get('code')).toBeTruthy()
  })
})
