import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Browser, browser } from '../support/browser.ts'
import { request } from '../support/service.ts'
import { readPageCode, type SmartIdTest, startSmartId } from '../support/smart-id.ts'

// The demo's Smart-ID from outside: the app on screen as people use it, the interface as a careless relying party would
// use it, and what scripts can ask for.

let world: SmartIdTest
beforeAll(async () => {
  world = await startSmartId()
}, 60_000)
afterAll(() => world.close())

const PHONE = '66100000101'

async function waiting() {
  const visitor = world.at.visitor()
  const start = await visitor.submit(await visitor.open(request(world.at.issuer, 'tax').url), { method: 'smart-id' })
  const page = await visitor.submit(start, { way: 'link' })
  return { visitor, page, step: new URL(start.url).pathname }
}

const link = (html: string) => (/id="open" href="([^"]+)"/.exec(html)?.[1] ?? '').replaceAll('&amp;', '&')
const form = (person: Browser, url: string, fields: Record<string, string>) =>
  person.post(url, fields, { 'sec-fetch-site': 'same-origin' })
const json = async (path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${world.outside}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return [answer.status, (await answer.json()) as Record<string, unknown>] as const
}

describe('the app on screen', () => {
  test('is opened on a telephone, scans what the page shows, and its holder confirms there', async () => {
    const { visitor, step } = await waiting()
    const person = browser()
    const phone = await person.get(`${world.outside}/phones/${PHONE}`)
    const href = /id="app-smart-id" href="([^"]+)"/.exec(phone.body)?.[1] ?? ''
    const app = await person.get(new URL(href, world.outside).href)
    expect(app.body).toMatch(/<option value="PNOTH-1999900001010-DEMO-Q" selected>/)
    const scan =
      /name="scan" value="([^"]+)"[^>]*>(?:[^<]|<\/?span\b)*Sign in to: Site of tax/.exec(app.body)?.[1] ?? ''
    const ringing = await form(person, app.url, { document: 'PNOTH-1999900001010-DEMO-Q', scan })
    expect(new URL(ringing.url).pathname).toBe(`/phones/${PHONE}`)
    expect(ringing.body).toContain('id="confirm"')
    await person.submit(ringing, { answer: 'confirm' })
    for (let n = 0; n < 300; n++) {
      const page = await visitor.open(`${step}/wait`)
      if (page.headers.get('location') !== null) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('nobody was signed in')
  })

  test('says why it takes no other link up: altered, too old, nobody’s, none at all', async () => {
    const { page } = await waiting()
    const person = browser()
    const answers = async (text: string) => {
      const { body } = await form(person, `${world.outside}/smart-id-rp/app`, {
        document: 'PNOTH-1999900001010-DEMO-Q',
        link: text,
      })
      return /id="refused-([\w-]+)"/.exec(body)?.[1]
    }
    const picture = readPageCode(page)
    expect(await answers('https://example.org/')).toBe('no-link')
    expect(await answers(picture.replace(/sessionToken=[\w-]+/, 'sessionToken=nobodys'))).toBe('unknown')
    world.at.clock.advance(5_000)
    expect(await answers(picture)).toBe('stale')
    expect(await answers(picture.replace('elapsedSeconds=0', 'elapsedSeconds=5'))).toBe('wrong')
    expect(await answers(link(page.html))).toBe('over')
  })
})

describe('the interface', () => {
  const good = () => ({
    relyingPartyUUID: '00000000-0000-4000-8000-000000000000',
    relyingPartyName: 'DEMO',
    certificateLevel: 'QUALIFIED',
    signatureProtocol: 'ACSP_V2',
    signatureProtocolParameters: {
      rpChallenge: Buffer.alloc(64, 7).toString('base64'),
      signatureAlgorithm: 'rsassa-pss',
      signatureAlgorithmParameters: { hashAlgorithm: 'SHA-512' },
    },
    interactions: Buffer.from('[{"type":"displayTextAndPIN","displayText60":"Hello"}]').toString('base64'),
  })
  const OPEN = '/smart-id-rp/v3/authentication/device-link/anonymous'

  test('opens a session for a right request, and the same one for the same request', async () => {
    const [status, one] = await json(OPEN, good())
    expect([status, Object.keys(one)]).toEqual([200, ['sessionID', 'sessionToken', 'sessionSecret', 'deviceLinkBase']])
    expect((await json(OPEN, good()))[1]).toEqual(one)
  })

  test.each([
    ['signatureProtocolParameters.rpChallenge', { signatureProtocolParameters: { rpChallenge: 'c2hvcnQ=' } }],
    ['signatureProtocol', { signatureProtocol: 'RAW_DIGEST_SIGNATURE' }],
    ['interactions', { interactions: Buffer.from('[]').toString('base64') }],
    ['interactions', { interactions: '{' }],
    ['initialCallbackUrl', { initialCallbackUrl: 'http://example.org/' }],
    ['initialCallbackUrl', { initialCallbackUrl: 'https://example.org/#x' }],
    ['vcType', { vcType: 'numeric4' }],
    ['certificateLevel', { certificateLevel: 'QSCD' }],
  ])('says what is wrong with %s (RFC 9457)', async (paramName, wrong) => {
    const [status, { errors }] = await json(OPEN, { ...good(), ...wrong })
    expect([status, (errors as { paramName: string }[])[0]?.paramName]).toEqual([400, paramName])
  })

  test('knows nobody else, and no session that it did not open', async () => {
    expect((await json(OPEN, { ...good(), relyingPartyName: 'demo' }))[0]).toBe(401)
    expect((await fetch(`${world.outside}/smart-id-rp/v3/session/none`)).status).toBe(404)
    const [status, { errors }] = await json('/smart-id-rp/v3/authentication/notification/etsi/PNOEE-39001010011', {
      ...good(),
      vcType: 'numeric4',
    })
    expect([status, (errors as { code: string }[])[0]?.code]).toEqual([404, 'NO_SUITABLE_ACCOUNT_FOUND'])
  })
})

describe('for scripts', () => {
  test('a link is taken up and confirmed as at the provider’s own demo', async () => {
    const { page } = await waiting()
    const [status, { callback }] = await json('/smart-id-rp/mock/device-link', {
      documentNumber: 'PNOTH-1999900001010-DEMO-Q',
      deviceLink: link(page.html),
    })
    expect(status).toBe(200)
    const { searchParams } = new URL(String(callback))
    expect([...searchParams.keys()]).toEqual(['value', 'sessionSecretDigest', 'userChallengeVerifier'])
  })

  test('it does wrong what it is told to, so many times, and only for scripts', async () => {
    expect((await json('/smart-id-rp/manage', { answer: 'http-580', times: 1 }))[0]).toBe(200)
    const { page } = await waiting()
    expect(page.trouble).toBe('PRT-1826')
    expect((await waiting()).page.trouble).toBeUndefined()
    expect((await json('/smart-id-rp/manage', { answer: 'be-nice' }))[0]).toBe(400)
    const body = new URLSearchParams({ answer: 'http-580' })
    expect((await fetch(`${world.outside}/smart-id-rp/manage`, { method: 'POST', body })).status).toBe(400)
  })
})
