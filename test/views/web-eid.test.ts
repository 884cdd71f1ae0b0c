import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { LANGUAGES, type Language } from '../../src/identity/language.ts'
import { unbroken } from '../../views/html.ts'
import { cardPage } from '../../views/login/card.ts'
import { WEB_EID_FAULTS } from '../../views/words/card-shape.ts'
import { faultIn, wordsIn } from '../../views/words/words.ts'
import { openChromium } from '../support/chromium.ts'
import { sampleFrame, viewText } from '../support/pages.ts'

// The script of the card's page in a real browser, under the policy that the service sends: what it says to the
// extension, and what becomes of every answer. The browser's clock is the test's, the extension is the test itself.

const NONCE = 'c2FtcGxlIG5vbmNlIG9mIHRoaXJ0eS10d28gYnl0ZXM='
const LIFE = 300_000
const PATH = '/login/sample/smart-card'
const SCRIPT = '/assets/web-eid.js'
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-sample'; base-uri 'none'; frame-ancestors 'none'"

/** Stands where the content script stands: hears the page's questions and lets the test answer. */
const EXTENSION = `
  window.heard = []
  window.addEventListener('message', ({ source, data }) => {
    if (source === window && data?.action === 'web-eid:authenticate') window.heard.push(data)
  })
`

// Many short talks with the browser, each waiting its turn on a busy machine.
jest.setTimeout(60_000)

let browser: Browser
let context: BrowserContext
let page: Page
/** What the page posted or asked for, in order. */
let requests: string[]

beforeAll(async () => {
  browser = await openChromium()
}, 60_000)
afterAll(() => browser?.close())

beforeEach(async () => {
  await context?.close()
  requests = []
  context = await browser.newContext()
  await context.addInitScript(EXTENSION)
  await context.route('**/*', (route) => {
    const url = new URL(route.request().url())
    if (url.pathname === SCRIPT)
      return route.fulfill({ contentType: 'text/javascript', body: viewText('login/web-eid.js') })
    if (url.pathname === '/assets/pratu.css')
      return route.fulfill({ contentType: 'text/css', body: viewText('pratu.css') })
    if (url.pathname !== PATH) return route.fulfill({ status: 404, body: '' })
    requests.push(`${route.request().method()} ${url.search}${route.request().postData() ?? ''}`)
    return route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': POLICY },
      body: html((url.searchParams.get('language') ?? 'en') as Language),
    })
  })
  page = await context.newPage()
  // Stands still, and goes by when `pass` says so.
  await page.clock.install({ time: new Date('2026-11-21T09:00:00Z') })
  await page.clock.pauseAt(new Date('2026-11-21T09:00:01Z'))
}, 30_000)

const html = (language: Language): string =>
  cardPage.render(
    {
      action: PATH,
      nonce: NONCE,
      life: LIFE,
      scripts: [SCRIPT],
      scriptNonce: 'sample',
      tls: false,
      others: '/login/sample',
    },
    sampleFrame(language),
  )

async function open(origin = 'https://pratu.test', query = ''): Promise<void> {
  await page.goto(`${origin}${PATH}${query}`)
  await page.waitForSelector('#continue:visible')
}

/** Time goes by, and what it brings has happened. */
const pass = (ms: number) => page.clock.runFor(ms)
const heard = () => page.evaluate<Record<string, unknown>[]>('window.heard')
/** Messages are delivered in turn: one of our own behind them has passed them. */
const answer = (...messages: Record<string, unknown>[]) =>
  page.evaluate(`new Promise((done) => {
    for (const message of ${JSON.stringify(messages)}) window.postMessage(message, location.origin)
    addEventListener('message', ({ data }) => data === 'behind' && done())
    window.postMessage('behind', location.origin)
  })`)
