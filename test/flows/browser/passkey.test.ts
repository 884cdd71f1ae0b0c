import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import type { OperatorActor } from '../../../src/operators/requests.ts'
import { PASSKEY_FAULTS } from '../../../views/words/passkey-shape.ts'
import { passkeyFaultIn, wordsIn } from '../../../views/words/words.ts'
import { type BrowserAgency, openBrowserAgency } from '../../support/browser-agency.ts'
import { axe, complaintsOf, DESK, EVERYWHERE, PHONE, shoot } from '../../support/eyes.ts'
import { type Citizen, startService, type TestService } from '../../support/service.ts'

// A passkey in a real browser, with Chromium's own virtual authenticator: made at a desk that two operators opened, and
// then used at the door, in three languages. Screenshots go to test/output/browser, for eyes.

const ANNA: OperatorActor = { kind: 'operator', name: 'anna' }
const BOB: OperatorActor = { kind: 'operator', name: 'bob' }

let at: TestService
let agency: BrowserAgency
beforeAll(async () => {
  at = await startService({ settings: { PRATU_PASSKEYS: 'on' } })
  agency = await openBrowserAgency(at)
}, 120_000)
afterAll(async () => {
  await agency.close()
  await at.close()
})

interface Story {
  readonly page: Page
  readonly context: BrowserContext
  readonly key: VirtualKey
}

interface VirtualKey {
  readonly cdp: CDPSession
  readonly authenticator: string
}

/** A security key with a PIN in the browser's port, touched as soon as it is asked for. */
async function plugIn(page: Page, more: Record<string, unknown> = {}): Promise<VirtualKey> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      ...more,
    },
  })
  return { cdp, authenticator: authenticatorId }
}

interface Wish {
  readonly language?: string
  readonly viewport?: typeof PHONE
  readonly javaScriptEnabled?: boolean
  readonly key?: Record<string, unknown>
}

async function story(wish: Wish, told: (story: Story) => Promise<void>): Promise<void> {
  const { language = 'en', viewport = DESK, javaScriptEnabled = true } = wish
  const context = await agency.chromium.newContext({
    locale: language,
    viewport,
    javaScriptEnabled,
    reducedMotion: 'reduce',
  })
  try {
    const page = await context.newPage()
    const complaints = complaintsOf(page, /^(4..|503)$/)
    await told({ page, context, key: await plugIn(page, wish.key) })
    expect(complaints).toEqual([])
  } finally {
    await context.close()
  }
}

