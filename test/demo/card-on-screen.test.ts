import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import { type Demo, prepareDemo } from '../support/demo.ts'
import { axe, complaintsOf, DESK, PHONE, shoot } from '../support/eyes.ts'

// The whole way by card, as a newcomer without one has it after `npm start`: a real browser, the demo's card on screen, its
// responder told what to answer. Screenshots go to test/output/browser, for eyes.

let demo: Demo
let chromium: Browser
let revenue: string
let social: string
beforeAll(async () => {
  ;[demo, chromium] = await Promise.all([prepareDemo().then(({ start }) => start()), openChromium()])
  ;[revenue, social] = demo.agencies
}, 120_000)
afterAll(async () => {
  await chromium?.close()
  await demo?.stop('SIGINT')
  demo?.remove()
})

async function withPage(language: string, viewport: typeof PHONE, story: (page: Page) => Promise<void>) {
  // The bar that runs while somebody types would keep this machine busy drawing it.
  const context = await chromium.newContext({ viewport, locale: language, reducedMotion: 'reduce' })
  try {
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^[45]..$/)
    await story(page)
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

const picture = (page: Page, name: string) => shoot(page, `card-on-screen-${name}`)

/** Up to the window that asks for the PIN. */
async function toTheReader(page: Page, language: string): Promise<void> {
  await page.goto(`${social}/sign-in?ui_locales=${language}`)
  await page.click('#method-smart-card')
  await page.click('#continue')
  await page.locator('#card-on-screen').waitFor()
}

async function holder(page: Page, name: string): Promise<void> {
  const card = page.locator('#card-holder option', { hasText: name })
  await page.selectOption('#card-holder', await card.getAttribute('value'))
}

async function typePin(page: Page, pin: string): Promise<void> {
  await page.fill('#card-pin', pin)
  await page.press('#card-pin', 'Enter')
}

/** What the cards' responder is to answer next, as anybody on the machine may tell it. */
async function tellResponder(order: object): Promise<void> {
  const responder = `http://127.0.0.1:${Number(new URL(demo.issuer).port) + 4}/manage`
  const headers = { 'Content-Type': 'application/json' }
  const { ok } = await fetch(responder, { method: 'POST', headers, body: JSON.stringify(order) })
  expect(ok).toBe(true)
}

test('at a phone in Thai: a wrong PIN, the right one, and in at the level high; axe finds nothing', async () => {
  await withPage('th', PHONE, async (page) => {
    await toTheReader(page, 'th')
    await picture(page, 'th-phone')
    expect(await axe(page)).toEqual([])
    await holder(page, 'มะลิ')
    await typePin(page, '0000')
    await page.locator('#card-pin[aria-invalid]').waitFor()
    expect(await page.textContent('#card-said')).toBe('PIN ไม่ถูกต้อง ลองได้อีก 2 ครั้ง')
    expect(await page.evaluate('document.activeElement.id')).toBe('card-pin')
    await picture(page, 'th-phone-wrong')
    expect(await axe(page)).toEqual([])
    await typePin(page, '1234')
    await page.locator('#claims').waitFor()
    expect(await page.textContent('[data-claim=given_name]')).toBe('มะลิ')
    expect(await page.textContent('[data-claim=acr]')).toBe('high')
    expect(await page.textContent('[data-claim=amr]')).toContain('"sc"')
  })
}, 120_000)

test('at a desk in English: pulled out, closed, locked by three wrong PINs and unlocked, then in', async () => {
  await withPage('en', DESK, async (page) => {
    await toTheReader(page, 'en')
    await page.click('#card-on-screen summary')
    await picture(page, 'en-desk')
    await page.click('#card-pull')
    await page.locator('#said', { hasText: 'ERR_WEBEID_NATIVE_FATAL' }).waitFor()
    await page.click('#continue')
    await page.press('#card-pin', 'Escape')
    await page.locator('#said', { hasText: 'ERR_WEBEID_USER_CANCELLED' }).waitFor()
    expect(await page.locator('#card-on-screen').count()).toBe(0)

    await page.click('#continue')
    await holder(page, 'สมชาย')
    for (const left of ['2 tries are left', 'One try is left', 'is locked']) {
      await typePin(page, '9999')
      await page.locator('#card-said', { hasText: left }).waitFor()
    }
    expect(await page.isDisabled('#card-pin')).toBe(true)
    await picture(page, 'en-desk-locked')
    expect(await axe(page)).toEqual([])
    // Locked means locked, whatever the page would send.
    const { because } = await page.evaluate(async () => {
      const [, card] = (await (await fetch('/demo/cards.json')).json()) as { card: string }[]
      const body = new URLSearchParams({ card: card!.card, pin: '1234', nonce: 'A'.repeat(44) })
      return (await (await fetch('/demo/cards/sign', { method: 'POST', body })).json()) as { because: string }
    })
    expect(because).toBe('blocked')
    await page.click('#card-block')
    await page.locator('#card-said', { hasText: 'unlocked' }).waitFor()
    await typePin(page, '1234')
    await page.locator('#claims').waitFor()
    expect(await page.textContent('[data-claim=given_name]')).toBe('สมชาย')
  })
}, 120_000)

test('in Estonian: a card that its responder calls revoked stays out, and so does one of which it says nothing', async () => {
  await withPage('et', DESK, async (page) => {
    await toTheReader(page, 'et')
    await tellResponder({ answer: 'revoked', times: 1 })
    await typePin(page, '1234')
    await page.locator('.trouble', { hasText: 'PRT-1606' }).waitFor()
    await picture(page, 'et-desk-revoked')

    await toTheReader(page, 'et')
    await tellResponder({ answer: 'try-later' })
    await typePin(page, '1234')
    await page.locator('.trouble', { hasText: 'PRT-1604' }).waitFor()

    // Slow is no refusal.
    await toTheReader(page, 'et')
    await holder(page, 'Kenji')
    await tellResponder({ answer: 'slow', times: 1 })
    await typePin(page, '1234')
    await page.locator('#claims').waitFor()
    expect(await page.textContent('[data-claim=given_name]')).toBe('Kenji')
  })
}, 120_000)

test('a card of somebody whom the register keeps out is right, and lets nobody in', async () => {
  await withPage('th', PHONE, async (page) => {
    for (const [name, code] of [
      ['วิชัย', 'PRT-1101'],
      ['ประเสริฐ', 'PRT-1105'],
    ] as const) {
      await toTheReader(page, 'th')
      await holder(page, name)
      await typePin(page, '1234')
      await page.locator('.trouble', { hasText: code }).waitFor()
    }
  })
}, 120_000)

test('known by a code, the Revenue Department’s tax file asks for the card besides', async () => {
  const people = (await (await fetch(`${demo.issuer}/demo/citizens.json`)).json()) as {
    name: string
    person_code: string
    code: string
  }[]
  const { person_code, code } = people.find(({ name }) => name.startsWith('มะลิ'))!
  await withPage('th', PHONE, async (page) => {
    await page.goto(`${revenue}/sign-in?ui_locales=th`)
    await page.click('#method-totp')
    await page.fill('[name=person_code]', person_code)
    await page.fill('[name=code]', code)
    await page.click('#continue')
    expect(await page.textContent('[data-claim=acr]')).toBe('low')
    await page.click('#more')
    expect(await page.isDisabled('#method-totp')).toBe(true)
    await page.click('#method-smart-card')
    await page.click('#continue')
    await holder(page, 'มะลิ')
    await typePin(page, '1234')
    await page.locator('[data-claim=acr]', { hasText: 'high' }).waitFor()
    expect(await page.locator('#more').count()).toBe(0)
  })
}, 120_000)

test('no other page of the demo loads the card on screen or may ask its own server', async () => {
  await withPage('en', DESK, async (page) => {
    const policies: string[] = []
    page.on('response', (response) => policies.push(response.headers()['content-security-policy'] ?? ''))
    for (const address of [`${demo.issuer}/`, `${demo.issuer}/privacy`, `${social}/sign-in`]) {
      await page.goto(address)
      expect(await page.locator('script').count()).toBe(0)
    }
    expect(policies.filter((policy) => policy.includes('connect-src'))).toEqual([])
    await page.click('#method-smart-card')
    expect(policies.filter((policy) => policy.includes("connect-src 'self'"))).toHaveLength(1)
  })
}, 120_000)

test('the card signs for nobody but the page of its own service', async () => {
  const [{ card } = { card: '' }] = (await (await fetch(`${demo.issuer}/demo/cards.json`)).json()) as { card: string }[]
  const body = new URLSearchParams({ card, pin: '1234', nonce: 'A'.repeat(44) })
  const ask = async (headers: Record<string, string>) =>
    (await fetch(`${demo.issuer}/demo/cards/sign`, { method: 'POST', body, headers })).status
  expect(await ask({ Origin: demo.issuer })).toBe(200)
  expect(await ask({})).toBe(403)
  expect(await ask({ Origin: 'null' })).toBe(403)
  expect(await ask({ Origin: revenue })).toBe(403)
  expect(await ask({ Origin: demo.issuer, 'Sec-Fetch-Site': 'same-site' })).toBe(403)
})
