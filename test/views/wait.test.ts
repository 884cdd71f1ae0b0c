import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { comparePage } from '../../views/login/wait.ts'
import { wordsIn } from '../../views/words/words.ts'
import { openChromium } from '../support/chromium.ts'
import { sampleFrame, viewText } from '../support/pages.ts'

// The script of a waiting page in a real browser, under the policy that the service sends: when it asks, what it does with
// the answers, where it goes. The browser's clock is the test's.

const STEP = '/login/sample/mobile-id'
const SCRIPT = '/assets/wait.js'
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'nonce-sample'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
const NOW = Date.parse('2026-11-21T09:00:00Z')
const words = wordsIn('en').wait

/** Counts the answers that the script has read to the end: a task of its own comes after all that follows from one. */
const READ = `
  window.read = 0
  const { fetch } = window
  const later = () => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => window.read++
    port2.postMessage(0)
  }
  window.fetch = async (...words) => {
    const answer = await fetch(...words)
    if (!answer.ok) later()
    const json = () => answer.json().finally(later)
    return { ok: answer.ok, status: answer.status, json }
  }
`

jest.setTimeout(60_000)

let browser: Browser
let context: BrowserContext
let page: Page
let polls: number
let waits: number
/** What the next polls are told; the last of them is told again and again. */
let answers: (object | 503)[]

const html = (): string =>
  comparePage.render(
    {
      action: STEP,
      address: `${STEP}/wait`,
      poll: `${STEP}/poll`,
      others: true,
      begun: NOW - 20_000,
      until: NOW + 100_000,
      scripts: [SCRIPT],
      scriptNonce: 'sample',
      code: '7580',
    },
    { ...sampleFrame('en'), now: NOW },
  )

beforeAll(async () => {
  browser = await openChromium()
}, 60_000)
afterAll(() => browser?.close())

async function open(javaScriptEnabled = true): Promise<void> {
  polls = 0
  waits = 0
  answers = [{ come: false }]
  context = await browser.newContext({ javaScriptEnabled })
  await context.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === SCRIPT) return route.fulfill({ contentType: 'text/javascript', body: viewText('login/wait.js') })
    if (pathname === '/assets/pratu.css') return route.fulfill({ contentType: 'text/css', body: viewText('pratu.css') })
    if (pathname === `${STEP}/poll`) {
      polls++
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!
      return answer === 503 ? route.fulfill({ status: 503, body: '' }) : route.fulfill({ json: answer })
    }
    if (pathname !== `${STEP}/wait`) return route.fulfill({ status: 404, body: '' })
    waits++
    return route.fulfill({
      contentType: 'text/html; charset=utf-8',
      headers: { 'content-security-policy': POLICY },
      body: html(),
    })
  })
  page = await context.newPage()
  await page.addInitScript(READ)
}

beforeEach(async () => {
  await open()
  // Stands still, and goes by when `pass` says so.
  await page.clock.install({ time: new Date(NOW - 1_000) })
  await page.clock.pauseAt(new Date(NOW))
  await page.goto(`https://pratu.test${STEP}/wait`)
  await page.waitForSelector('#go', { state: 'detached' })
}, 30_000)
afterEach(() => context.close())

const read = () => page.evaluate<number>('window.read')
/** Time goes by, and what is asked at its end is answered. */
async function pass(ms: number): Promise<void> {
  const before = await read()
  await page.clock.runFor(ms)
  while ((await read()) === before);
}
const left = () => page.evaluate<number>("document.getElementById('left').value")
const lost = async () => (await page.textContent('#lost'))!.trim()

test('asks every two seconds, or as often as it is told, and shows how much time is left', async () => {
  expect(await left()).toBe(100)
  for (let n = 1; n <= 3; n++) {
    await pass(2_000)
    expect(polls).toBe(n)
  }
  expect(await left()).toBe(94)
  answers = [{ come: false, next: 1_000 }]
  await pass(2_000)
  await pass(1_000)
  await pass(1_000)
  expect(polls).toBe(6)
  expect(waits).toBe(1)
})

test('goes to the page when there is news, once, and in its place: the way back leads to where it began', async () => {
  const length = await page.evaluate<number>('history.length')
  answers = [{ come: true }]
  const loaded = page.waitForEvent('load')
  await page.clock.runFor(2_000)
  await loaded
  expect(waits).toBe(2)
  expect(await page.evaluate('history.length')).toBe(length)
})

test('hands what changes to the page’s own script', async () => {
  await page.evaluate("addEventListener('pratu-show', ({ detail }) => { window.shown = detail })")
  answers = [{ come: false, show: { picture: 'one' } }]
  await pass(2_000)
  expect(await page.evaluate('window.shown')).toEqual({ picture: 'one' })
})

test('keeps trying more slowly while nobody answers, says so, and takes it back', async () => {
  answers = [503]
  await pass(2_000)
  await pass(4_000)
  expect(await lost()).toBe(words.broken)
  expect(await page.getAttribute('#lost', 'role')).toBe('status')
  const before = polls
  await page.clock.runFor(7_000)
  expect(polls).toBe(before)
  answers = [{ come: false }]
  await pass(1_000)
  expect(polls).toBe(before + 1)
  expect(await lost()).toBe('')
})

test('goes to the page when the time is over, whatever the polls say', async () => {
  const loaded = page.waitForEvent('load')
  await page.clock.runFor(102_000)
  await loaded
  expect(waits).toBe(2)
})

test('asks at once when somebody comes back from the app on the same phone', async () => {
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
  while ((await read()) === 0);
  expect(polls).toBe(1)
})

test('without a script it comes anew by itself, and has a link for the impatient', async () => {
  await context.close()
  await open(false)
  await page.goto(`https://pratu.test${STEP}/wait`)
  expect(await page.getAttribute('meta[http-equiv="refresh"]', 'content')).toBe('3')
  const again = page.waitForEvent('load')
  await page.click('#go')
  await again
  expect(waits).toBe(2)
  expect(polls).toBe(0)
})
