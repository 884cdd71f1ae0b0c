import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { rows } from '../../src/platform/db.ts'
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
  userInfo,
} from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Leaving as people see it: one service or all of them, and which of them have confirmed.

let at: TestService
const receivers = new Map<string, Receiver>()
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  for (const name of ['tax', 'social', 'land'] as const) {
    const receiver = await openReceiver()
    receivers.set(name, receiver)
    await enterParty(at, name, {
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: SECRETS[name],
      redirect_uris: [`http://localhost:9/${name}/callback`],
      post_logout_redirect_uris: [`http://localhost:9/${name}/bye`],
      client_uri: `http://localhost:9/${name}/`,
      ...(name !== 'land' && { backchannel_logout_uri: `${receiver.url}/logout` }),
    })
  }
}, 40_000)
afterAll(async () => {
  await at.close()
  await Promise.all([...receivers.values()].map((each) => each.close()))
})
beforeEach(async () => {
  await rows(at.database.db, 'delete from job')
  for (const each of receivers.values()) each.reset()
})

async function enter(visitor: Visitor, agency: string) {
  const asked = request(at.issuer, agency)
  const { code } = callback(await signIn(at, visitor, at.citizens[0]!, asked))
  return redeem(at.issuer, agency, code!, asked.verifier)
}

const ask = (visitor: Visitor, agency?: string, more: Record<string, string> = {}): Promise<Page> =>
  visitor.open(
    `${at.issuer}/session/end?${new URLSearchParams({ ...(agency && { client_id: agency }), ...more }).toString()}`,
  )
const bye = (agency: string) => ({
  post_logout_redirect_uri: `http://localhost:9/${agency}/bye`,
  state: 'kept & sound',
})
const onlyHere = (visitor: Visitor, { form }: Page): Promise<Page> =>
  visitor.post(form!.action, { xsrf: form!.fields.xsrf! })
const everywhere = (visitor: Visitor, question: Page): Promise<Page> => visitor.submit(question, { logout: 'yes' })
const isIn = async (visitor: Visitor, agency: string) =>
  callback(await visitor.open(request(at.issuer, agency, { prompt: 'none' }).url)).error !== 'login_required'

/** By service, what the page says of it. */
const told = ({ html }: Page): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<li class="(\w+)"><div><b>(\w+)<\/b>/g)].map(([, state, name]) => [name!, state!]),
  )
/** As a browser without scripts would come again. */
const again = ({ headers }: Page): string | undefined => /url=(.*)$/.exec(headers.get('refresh') ?? '')?.[1]

async function untilSettled(visitor: Visitor, page: Page, last: (page: Page) => boolean): Promise<Page> {
  const from = performance.now()
  while (!last(page)) {
    if (performance.now() - from > 10_000) throw new Error(`still ${JSON.stringify(told(page))}`)
    page = await visitor.open(`${at.issuer}/session/ended?times=1`)
  }
  return page
}

describe('the question', () => {
  test('names the service that asks and those where the person is besides, and no other', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'land')
    const { html } = await ask(visitor, 'tax')
    expect(html).toContain('You are leaving tax.')
    expect(html).toContain('<ul id="others"><li>land</li></ul>')
    expect(html).toContain('id="only-here"')
  })

  test('offers to leave one service alone only where the person is signed in to it', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    for (const page of [await ask(visitor), await ask(visitor, 'social')]) {
      expect(page.html).not.toContain('id="only-here"')
      expect(page.html).toContain('<ul id="others"><li>tax</li></ul>')
    }
    expect((await ask(visitor)).html).toContain('id="cancel" href="/"')
    expect(await isIn(visitor, 'tax')).toBe(true)
  })

  test('knows in another language, too, who asks, and where to lead back to', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    const page = await ask(visitor, 'tax', bye('tax'))
    const link = /<a href="([^"]+)" lang="et"/.exec(page.html)![1]!.replaceAll('&amp;', '&')
    const estonian = await visitor.open(new URL(link, page.url).href)
    expect(estonian.html).toContain('lang="et"')
    expect(estonian.html).toContain('>Ei, tagasi: tax<')
    const gone = await onlyHere(visitor, estonian)
    expect(gone.headers.get('location')).toBe('http://localhost:9/tax/bye?state=kept+%26+sound')
  })

  test('lets whoever changes their mind go back to the service that asks, signed in as before', async () => {
    const visitor = at.visitor()
    const { access_token: token } = await enter(visitor, 'tax')
    await enter(visitor, 'social')
    const { html } = await ask(visitor, 'tax', bye('tax'))
    const [, stay, text] = /<a [^>]*id="cancel" href="([^"]+)"><span class="keep">([^<]+)</.exec(html) ?? []
    // Its own site: to where it has people come back who have signed out, it would take them for gone.
    expect([stay, text]).toEqual(['http://localhost:9/tax/', 'No, back to tax'])
    expect((await userInfo(at.issuer, token)).status).toBe(200)
    for (const agency of ['tax', 'social']) expect(await isIn(visitor, agency)).toBe(true)
    expect(receivers.get('tax')!.tokens).toEqual([])
  })
})

