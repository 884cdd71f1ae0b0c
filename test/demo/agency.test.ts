import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { ClientSecretBasic } from 'openid-client'
import { type Agency, type AgencyPages, openAgency } from '../../src/demo/agency.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { browser } from '../support/browser.ts'
import { type FakeProvider, fakeProvider } from '../support/fake-provider.ts'
import { freePorts } from '../support/ports.ts'

const pages: AgencyPages = {
  assets: [],
  signedOut: (language, left) => `${language} ${left ? 'has left' : 'signed out'}`,
  signedIn: (language, claims, trouble) =>
    `${language} signed in ${JSON.stringify(claims)}${trouble ? ` as before, ${JSON.stringify(trouble)}` : ''}`,
  trouble: (language, trouble) => `${language} trouble ${JSON.stringify(trouble)}`,
}

let provider: FakeProvider
let agency: Agency
let site: string

async function open(pushed: boolean): Promise<void> {
  const [port = 0] = await freePorts(1)
  site = `http://localhost:${port}`
  agency = openAgency({
    settings: {
      issuer: provider.issuer,
      origin: site,
      port,
      cookie: '__Host-agency',
      clientId: 'the-agency',
      auth: ClientSecretBasic('s3cret'),
      scope: 'openid profile',
      more: { scope: 'latin_name' },
      pushed,
    },
    pages,
    clock: systemClock,
    random: systemRandom,
  })
  await agency.listen()
}

beforeEach(async () => {
  provider = await fakeProvider()
  await open(false)
})
afterEach(async () => {
  await agency.close()
  await provider.close()
})

describe('signing in at an agency', () => {
  test('shows what the ID token and UserInfo said, each claim once', async () => {
    provider.next.idToken = { acr: 'low', given_name: 'Somying' }
    provider.next.userInfo = { given_name: 'Somying', birthdate: '1987-04-12' }
    const answer = await browser().get(`${site}/sign-in`)
    expect(answer.status).toBe(200)
    const claims = JSON.parse(answer.body.replace('th signed in ', '')) as { name: string; from: string }[]
    expect(claims.filter(({ name }) => name === 'given_name')).toEqual([
      { name: 'given_name', value: 'Somying', from: 'id_token' },
    ])
    expect(claims).toContainEqual({ name: 'birthdate', value: '1987-04-12', from: 'userinfo' })
  })

  test('asks with PKCE, state, nonce and the language of the page', async () => {
    await browser().get(`${site}/sign-in?ui_locales=et`)
    const asked = provider.seen.find(({ line }) => line === 'GET /authorize')?.fields
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(asked?.get('state')?.length).toBeGreaterThanOrEqual(43)
    expect(asked?.get('nonce')?.length).toBeGreaterThanOrEqual(43)
    expect(asked?.get('ui_locales')).toBe('et')
  })

  test('asks for what needs consent only when the citizen presses for it, so that single sign-on needs no form', async () => {
    const visitor = browser()
    await visitor.get(`${site}/sign-in`)
    await visitor.get(`${site}/sign-in?more`)
    const asked = provider.seen.filter(({ line }) => line === 'GET /authorize').map(({ fields }) => fields.get('scope'))
    expect(asked).toEqual(['openid profile', 'openid profile latin_name'])
  })

  test('pushes the request first where it is told to, so that the address shows nothing', async () => {
    await agency.close()
    await open(true)
    const answer = await browser().get(`${site}/sign-in`)
    expect(answer.body).toContain('signed in')
    expect(provider.seen.map(({ line }) => line)).toContain('POST /pushed')
    const asked = provider.seen.find(({ line }) => line === 'GET /authorize')?.fields
    expect([...(asked?.keys() ?? [])].toSorted()).toEqual(['client_id', 'request_uri'])
  })

  test('gives the signed-in browser a new session id in a __Host- cookie', async () => {
    const visitor = browser()
    const begun = await visitor.one(`${site}/sign-in`)
    const before = visitor.cookies.get('__Host-agency')
    expect(begun.headers.get('set-cookie')).toMatch(/__Host-agency=\S+; path=\/; samesite=lax; secure; httponly/i)
    await visitor.get(begun.headers.get('location') ?? '')
    expect(visitor.cookies.get('__Host-agency')).not.toBe(before)
    const planted = await fetch(site, { headers: { cookie: `__Host-agency=${before}` } })
    expect(await planted.text()).toBe('th signed out')
  })

  test('refuses an ID token with another nonce', async () => {
    provider.next.nonce = 'somebody-elses'
    const answer = await browser().get(`${site}/sign-in`)
    expect(answer.status).toBe(502)
    expect(answer.body).toBe('th trouble {"kind":"unexpected"}')
  })

  test('refuses an answer that this browser did not ask for', async () => {
    const begun = await browser().one(`${site}/sign-in`)
    const answered = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' })
    const answer = await browser().get(answered.headers.get('location') ?? '')
    expect(answer.status).toBe(400)
    expect(answer.body).toBe('th trouble {"kind":"stale"}')
  })

  test('takes an answer once: the same address again belongs to no sign-in', async () => {
    provider.next.error = 'access_denied'
    const visitor = browser()
    const begun = await visitor.one(`${site}/sign-in`)
    const answered = await visitor.one(begun.headers.get('location') ?? '')
    const callback = answered.headers.get('location') ?? ''
    expect((await visitor.get(callback)).body).toContain('access_denied')
    expect((await visitor.get(callback)).body).toBe('th trouble {"kind":"stale"}')
  })

  test('lets several tabs be on their way at once', async () => {
    const visitor = browser()
    const first = await visitor.one(`${site}/sign-in`)
    const second = await visitor.one(`${site}/sign-in`)
    for (const tab of [first, second]) {
      expect((await visitor.get(tab.headers.get('location') ?? '')).body).toContain('signed in')
    }
  })
})

