import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { paperCardPage } from '../../../views/portal/code-card.ts'
import { openChromium } from '../../support/chromium.ts'
import { type Demo, prepareDemo } from '../../support/demo.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../../support/eyes.ts'
import { viewText } from '../../support/pages.ts'

// A printed card and a PIN in a real browser on a real demo: the card on screen, its number asked for, the PIN after it.
// On a phone and at a desk, in three languages, the last without scripts. And the card on paper.

let demo: Demo
let chromium: Browser
beforeAll(async () => {
  ;[demo, chromium] = await Promise.all([prepareDemo().then(({ start }) => start()), openChromium()])
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await demo.stop('SIGINT')
  demo.remove()
}, 90_000)

interface Invented {
  readonly scheme: string
  readonly person_code: string
  readonly code: string
  readonly pin?: string
}

const numberOn = async (page: Page): Promise<number> =>
  Number(/\d+/.exec((await page.textContent('label[for=code]')) ?? '')?.[0])

test.each([
  ['th', 0, PHONE, true],
  ['en', 1, DESK, true],
  ['et', 2, PHONE, false],
] as const)(
  'in %s',
  async (language, nth, viewport, scripts) => {
    const people = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as Invented[]
    const who = people.filter(({ pin }) => pin !== undefined)[nth]!
    const context = await chromium.newContext({ viewport, javaScriptEnabled: scripts })
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^4(22|29)$/)
    const fits = async (name: string) => {
      await shoot(page, `code-card-${language}-${name}`)
      if (!scripts) return
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
        true,
      )
      expect(await axe(page)).toEqual([])
    }

    await page.goto(`${demo.issuer}/demo/code-card/${who.person_code}?ui_locales=${language}`)
    await fits('card')
    const cells = await page.locator('tbody th').allTextContents()
    const values = await page.locator('tbody td').allTextContents()
    const codes = new Map(cells.map((number, at) => [Number(number), values[at]!]))
    expect(codes.size).toBe(80)

    await page.goto(`${demo.agencies[0]}/?ui_locales=${language}`)
    await page.click('#sign-in')
    await page.click('#method-code-card')
    if ((await page.locator('#scheme').count()) > 0) await page.selectOption('#scheme', who.scheme)
    await page.fill('[name=person_code]', who.person_code)
    await fits('who')
    await page.click('#continue')
    await page.waitForSelector('[name=code]')
    await fits('number')
    const number = await numberOn(page)
    await page.fill('[name=code]', codes.get((number % 80) + 1)!)
    await page.click('#continue')
    await page.waitForSelector('[name=code][aria-invalid]')
    await fits('wrong')
    expect(await numberOn(page)).toBe(number)
    await page.fill('[name=code]', codes.get(number)!)
    await page.click('#continue')

    await page.waitForSelector('[name=pin]')
    await fits('pin')
    expect(await page.getAttribute('[name=pin]', 'type')).toBe('password')
    await page.fill('[name=pin]', '902715')
    await page.click('#continue')
    await page.waitForSelector('[name=pin][aria-invalid]')
    await fits('wrong-pin')
    expect(await page.inputValue('[name=pin]')).toBe('')
    await page.fill('[name=pin]', who.pin!)
    await page.click('#continue')
    await page.waitForSelector('#sign-out')
    expect(complaints).toEqual([])
    await context.close()
  },
  90_000,
)

test.each(['a6', 'a4'] as const)(
  'on paper of %s all eighty codes are on the first leaf, nothing is cut off, and axe finds nothing',
  async (paper) => {
    const css = viewText('portal/code-card.css')
    const context = await chromium.newContext()
    const page = await context.newPage()
    for (const language of ['th', 'en', 'et'] as const) {
      const frame = { language, timeZone: 'Asia/Bangkok', helpPhone: '1111', demo: true, css }
      await page.setContent(
        paperCardPage.render({ ...paperCardPage.samples['for a purse'].input, next: true, paper }, frame),
      )
      expect(await axe(page)).toEqual([])
      // Millimetres of a leaf without its margins, as the printer has it.
      const [width, height] = paper === 'a6' ? [95, 138] : [170, 261]
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: Math.floor((width / 25.4) * 96), height: Math.floor((height / 25.4) * 96) })
      await shoot(page, `code-card-paper-${paper}-${language}`)
      const last = await page.locator('table').boundingBox()
      expect(last!.y + last!.height).toBeLessThanOrEqual((height / 25.4) * 96)
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
        true,
      )
      await page.emulateMedia({ media: 'screen' })
    }
    await context.close()
  },
  60_000,
)