describe('leaving one service', () => {
  test('ends its tokens and its visit, tells it, keeps the rest, and leads back with the state', async () => {
    const visitor = at.visitor()
    const [tax, social] = [await enter(visitor, 'tax'), await enter(visitor, 'social')]
    const heard = receivers.get('tax')!.next()
    const back = await onlyHere(visitor, await ask(visitor, 'tax', bye('tax')))
    expect(back.headers.get('location')).toBe('http://localhost:9/tax/bye?state=kept+%26+sound')
    expect((await userInfo(at.issuer, tax.access_token)).status).toBe(401)
    expect((await userInfo(at.issuer, social.access_token)).status).toBe(200)
    expect(await isIn(visitor, 'social')).toBe(true)
    at.clock.advance(1_000)
    await heard
    expect(receivers.get('social')!.tokens).toEqual([])
  })

  test('without an address to go back to says what was left, and leads to the rest', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'land')
    const { html } = await onlyHere(visitor, await ask(visitor, 'land'))
    expect(html).toContain('You have left land')
    expect(html).toContain('id="everywhere" href="/session/end"')
    expect(html).toContain('id="back" href="http://localhost:9/land/"')
  })
})

describe('leaving everywhere', () => {
  test('shows who has confirmed, who has not yet, and whom nobody can tell; the page comes by itself', async () => {
    const visitor = at.visitor()
    for (const agency of ['tax', 'social', 'land']) await enter(visitor, agency)
    receivers.get('social')!.status = 500
    const first = await everywhere(visitor, await ask(visitor, 'tax', bye('tax')))
    expect(new URL(first.url).pathname).toBe('/session/ended')
    expect(again(first)).toBe('/session/ended?times=1')
    const half = await untilSettled(visitor, first, (page) => told(page).tax === 'confirmed')
    expect(told(half)).toEqual({ land: 'itself', social: 'waiting', tax: 'confirmed' })
    receivers.get('social')!.status = 200
    at.clock.advance(5_000)
    const done = await untilSettled(visitor, half, (page) => told(page).social === 'confirmed')
    expect(again(done)).toBeUndefined()
    expect(told(done).land).toBe('itself')
    expect(done.html).toContain('href="http://localhost:9/tax/bye?state=kept+%26+sound"')
    for (const agency of ['tax', 'social', 'land']) expect(await isIn(visitor, agency)).toBe(false)
  })

  test('leads back by itself when all have confirmed', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'social')
    const page = await everywhere(visitor, await ask(visitor, 'tax', bye('tax')))
    const done = await untilSettled(visitor, page, (shown) =>
      Object.values(told(shown)).every((one) => one === 'confirmed'),
    )
    expect(done.html).toContain('We are taking you back to tax.')
    expect(again(done)).toBe('http://localhost:9/tax/bye?state=kept+%26+sound')
  })

  test('stops coming by itself after a while, and can still be looked at by a press', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'social')
    receivers.get('social')!.status = undefined
    await everywhere(visitor, await ask(visitor, 'tax'))
    const late = await visitor.open(`${at.issuer}/session/ended?times=10`)
    expect([again(late), told(late).social]).toEqual([undefined, 'waiting'])
    expect(late.html).toContain('id="again"')
  })

  test('from the only service leads straight back', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    const back = await everywhere(visitor, await ask(visitor, 'tax', bye('tax')))
    expect(back.headers.get('location')).toBe('http://localhost:9/tax/bye?state=kept+%26+sound')
  })

  test('is shown to the browser that did it alone, for a quarter of an hour, and never by an address', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'land')
    await everywhere(visitor, await ask(visitor, 'tax'))
    const cookie = visitor.setCookies.find((line) => line.startsWith('__Secure-pratu_ended='))!
    expect(cookie).toMatch(/; path=\/session\/ended; expires=[^;]+; samesite=lax; secure; httponly$/)
    const mine = await visitor.open(`${at.issuer}/session/ended`)
    expect(told(mine)).toEqual({ land: 'itself', tax: expect.any(String) })
    const stranger = at.visitor()
    expect(told(await stranger.open(mine.url))).toEqual({})
    stranger.adopt(
      visitor.cookies().map((each) => (each.name.endsWith('.sig') ? { ...each, value: 'x'.repeat(43) } : each)),
    )
    expect(told(await stranger.open(mine.url))).toEqual({})
  })

  test('of whoever makes room for another person shows nothing: the other one’s sign-in goes on', async () => {
    const visitor = at.visitor()
    await enter(visitor, 'tax')
    await enter(visitor, 'land')
    const switching = await signIn(at, visitor, at.citizens[1]!, request(at.issuer, 'social', { prompt: 'login' }))
    const back = await visitor.submit(switching, {})
    expect(callback(back).code).toBeDefined()
  })
})
