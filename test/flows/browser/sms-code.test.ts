import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { openChromium } from '../../support/chromium.ts'
import { type Demo, prepareDemo } from '../../support/demo.ts'
import { axe, complaintsOf, PHONE, shoot } from '../../support/eyes.ts'

// A code by text message in a real browser on a real demo: asked for, read on the telephone on screen, entered. On a
// phone, in three languages, the last without scripts.

let demo: Demo
let chromium: Browser
let outside: string
beforeAll(async () => {
  ;[demo, chromium] = await Promise.all([prepareDemo().then(({ start }) => start()), openChromium()])
  outside = `http://localhost:${Number(new URL(demo.issuer).port) + 3}`
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await demo.stop('SIGINT')
  demo.remove()
}, 90_000)

interface Invented {
  readonly scheme: string
  readonly person_code: string
  readonly phone: string
}

test.each([
  ['th', 0, true],
  ['en', 1, true],
  ['et', 3, false],
] as const)(
  'in %s',
  async (language, nth, scripts) => {
    const people = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as Invented[]
    const who = people.filter(({ scheme }) => scheme === 'TH')[nth]!
    const context = await chromium.newContext({ viewport: PHONE, javaScriptEnabled: scripts })
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^4(22|29)$/)
    const fits = async (name: string) => {
      await shoot(page, `sms-code-${language}-${name}`)
      if (!scripts) return
      expect(await page.evaluate('document.documentElement.scrollWidth <= document.documentElement.clientWidth')).toBe(
        true,
      )
      expect(await axe(page)).toEqual([])
    }

    await page.goto(`${demo.agencies[0]}/?ui_locales=${language}`)
    await page.click('#sign-in')
    await page.click('#method-sms-code')
    await page.fill('[name=person_code]', who.person_code)
    await fits('who')
    await page.click('#continue')
    await page.waitForSelector('#again')
    await fits('code')

    const telephone = await context.newPage()
    const digits = async (): Promise<string> => {
      for (;;) {
        await telephone.goto(`${outside}/phones/${who.phone.slice(1)}?ui_locales=${language}`)
        const text = (await telephone.locator('.message').allTextContents())[0]
        const code = text === undefined ? undefined : /#(\d{6})$/.exec(text)?.[1]
        if (code !== undefined) return code
      }
    }
    const code = await digits()
    await shoot(telephone, `sms-code-${language}-phone`)
    expect(await page.getAttribute('[name=code]', 'autocomplete')).toBe('one-time-code')
    await page.click('#again')
    await page.waitForSelector('#trouble')
    await fits('too-soon')
    await page.fill('[name=code]', String((Number(code) + 1) % 1_000_000).padStart(6, '0'))
    await page.click('#continue')
    await page.waitForSelector('[name=code][aria-invalid]')
    await fits('wrong')
    await page.fill('[name=code]', code)
    await page.click('#continue')
    await page.waitForSelector('#sign-out')
    expect(complaints).toEqual([])
    await context.close()
  },
  90_000,
)