const ACK = { action: 'web-eid:authenticate-ack' }
const failure = (code: unknown) => ({
  action: 'web-eid:authenticate-failure',
  error: { code, message: 'secret words' },
})
const said = async () => (await page.textContent('#said'))!.replace(/\s+/g, ' ').trim()
const progress = async () => (await page.textContent('#progress'))!.trim()
const press = () => page.click('#continue')
const words = wordsIn('en').card
/** What the page shows, for eyes, ears and fingers. */
const LOOK = `(() => {
  const [said, button] = ['said', 'continue'].map((id) => document.getElementById(id))
  const ways = ['others', 'cancel'].filter((id) => document.getElementById(id).checkVisibility())
  return {
    text: said.textContent, role: said.getAttribute('role'), focus: document.activeElement.id,
    label: button.textContent, busy: button.getAttribute('aria-disabled'), ways: ways.join(' '),
  }
})()`
const title = (fault: (typeof WEB_EID_FAULTS)[number]) => unbroken(faultIn('en', fault).title)

/** Pressed, heard and taken. */
async function begun(): Promise<void> {
  await press()
  await pass(1_000)
  await answer(ACK)
}

describe('the question', () => {
  test('waits until an extension has had a second to load, and says all that it must', async () => {
    await open()
    await press()
    expect(await progress()).toBe(words.looking)
    await pass(900)
    expect(await heard()).toEqual([])
    await pass(150)
    expect(await heard()).toEqual([
      {
        action: 'web-eid:authenticate',
        libraryVersion: '2.0.0',
        challengeNonce: NONCE,
        options: { userInteractionTimeout: 120_000, lang: 'en' },
      },
    ])
  })

  test('goes at once when the page has been there for a while', async () => {
    await open()
    await pass(5_000)
    await press()
    await pass(1)
    expect(await heard()).toHaveLength(1)
  })

  test('is asked once, however often the button is pressed', async () => {
    await open()
    await begun()
    // Playwright itself would wait until it may be pressed.
    for (const how of ['Enter', 'Space', 'Enter']) await page.keyboard.press(how)
    await page.evaluate('document.getElementById("continue").click()')
    await pass(10_000)
    expect(await heard()).toHaveLength(1)
    expect(await page.getAttribute('#continue', 'aria-disabled')).toBe('true')
    expect(await page.textContent('#continue')).toBe(words.start)
  })

  test.each([
    ['th', 'en'],
    ['en', 'en'],
    ['et', 'et'],
  ])('is asked on a page in %s for a program in %s', async (language, lang) => {
    await open(undefined, `?language=${language}`)
    await begun()
    expect((await heard())[0]!.options).toMatchObject({ lang })
  })

  test('is not asked over a connection that the browser does not trust', async () => {
    await open('http://pratu.test')
    await press()
    await pass(2_000)
    expect(await said()).toContain(title('CONTEXT_INSECURE'))
    expect(await heard()).toEqual([])
  })

  test('is asked with a fresh nonce when the old one would not outlive the typing of a PIN', async () => {
    await open()
    await pass(LIFE - 127_000)
    await press()
    await pass(1)
    expect(await heard()).toHaveLength(1)
    await answer(failure('ERR_WEBEID_USER_CANCELLED'))
    await pass(1_000)
    await Promise.all([page.waitForResponse(/again=1/), press()])
    await page.waitForSelector('#continue:visible')
    // It goes on by itself, under its own address.
    await pass(1_100)
    expect(await heard()).toHaveLength(1)
    expect(new URL(page.url()).search).toBe('')
    expect(requests).toEqual(['GET ', 'GET ?again=1'])
  })
})

