import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { type Demo, prepareDemo } from '../support/demo.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../support/eyes.ts'

// What a newcomer does after `npm start`, in a real browser: in three languages, on a phone and at a desk, with scripts
// and without. Screenshots go to test/output/browser, for eyes.

let demo: Demo
let chromium: Browser
let revenue: string
let social: string
beforeAll(async () => {
  ;[demo, chromium] = await Promise.all([prepareDemo().then(({ start }) => start()), openChromium()])
  ;[revenue, social] = demo.agencies
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await demo.stop('SIGINT')
  demo.remove()
})

/** Somebody new each time: a code is good once. */
let next = 0
async function someone(): Promise<{ name: string; person_code: string; code: string; scheme: string }> {
  const people = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as Awaited<
    ReturnType<typeof someone>
  >[]
  const thai = people.filter(({ scheme }) => scheme === 'TH')
  return thai[next++]!
}

async function withPage(
  options: Parameters<Browser['newContext']>[0],
  story: (page: Page, complaints: string[]) => Promise<void>,
): Promise<void> {
  const context: BrowserContext = await chromium.newContext(options)
  try {
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^422$/)
    await story(page, complaints)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

async function looksRight(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true)
}

async function prove(page: Page, who: Awaited<ReturnType<typeof someone>>): Promise<void> {
  await page.fill('[name=person_code]', who.person_code)
  await page.fill('[name=code]', who.code)
  await page.click('#continue')
}

describe.each([
  ['th', 'phone', PHONE, false],
  ['en', 'desk', DESK, true],
  ['et', 'phone', PHONE, true],
] as const)('in %s, at a %s', (language, place, viewport, javaScriptEnabled) => {
  test(`signs in at one agency, is known to the other, and leaves both (scripts ${javaScriptEnabled ? 'on' : 'off'})`, async () => {
    const who = await someone()
    await withPage({ viewport, locale: language, javaScriptEnabled }, async (page) => {
      const shot = (name: string) => looksRight(page, `${language}-${place}-${name}`)
      await page.goto(`${demo.issuer}/?ui_locales=${language}`)
      await shot('1-front')
      await page.goto(`${revenue}/?ui_locales=${language}`)
      await page.click('#sign-in')
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      await shot('2-choose')
      await page.click('#method-totp')
      await shot('2-sign-in')
      // A wrong code first: what was typed stays, and the focus is where it is needed.
      await prove(page, { ...who, code: '000000' })
      expect(await page.inputValue('[name=person_code]')).toBe(who.person_code)
      await shot('3-wrong-code')
      await page.fill('[name=code]', who.code)
      await page.click('#continue')
      expect(new URL(page.url()).origin).toBe(revenue)
      expect(await page.textContent('body')).toContain(who.name)
      await shot('4-revenue')

      await page.goto(`${social}/?ui_locales=${language}`)
      await page.click('#sign-in')
      expect(page.url()).toBe(`${social}/`)
      expect(await page.textContent('body')).toContain(who.name)
      const sub = '[data-claim=sub]'
      const here = await page.textContent(sub)
      await page.click('#more')
      await shot('5-consent')
      await page.click('#consent-allow')
      expect(await page.locator('[data-claim=name_latin]').count()).toBe(1)
      await page.goto(`${revenue}/`)
      expect(await page.textContent(sub)).not.toBe(here)

      await page.click('#sign-out')
      await shot('6-sign-out')
      await page.click('#logout-confirm')
      // Both confirm, and it goes on by itself.
      await page.waitForURL(`${revenue}/**`)
      await page.goto(`${social}/`)
      await page.goto(`${social}/sign-in`)
      expect(await page.locator('#method-totp').count()).toBe(1)
    })
  }, 60_000)
})

test('the living pages are clean to axe, in every language', async () => {
  await withPage({ viewport: PHONE }, async (page) => {
    const found: string[] = []
    for (const language of ['th', 'en', 'et']) {
      for (const address of [
        `${demo.issuer}/`,
        `${demo.issuer}/activate`,
        `${demo.issuer}/privacy`,
        `${revenue}/`,
        `${revenue}/sign-in`,
      ]) {
        await page.goto(`${address}?ui_locales=${language}`)
        found.push(...(await axe(page)).map((violation) => `${language} ${address} ${violation}`))
      }
    }
    expect(found).toEqual([])
  })
}, 60_000)

test('goes back to the agency by form_post, with scripts and without', async () => {
  const who = await someone()
  for (const javaScriptEnabled of [true, false]) {
    await withPage({ viewport: PHONE, javaScriptEnabled }, async (page) => {
      const posted: string[] = []
      await page.route(`${revenue}/callback`, (route) => {
        posted.push(`${route.request().method()} ${route.request().postData() ?? ''}`)
        return route.fulfill({ contentType: 'text/html', body: '<title>arrived</title>' })
      })
      const query = new URLSearchParams({
        client_id: 'social-security-office',
        response_type: 'code',
        response_mode: 'form_post',
        redirect_uri: `${social}/callback`,
        scope: 'openid',
        state: 'a-state-of-sixteen-characters',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
        prompt: 'none',
      })
      await page.route(`${social}/callback`, (route) => {
        posted.push(`${route.request().method()} ${route.request().postData() ?? ''}`)
        return route.fulfill({ contentType: 'text/html', body: '<title>arrived</title>' })
      })
      await page.goto(`${demo.issuer}/auth?${query.toString()}`)
      if (!javaScriptEnabled) await page.click('#continue')
      await page.waitForURL(`${social}/callback`)
      expect(posted).toEqual([expect.stringMatching(/^POST .*error=login_required.*state=a-state/)])
    })
  }
  expect(who.code).toHaveLength(6)
}, 60_000)