test('a language once pressed stays, before signing in, after it and after signing out', async () => {
  const visitor = browser()
  await visitor.get(`${site}/?ui_locales=et`)
  expect((await visitor.get(site)).body).toBe('et signed out')
  expect((await visitor.get(`${site}/sign-in`)).body).toContain('et signed in')
  await visitor.one(`${site}/sign-out`, { method: 'POST' })
  expect((await visitor.get(site)).body).toBe('et has left')
})

describe('when the sign-in does not go on', () => {
  test.each(['access_denied', 'unmet_authentication_requirements', 'login_required'])(
    'says %s on a page of its own',
    async (error) => {
      provider.next.error = error
      const answer = await browser().get(`${site}/sign-in?ui_locales=en`)
      expect(answer.status).toBe(400)
      expect(answer.body).toBe(`en trouble {"kind":"refused","error":"${error}"}`)
    },
  )

  test('says that the door does not answer, and tries again for the next visitor', async () => {
    provider.next.down = 503
    const answer = await browser().get(`${site}/sign-in`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(answer.body).toBe('th trouble {"kind":"unreachable"}')
    delete provider.next.down
    expect((await browser().get(`${site}/sign-in`)).body).toContain('signed in')
  })
})

test('a refusal can be read in another language, and is gone when the next sign-in begins', async () => {
  const visitor = browser()
  provider.next.error = 'access_denied'
  const refused = await visitor.get(`${site}/sign-in?ui_locales=th`)
  expect(refused.url).toBe(`${site}/`)
  const again = await visitor.get(`${site}/?ui_locales=en`)
  expect(again.body).toBe('en trouble {"kind":"refused","error":"access_denied"}')
  delete provider.next.error
  expect((await visitor.get(`${site}/sign-in`)).body).toContain('signed in')
  expect((await visitor.get(site)).body).toContain('signed in')
})

test('who says no to more stays signed in, is told so, and is not told so any more at the next sign-in', async () => {
  const visitor = browser()
  await visitor.get(`${site}/sign-in`)
  provider.next.error = 'access_denied'
  const refused = await visitor.get(`${site}/sign-in?more`)
  expect([refused.status, refused.url]).toEqual([200, `${site}/`])
  expect(refused.body).toMatch(/^th signed in .* as before, \{"kind":"refused","error":"access_denied"\}$/)
  delete provider.next.error
  expect((await visitor.get(`${site}/sign-in?more`)).body).not.toContain('as before')
})

describe('signing out', () => {
  test('ends the own session and hands the ID token to the provider', async () => {
    const visitor = browser()
    await visitor.get(`${site}/sign-in`)
    const answer = await visitor.one(`${site}/sign-out`, { method: 'POST' })
    const target = new URL(answer.headers.get('location') ?? '')
    expect(target.pathname).toBe('/end')
    expect(target.searchParams.get('id_token_hint')).toMatch(/^eyJ/)
    expect(target.searchParams.get('post_logout_redirect_uri')).toBe(`${site}/`)
    expect((await visitor.get(site)).body).toBe('th has left')
  })

  test('is said until the next sign-in begins, and never to somebody who was not signed in', async () => {
    expect((await browser().get(site)).body).toBe('th signed out')
    const visitor = browser()
    await visitor.one(`${site}/sign-out`, { method: 'POST' })
    expect((await visitor.get(site)).body).toBe('th signed out')
    await visitor.get(`${site}/sign-in`)
    await visitor.one(`${site}/sign-out`, { method: 'POST' })
    expect((await visitor.get(`${site}/?ui_locales=et`)).body).toBe('et has left')
    await visitor.one(`${site}/sign-in`)
    expect((await visitor.get(site)).body).toBe('et signed out')
  })

  test('is refused when another site sends the form', async () => {
    const visitor = browser()
    await visitor.get(`${site}/sign-in`)
    const answer = await visitor.one(`${site}/sign-out`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-site' },
    })
    expect(answer.status).toBe(403)
    expect((await visitor.get(site)).body).toContain('signed in')
  })
})
