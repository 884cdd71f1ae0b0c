import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { INTERACTION, UNSEEN_INTERACTION } from '../../src/oidc/lifetimes.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { callback, redeem, request, signIn, startService, type TestService } from '../support/service.ts'

// The first page of a sign-in comes as the answer to the agency's request, without a redirect to it: what must hold all
// the same, and where a redirect must do.

let redis: OwnTestRedis
let at: TestService
beforeAll(async () => {
  redis = await ownRedis()
  at = await startService({ redisUrl: redis.url })
})
afterAll(async () => {
  await at.close()
  await redis.close()
})

const ask = (url: string, options: RequestInit = {}) =>
  fetch(url, { redirect: 'manual', headers: { accept: 'text/html', 'accept-language': 'en' }, ...options })

const cookieOf = (response: Response, name: string): string | undefined =>
  response.headers.getSetCookie().find((line) => line.startsWith(`${name}=`))

describe('the agency’s request', () => {
  test('is answered by the page itself, whose form, cookies and languages belong to the sign-in’s own address', async () => {
    const response = await ask(request(at.issuer, 'tax').url)
    expect([response.status, response.headers.get('location')]).toEqual([200, null])
    const own = response.headers.get('content-location')!
    expect(own).toMatch(/^\/login\/[\w-]+$/)
    const html = await response.text()
    expect(html).toContain(`action="${own}/totp"`)
    expect(html).toContain(`href="${own}/totp?ui_locales=et"`)
    const cookie = cookieOf(response, '__Secure-idp_interaction')!
    expect(cookie).toMatch(new RegExp(`; path=${own}; .*samesite=lax; secure; httponly`, 'i'))
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  test('leads to the agency when the form is sent, and the page can be loaded anew or in another language before', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax')
    const page = await visitor.open(asked.url)
    expect(visitor.trail).toEqual([`GET ${asked.url}`])
    const [anew, estonian] = [await visitor.open(page.url), await visitor.open(`${page.url}?ui_locales=et`)]
    expect(anew.form).toEqual(page.form)
    expect(estonian.html).toContain('<html lang="et">')
    const { code, state } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
    expect(state).toBe(asked.state)
    expect((await redeem(at.issuer, 'tax', code!, asked.verifier)).status).toBe(200)
  })

  test('is another sign-in each time that it is loaded', async () => {
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax')
    const [one, other] = [await visitor.open(asked.url), await visitor.open(asked.url)]
    expect(one.url).not.toBe(other.url)
    for (const page of [one, other]) expect((await visitor.open(page.url)).status).toBe(200)
  })

  test('says in which language the page is to be, and is not taken for the person’s own choice', async () => {
    const response = await ask(request(at.issuer, 'tax', { ui_locales: 'et' }).url)
    expect(await response.text()).toContain('<html lang="et">')
    expect(cookieOf(response, '__Host-pratu_language')).toBeUndefined()
  })

  test.each([
    ['a hint at the person, which may be a person code', { login_hint: '1101700203451' }],
    ['claims, whose values may name somebody', { claims: '{"userinfo":{"name":null}}' }],
    ['a parameter that nobody knows', { something: 'else' }],
  ])('is answered by a redirect when it carries %s: its address would stay in the history', async (_what, more) => {
    const response = await ask(request(at.issuer, 'tax', more).url)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toMatch(/^\/login\/[\w-]+$/)
    expect(await response.text()).not.toContain('<form')
  })

  test('by HEAD begins nothing that is kept for longer than a redirect’s', async () => {
    const before = await redis.client.keys('i:*')
    const { status } = await ask(request(at.issuer, 'tax').url, { method: 'HEAD' })
    expect(status).toBe(303)
    const fresh = (await redis.client.keys('i:*')).filter((key) => !before.includes(key))
    expect(await redis.client.pttl(fresh[0]!)).toBeLessThanOrEqual(UNSEEN_INTERACTION * 1000)
  })

  test('keeps its sign-in for as long as a person may read', async () => {
    const before = await redis.client.keys('i:*')
    await ask(request(at.issuer, 'tax').url)
    const fresh = (await redis.client.keys('i:*')).filter((key) => !before.includes(key))
    expect(fresh).toHaveLength(1)
    expect(await redis.client.pttl(fresh[0]!)).toBeGreaterThan((INTERACTION - 5) * 1000)
  })
})
