import { expect } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { axe, complaintsOf, type PHONE, shoot } from './eyes.ts'
import type { Citizen } from './service.ts'
import { SURE_CODE } from './sure-method.ts'

// The citizen's own page in a real browser.

export interface Wish {
  readonly language: string
  readonly viewport: typeof PHONE
  readonly javaScriptEnabled?: boolean
}

/** In a browser of its own, which has nothing to complain of but answers that refuse on purpose. */
export async function story(
  chromium: Browser,
  { language, viewport, javaScriptEnabled = true }: Wish,
  told: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await chromium.newContext({ locale: language, viewport, javaScriptEnabled, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const complaints = complaintsOf(page, /^4..$/)
    await told(page, context)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

/** axe finds nothing, and nothing sticks out at the side; a picture for eyes. */
export async function looksRight(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect((await axe(page)).map((found) => `${name}: ${found}`)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

export async function signInSurely(page: Page, { scheme, code }: Citizen): Promise<void> {
  await page.click('#method-mobile-id')
  await page.selectOption('#scheme', scheme)
  await page.fill('#person_code', code)
  await page.fill('#code', SURE_CODE)
  await page.click('#continue')
}