describe('the answer', () => {
  test('of nobody within a second means that there is no extension', async () => {
    await open()
    await press()
    await pass(1_000)
    expect(await heard()).toHaveLength(1)
    await pass(950)
    expect(await said()).toBe('')
    await pass(100)
    expect(await said()).toContain(title('EXTENSION_UNAVAILABLE'))
    expect(await page.getAttribute('#said a', 'href')).toBe('https://web-eid.eu/')
    expect(await progress()).toBe('')
    // Too late.
    await answer({ action: 'web-eid:authenticate-success', signature: 'late' })
    expect(requests).toEqual(['GET '])
  })

  test('that stays away after the question was taken is waited for 126 seconds', async () => {
    await open()
    await begun()
    expect(await progress()).toBe(words.pin)
    await pass(125_800)
    expect(await said()).toBe('')
    await pass(400)
    expect(await said()).toContain(title('ACTION_TIMEOUT'))
  })

  test('of the card is posted as the token, all of it save the name of the message, and nothing else', async () => {
    await open()
    await begun()
    const token = {
      unverifiedCertificate: 'MII+/=',
      algorithm: 'ES384',
      signature: 'c2ln',
      format: 'web-eid:1.0',
      new: [1],
    }
    const posted = page.waitForRequest((request) => request.method() === 'POST')
    await page.evaluate(
      `window.postMessage(${JSON.stringify({ action: 'web-eid:authenticate-success', ...token })}, location.origin)`,
    )
    const fields = [...new URLSearchParams((await posted).postData()!)]
    expect(fields.map(([name]) => name)).toEqual(['token'])
    expect(JSON.parse(fields[0]![1])).toEqual(token)
  })

  test('of another window, another page or another question is not listened to', async () => {
    await open()
    await begun()
    const success = { action: 'web-eid:authenticate-success', signature: 'forged' }
    const dispatch = (init: string) =>
      page.evaluate(`window.dispatchEvent(new MessageEvent('message', { data: ${JSON.stringify(success)}, ${init} }))`)
    await dispatch('source: null, origin: location.origin')
    await dispatch('source: window, origin: "https://evil.test"')
    await answer({ action: 'web-eid:sign-success', signature: 'other' })
    await answer({ action: 'web-eid:warning', warnings: ['old'] })
    await answer({ other: true })
    await page.evaluate('window.postMessage(null, location.origin)')
    await pass(10)
    expect(requests).toEqual(['GET '])
    expect(await progress()).toBe(words.pin)
  })

  test('with a code that is none is told as one without a reason', async () => {
    await open()
    await pass(1_000)
    for (const code of [undefined, null, 7, 'ERR_WEBEID_NEW', 'ERR_WEBEID_<b>', 'continue']) {
      await press()
      await pass(1)
      expect(await said()).toBe('')
      await answer(ACK, failure(code))
      expect(await said()).toContain(title('UNKNOWN_ERROR'))
      expect(await said()).not.toContain('secret words')
    }
  })
})

describe.each(LANGUAGES)('in %s', (language) => {
  test('every code has its own text, is read out, keeps the focus and can be tried again', async () => {
    await open(undefined, `?language=${language}`)
    const own = wordsIn(language).card
    const texts: string[] = []
    await pass(1_000)
    await page.focus('#continue')
    for (const fault of WEB_EID_FAULTS) {
      await page.keyboard.press('Enter')
      await pass(1)
      await answer(ACK, failure(`ERR_WEBEID_${fault}`))
      const now = await page.evaluate<Record<string, string>>(LOOK)
      expect(now).toMatchObject({
        role: 'alert',
        focus: 'continue',
        label: own.again,
        busy: 'false',
        ways: 'others cancel',
      })
      expect(now.text).toContain(unbroken(faultIn(language, fault).title))
      expect(now.text).toContain(`ERR_WEBEID_${fault}`)
      texts.push(now.text!)
    }
    expect(new Set(texts).size).toBe(WEB_EID_FAULTS.length)
    expect(await heard()).toHaveLength(WEB_EID_FAULTS.length)
  }, 60_000)
})

test('a page brought back whole by the browser asks for a fresh nonce', async () => {
  await open()
  await Promise.all([
    page.waitForEvent('framenavigated'),
    page.evaluate('window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))'),
  ])
  expect(requests).toEqual(['GET ', 'GET '])
})
