import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { goByChromium, openChromium } from '../../support/chromium.ts'
import { enterParty } from '../../support/enter-party.ts'
import { axe, complaintsOf, EVERYWHERE, PHONE, shoot } from '../../support/eyes.ts'
import { openReceiver, type Receiver } from '../../support/receiver.ts'
import { request, SECRETS, startService, type TestService } from '../../support/service.ts'

// Going on in a session and leaving it, in a real browser: the question by name, one service or all, who has confirmed.
// Axe needs scripts; the page that comes by itself is seen without. Screenshots go to test/output/browser, for eyes.

const NAMES = {
  tax: { th: 'กรมสรรพากร', en: 'Revenue Department', et: 'Maksuamet' },
  social: { th: 'สำนักงานประกันสังคม', en: 'Social Security Office', et: 'Sotsiaalkindlustusamet' },
  land: { th: 'กรมที่ดิน', en: 'Department of Lands', et: 'Maa-amet' },
} as const
type Agency = keyof typeof NAMES

let at: TestService
let chromium: Browser
const receivers = new Map<Agency, Receiver>()
beforeAll(async () => {
  at = await startService({ settings: { PRATU_FETCH_ALLOW: 'localhost,127.0.0.1' } })
  chromium = await openChromium()
  goByChromium(at.clock)
  for (const name of ['tax', 'social', 'land'] as const) {
    const receiver = await openReceiver()
    receivers.set(name, receiver)
    await enterParty(
      at,
      name,
      {
        ...Object.fromEntries(Object.entries(NAMES[name]).map(([language, said]) => [`client_name#${language}`, said])),
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: SECRETS[name],
        redirect_uris: [`${site(name)}/callback`],
        post_logout_redirect_uris: [`${site(name)}/bye`],
        client_uri: `${site(name)}/`,
        ...(name !== 'land' && { backchannel_logout_uri: `${receiver.url}/logout` }),
      },
      name === 'land' ? { ask_to_continue: true } : {},
    )
  }
}, 120_000)
afterAll(async () => {
  await chromium.close()
  await at.close()
  await Promise.all([...receivers.values()].map((each) => each.close()))
})
beforeEach(() => {
  for (const each of receivers.values()) each.reset()
})

const site = (agency: Agency): string => `http://localhost:${new URL(receivers.get(agency)!.url).port}`
const asked = (agency: Agency): string => request(at.issuer, agency, { redirect_uri: `${site(agency)}/callback` }).url

/** axe finds nothing, and nothing sticks out at the side; a picture for eyes. */
async function looksRight(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect((await axe(page)).map((found) => `${name}: ${found}`)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

async function enter(page: Page, agency: Agency, who: number): Promise<void> {
  const back = page.waitForURL(`${site(agency)}/callback?**`)
  await page.goto(asked(agency))
  if (page.url().startsWith(at.issuer)) {
    const { scheme, code, oneTimeCode } = at.citizens[who]!
    await page.selectOption('#scheme', scheme)
    await page.fill('#person_code', code)
    await page.fill('#code', oneTimeCode())
    await page.click('#continue')
  }
  await back
}

const leave = (page: Page, agency: Agency) => {
  const query = new URLSearchParams({
    client_id: agency,
    post_logout_redirect_uri: `${site(agency)}/bye`,
    state: 'kept',
  })
  return page.goto(`${at.issuer}/session/end?${query.toString()}`)
}

describe.each(EVERYWHERE)('in %s, at a %s', (language, place, viewport, who) => {
  test('a person goes on by name, leaves one service, then all, and sees them confirm one after the other', async () => {
    const context = await chromium.newContext({ locale: language, viewport, reducedMotion: 'reduce' })
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      const complaints = complaintsOf(page, /^4..$/)
      const looks = (name: string) => looksRight(page, `${language}-${place}-leaving-${name}`)
      at.clock.advance(30_000)
      await enter(page, 'tax', who)
      await enter(page, 'social', who)

      await page.goto(asked('land'))
      await page.waitForSelector('#go-on')
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      await looks('1-go-on')
      await page.click('#go-on')
      await page.waitForURL(`${site('land')}/callback?**`)

      await leave(page, 'land')
      await looks('2-question')
      expect(await page.locator('#others li').allTextContents()).toEqual(
        expect.arrayContaining([NAMES.tax[language], NAMES.social[language]]),
      )
      await page.click('#only-here')
      await page.waitForURL(`${site('land')}/bye?state=kept`)

      await page.goto(asked('land'))
      await page.click('#go-on')
      await page.waitForURL(`${site('land')}/callback?**`)
      receivers.get('social')!.status = undefined
      await leave(page, 'tax')
      await page.click('#logout-confirm')
      await page.waitForSelector('#services .confirmed')
      // As it stands when it has come by itself for long enough: it isn't torn while it is looked at.
      await page.goto(`${at.issuer}/session/ended?times=10`)
      expect(await page.locator('#services .waiting b').textContent()).toBe(NAMES.social[language])
      expect(await page.locator('#services .itself b').textContent()).toBe(NAMES.land[language])
      await looks('3-one-waits')
      expect(await page.getAttribute('#back', 'href')).toBe(`${site('tax')}/bye?state=kept`)
      expect(complaints).toEqual([])
    } finally {
      await context.close()
    }
  }, 90_000)
})

test('without JavaScript the page comes by itself until all have confirmed, and then leads back', async () => {
  const context = await chromium.newContext({ locale: 'th', viewport: PHONE, javaScriptEnabled: false })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    at.clock.advance(30_000)
    await enter(page, 'tax', 0)
    await enter(page, 'social', 0)
    receivers.get('social')!.status = 500
    await leave(page, 'tax')
    await page.click('#logout-confirm')
    await page.waitForSelector('#services .waiting')
    await shoot(page, 'th-phone-leaving-4-without-script')
    receivers.get('social')!.status = 200
    at.clock.advance(6_000)
    await page.waitForURL(`${site('tax')}/bye?state=kept`)
  } finally {
    await context.close()
  }
}, 90_000)

test('who left one service, and named no address to go back to, is led to the rest', async () => {
  const context = await chromium.newContext({ locale: 'th', viewport: PHONE, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    at.clock.advance(30_000)
    await enter(page, 'tax', 0)
    await enter(page, 'social', 0)
    await page.goto(`${at.issuer}/session/end?client_id=tax`)
    await page.click('#only-here')
    await page.waitForSelector('#everywhere')
    await looksRight(page, 'th-phone-leaving-5-left')
    await page.click('#everywhere')
    expect(await page.locator('#others li').allTextContents()).toEqual([NAMES.social.th])
    await looksRight(page, 'th-phone-leaving-6-the-rest')
  } finally {
    await context.close()
  }
}, 90_000)
