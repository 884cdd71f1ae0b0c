import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openChromium } from '../../support/chromium.ts'
import { type Demo, prepareDemo } from '../../support/demo.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../../support/eyes.ts'

// Mobile-ID in a real browser on a real demo: the page with its number in one tab, the telephone in another. Refused by
// one person, confirmed by another; in three languages, one of them without scripts.

let demo: Demo
let chromium: Browser
let people: readonly { readonly scheme: string; readonly person_code: string; readonly phone: string }[]
let outside: string
beforeAll(async () => {
  ;[demo, chromium] = await Promise.all([prepareDemo().then(({ start }) => start()), openChromium()])
  outside = `http://localhost:${Number(new URL(demo.issuer).port) + 3}`
  people = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as typeof people
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await demo.stop('SIGINT')
  demo.remove()
}, 90_000)

/** Where no script runs, axe doesn't either. */
async function looks(page: Page, name: string, scripts: boolean): Promise<void> {
  await shoot(page, `mobile-id-${name}`)
  if (!scripts) return
  expect(await axe(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(true)
}

test.each([
  ['th', PHONE, true, 0],
  ['en', PHONE, false, 3],
  ['et', DESK, true, 8],
] as const)(
  'in %s: a number on the page, the same on the telephone; refused by one, confirmed by another',
  async (language, viewport, javaScriptEnabled, nth) => {
    const context: BrowserContext = await chromium.newContext({ viewport, locale: language, javaScriptEnabled })
    const page = await context.newPage()
    const complaints = [complaintsOf(page, /^4(03|22)$/)]
    const place = `${language}-${viewport.width}`

    const sees = (tab: Page, name: string) => looks(tab, `${place}-${name}`, javaScriptEnabled)

    /** @returns the number that the page shows. */
    async function ask({ scheme, person_code, phone }: (typeof people)[number]): Promise<string> {
      await page.selectOption('[name=scheme]', scheme)
      await page.fill('[name=person_code]', person_code)
      await page.fill('[name=phone]', phone)
      await page.click('#continue')
      return (await page.textContent('#code')) ?? ''
    }

    async function answer(who: (typeof people)[number], how: 'confirm' | 'refuse', code: string): Promise<void> {
      // A tab of their own: the page of a telephone loads itself anew, and would break off the way to another's.
      const phone = await context.newPage()
      complaints.push(complaintsOf(phone, /^$/))
      await phone.goto(`${outside}/phones/${who.phone}?ui_locales=${language}`)
      // It looks anew by itself.
      await phone.waitForSelector(`#${how}`)
      expect(await phone.textContent('output.code')).toBe(code)
      await sees(phone, `phone-${how}`)
      await phone.click(`#${how}`)
      await phone.waitForSelector('#quiet')
      await phone.close()
    }

    const [first, second] = [people[nth]!, people[nth + (nth === 8 ? 1 : 5)]!]
    await page.goto(`${demo.agencies[0]}/?ui_locales=${language}`)
    await page.click('#sign-in')
    await page.click('#method-mobile-id')
    await sees(page, '1-form')
    const refused = await ask(first)
    await sees(page, '2-wait')
    await answer(first, 'refuse', refused)
    await page.waitForSelector('.sheet.trouble h1')
    expect(await page.content()).toContain('PRT-1704')
    await sees(page, '3-refused')
    await page.click('#continue')
    await page.click('#method-mobile-id')
    await answer(second, 'confirm', await ask(second))
    await page.waitForURL(`${demo.agencies[0]}/`)
    expect(await page.textContent('[data-claim=acr]')).toBe('high')
    expect(complaints.flat()).toEqual([])
    await context.close()
  },
  90_000,
)
