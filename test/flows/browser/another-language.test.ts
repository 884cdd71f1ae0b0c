import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { goByChromium, openChromium } from '../../support/chromium.ts'
import { axe, complaintsOf, EVERYWHERE, shoot } from '../../support/eyes.ts'
import { type Citizen, request, startService, type TestService } from '../../support/service.ts'

// Another language after something went wrong, in a real browser and by the keyboard: what was typed is there still, nothing was
// tried in between, and no address has ever held it.

let at: TestService
let chromium: Browser
beforeAll(async () => {
  ;[at, chromium] = await Promise.all([startService(), openChromium()])
  goByChromium(at.clock)
}, 60_000)
afterAll(async () => {
  await chromium.close()
  await at.close()
})

const OTHER = { th: 'en', en: 'et', et: 'th' } as const
const wrong = ({ oneTimeCode }: Citizen): string => String((Number(oneTimeCode()) + 1) % 1_000_000).padStart(6, '0')
const refusals = async (): Promise<number> => {
  const text = await (await fetch(`${at.issuer}/metrics`)).text()
  return Number(/^pratu_troubles_total\{code="PRT-1201"\} (\d+)$/m.exec(text)?.[1] ?? 0)
}

/** Every address that the browser asks for. */
function addressesOf(page: Page): string[] {
  const all: string[] = []
  page.on('request', (one) => all.push(one.url()))
  return all
}

test.each(EVERYWHERE)(
  'from %s, at a %s, after a wrong code, and Enter goes on from there',
  async (language, _size, viewport, who) => {
    const citizen = at.citizens[who]!
    const other = OTHER[language]
    const context = await chromium.newContext({ viewport, locale: language })
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^422$/)
    const addresses = addressesOf(page)
    await page.goto(request(at.issuer, 'tax').url)
    await page.selectOption('#scheme', citizen.scheme)
    await page.fill('#person_code', citizen.code)
    await page.fill('#code', wrong(citizen))
    await page.click('#continue')
    await page.waitForSelector('#trouble')
    await shoot(page, `language-${language}-before`)
    expect(await axe(page)).toEqual([])
    const tried = await refusals()

    await page.focus(`.tongues [lang=${other}]`)
    await page.keyboard.press('Enter')
    await page.waitForSelector(`html[lang=${other}]`)
    await shoot(page, `language-${language}-after`)
    expect(await axe(page)).toEqual([])
    expect(await page.inputValue('#person_code')).toBe(citizen.code)
    expect(await page.inputValue('#scheme')).toBe(citizen.scheme)
    expect(await page.inputValue('#code')).toBe('')
    expect(await refusals()).toBe(tried)

    // And back again: it is not forgotten the second time either.
    await page.click(`.tongues [lang=${language}]`)
    await page.waitForSelector(`html[lang=${language}]`)
    expect(await page.inputValue('#person_code')).toBe(citizen.code)
    await page.fill('#code', citizen.oneTimeCode())
    const back = page.waitForRequest(/\/tax\/callback\?/)
    await page.press('#code', 'Enter')
    await back
    expect(addresses.filter((one) => one.includes(citizen.code))).toEqual([])
    expect(complaints.filter((one) => !/ERR_(UNSAFE_PORT|CONNECTION)/.test(one))).toEqual([])
    await context.close()
  },
)

test('a letter’s code and its person number are there still, and were not tried once more', async () => {
  const context = await chromium.newContext({ locale: 'th', javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${at.issuer}/activate?ui_locales=th`)
  await page.fill('#person_code', at.citizens[0]!.code)
  await page.fill('#code', '1234 5678 9012 3456')
  await page.click('#continue')
  await page.waitForSelector('#trouble')
  await page.click('.tongues [lang=et]')
  await page.waitForSelector('html[lang=et]')
  expect(await page.inputValue('#person_code')).toBe(at.citizens[0]!.code)
  expect(await page.inputValue('#code')).toBe('1234 5678 9012 3456')
  expect(await page.locator('#trouble').count()).toBe(0)
  expect(page.url()).toBe(`${at.issuer}/activate?ui_locales=et`)
  await context.close()
})