/** axe finds nothing, and nothing sticks out at the side; a picture for eyes. */
async function looksRight(page: Page, name: string): Promise<void> {
  await shoot(page, name)
  expect((await axe(page)).map((found) => `${name}: ${found}`)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
}

/** Asked for by Anna, allowed by Bob. @returns the desk's address and its code. */
async function allowed(citizen: Citizen): Promise<{ url: string; code: string }> {
  const { db, requests } = at.service.parts
  const wish = { kind: 'desk-passkey', person: citizen.key, reason: 'passport seen', by: ANNA } as const
  const { request, code = '' } = await requests.ask(db, wish)
  await requests.approve(db, request.id, BOB)
  return { url: `${at.issuer}/desk/${request.id}`, code: code.replace(/\d{4}(?=\d)/g, '$& ') }
}

async function atDesk(page: Page, citizen: Citizen): Promise<void> {
  const { url, code } = await allowed(citizen)
  await page.goto(url)
  await page.fill('[name=code]', code)
  await page.click('#continue')
  await page.waitForSelector('#passkey')
}

async function makeKey(page: Page, citizen: Citizen): Promise<void> {
  await atDesk(page, citizen)
  await page.fill('[name=name]', 'blue key')
  await page.click('#continue')
  await page.locator('#passkey').waitFor({ state: 'detached' })
}

describe.each(EVERYWHERE)('in %s, at a %s', (language, place, viewport, who) => {
  test('a key is made at a desk, and signs its owner in at high, who types nothing', async () => {
    const citizen = at.citizens[who]!
    await story({ language, viewport }, async ({ page }) => {
      const words = wordsIn(language)
      const shot = (name: string) => looksRight(page, `${language}-${place}-passkey-${name}`)
      const { url, code } = await allowed(citizen)
      await page.goto(url)
      expect(await page.getAttribute('html', 'lang')).toBe(language)
      await shot('1-desk')
      await page.fill('[name=code]', '0000 0000 0000')
      await page.click('#continue')
      await page.waitForSelector('#trouble')
      expect(await page.textContent('#trouble')).toContain('PRT-2201')
      await shot('2-desk-wrong')
      await page.fill('[name=code]', code)
      await page.keyboard.press('Enter')
      await page.waitForSelector('#continue:visible')
      expect(await page.isVisible('#without')).toBe(false)
      expect(await page.textContent('main')).not.toContain(citizen.code)
      await shot('3-desk-key')
      await page.fill('[name=name]', 'กุญแจสีฟ้า')
      await page.focus('#continue')
      await page.keyboard.press('Enter')
      await page.getByText(words.desk.done.high).waitFor()
      await shot('4-desk-done')

      const asked = agency.request({ acr_values: 'high' })
      await page.goto(asked.url)
      await page.waitForSelector('#method-passkey')
      expect(await page.isDisabled('#method-totp')).toBe(true)
      await page.focus('#method-passkey')
      await page.keyboard.press('Enter')
      await page.waitForSelector('#continue:visible')
      await shot('5-door')
      await page.focus('#continue')
      await page.keyboard.press('Enter')
      expect(await agency.claimsAt(page, asked)).toMatchObject({
        acr: 'high',
        amr: ['hwk', 'user', 'mfa', 'passkey'],
      })
    })
  }, 120_000)
})

test('without JavaScript the page says so, and leads elsewhere', async () => {
  const language = 'th'
  await story({ language, viewport: PHONE, javaScriptEnabled: false }, async ({ page }) => {
    await page.goto(agency.request().url)
    await page.click('#method-passkey')
    await page.waitForSelector('#without:visible')
    expect(await page.textContent('#without')).toContain(wordsIn(language).passkey.without.title)
    expect(await page.isVisible('#continue')).toBe(false)
    await shoot(page, 'th-phone-passkey-6-no-script')
    await page.click('#others')
    await page.click('#method-totp')
    expect(await page.isVisible('[name=code]')).toBe(true)
  })
}, 60_000)

test('whatever the browser says instead, the page has the person’s words for it', async () => {
  const language = 'et'
  await story({ language, viewport: PHONE }, async ({ page }) => {
    await page.addInitScript(`
      const say = async () => { throw new DOMException('said by the test', window.name) }
      navigator.credentials.get = say
      navigator.credentials.create = say`)
    await page.goto(agency.request().url)
    await page.click('#method-passkey')
    for (const fault of PASSKEY_FAULTS.filter((each) => each !== 'NoPasskeys' && each !== 'NotMade')) {
      await page.evaluate(`void (window.name = "${fault}")`)
      await page.click('#continue')
      await page.getByText(passkeyFaultIn(language, fault).happened).waitFor()
      expect(await page.evaluate('document.activeElement.id')).toBe('continue')
    }
    await looksRight(page, 'et-phone-passkey-7-fault')
    await page.evaluate('void (window.name = "NobodyKnowsError")')
    await page.click('#continue')
    await page.getByText(passkeyFaultIn(language, 'UnknownError').happened).waitFor()
    await page.evaluate('delete PublicKeyCredential.parseRequestOptionsFromJSON')
    await page.click('#continue')
    await page.getByText(passkeyFaultIn(language, 'NoPasskeys').happened).waitFor()
    await atDesk(page, at.citizens[2]!)
    await page.evaluate('void (window.name = "NotAllowedError")')
    await page.fill('[name=name]', 'x')
    await page.click('#continue')
    await page.getByText(passkeyFaultIn(language, 'NotMade').happened).waitFor()
  })
}, 60_000)

test('a second key on the same device is not made, and the first one still signs in', async () => {
  const citizen = at.citizens[0]!
  await story({}, async ({ page }) => {
    await makeKey(page, citizen)
    await atDesk(page, citizen)
    await page.fill('[name=name]', 'again')
    await page.click('#continue')
    await page.getByText(passkeyFaultIn('en', 'InvalidStateError').happened).waitFor()
    const asked = agency.request()
    await page.goto(asked.url)
    await page.click('#method-passkey')
    await page.click('#continue')
    expect((await agency.claimsAt(page, asked)).acr).toBe('high')
  })
}, 60_000)

test('a key that is synced proves substantial, and is told so where high is asked for', async () => {
  const citizen = at.citizens[1]!
  const key = { transport: 'internal', defaultBackupEligibility: true, defaultBackupState: true }
  await story({ key }, async ({ page }) => {
    await makeKey(page, citizen)
    expect(await page.textContent('main')).toContain(wordsIn('en').desk.done.substantial)
    const high = agency.request({ acr_values: 'high' })
    await page.goto(high.url)
    await page.click('#method-passkey')
    await page.click('#continue')
    await page.waitForSelector('.trouble h1')
    expect(await page.textContent('main')).toContain('PRT-2105')
    await looksRight(page, 'en-desk-passkey-8-not-sure-enough')
    const asked = agency.request()
    await page.goto(asked.url)
    await page.click('#method-passkey')
    await page.click('#continue')
    expect(await agency.claimsAt(page, asked)).toMatchObject({
      acr: 'substantial',
      amr: ['swk', 'user', 'mfa', 'passkey'],
    })
  })
}, 60_000)

test('a key that was removed here, and one whose count fell back, are refused and told why', async () => {
  const citizen = at.citizens[2]!
  await story({ language: 'en' }, async ({ page, key: { cdp, authenticator } }) => {
    const { db, passkeys } = at.service.parts
    const before = (await passkeys.list(db, citizen.key)).map(({ id }) => id)
    await makeKey(page, citizen)
    const asked = agency.request()
    await page.goto(asked.url)
    await page.click('#method-passkey')
    await page.click('#continue')
    await agency.claimsAt(page, asked)
    const own = (await passkeys.list(db, citizen.key)).find(({ id }) => !before.includes(id))!

    // A copy of the key, as it was before it was used.
    const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId: authenticator })
    await cdp.send('WebAuthn.clearCredentials', { authenticatorId: authenticator })
    const copy = { ...credentials[0]!, signCount: 1 }
    await cdp.send('WebAuthn.addCredential', { authenticatorId: authenticator, credential: { ...copy, signCount: 0 } })
    await page.context().clearCookies()
    await page.goto(agency.request().url)
    await page.click('#method-passkey')
    await page.click('#continue')
    await page.waitForSelector('#trouble')
    expect(await page.textContent('#trouble')).toContain('PRT-2106')
    await looksRight(page, 'en-desk-passkey-9-copied')

    await passkeys.remove(db, citizen.key, own.id, { actor: BOB })
    await page.click('#continue')
    await page.getByText('PRT-2101').waitFor()
    await looksRight(page, 'en-desk-passkey-10-unknown')
    await page.click('#others')
    await page.click('#method-totp')
    expect(await page.isVisible('[name=code]')).toBe(true)
  })
}, 60_000)

test('a key that can’t verify its owner is refused by the browser, in words', async () => {
  await story({ key: { hasUserVerification: false, isUserVerified: false } }, async ({ page }) => {
    await atDesk(page, at.citizens[0]!)
    await page.fill('[name=name]', 'x')
    await page.click('#continue')
    await page.waitForSelector('#said .trouble')
    expect(await page.textContent('#said')).toMatch(/No passkey was made|can’t check that it is you/)
  })
}, 120_000)
