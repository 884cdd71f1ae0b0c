import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Behaviour } from '../../src/demo/mobile-id-service/behaviours.ts'
import { pause } from '../../src/platform/clock.ts'
import { type MobileIdWorld, startMobileId } from '../support/mobile-id.ts'
import { callback, claimsOf, redeem, request } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Mobile-ID over real HTTP on both sides: the service, and the demo's provider with its telephones. A browser without
// JavaScript, which comes anew to the waiting page.

let world: MobileIdWorld
beforeAll(async () => {
  world = await startMobileId()
}, 30_000)
afterAll(() => world.close())

const EE = { scheme: 'EE', person_code: '60001019906' } as const
const TH = { scheme: 'TH', person_code: '1999900001010' } as const
type Who = { readonly scheme: string; readonly person_code: string }

interface Story {
  readonly visitor: Visitor
  readonly asked: ReturnType<typeof request>
  readonly form: Page
}

async function begin(more: Record<string, string> = {}, language = 'en'): Promise<Story> {
  const visitor = world.at.visitor(language)
  // Beyond every allowance of the story before.
  world.at.clock.advance(11 * 60_000)
  const asked = request(world.at.issuer, 'tax', { scope: 'openid', acr_values: 'high', ...more })
  const first = await visitor.open(asked.url)
  const form = await visitor.submit(first, { method: 'mobile-id' })
  return { visitor, asked, form }
}

const phone = (who: Who): string => world.phoneOf(who.person_code)
const codeOn = (page: Page): string | undefined => /<output id="code"[^>]*>(\d{4})</.exec(page.html)?.[1]
const isWaiting = (page: Page): boolean => page.html.includes('id="wait"')

/** Comes anew until something happens, as the page without our script does. */
async function wait(visitor: Visitor, page: Page): Promise<Page> {
  for (let tries = 0; isWaiting(page) && tries < 400; tries++) {
    await pause(25)
    page = await visitor.open(page.url)
  }
  return page
}

async function ringing(number: string): Promise<{ id: number; code?: string | undefined; text?: string | undefined }> {
  for (let tries = 0; tries < 400; tries++) {
    const ring = world.phones.find(number)?.rings[0]
    if (ring) return ring
    await pause(10)
  }
  throw new Error('the telephone does not ring')
}

const press = async (number: string, answer: 'confirm' | 'refuse'): Promise<void> => {
  const { id } = await ringing(number)
  const url = `${world.outside}/phones/${encodeURIComponent(number)}`
  const body = new URLSearchParams({ ring: String(id), answer })
  const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  expect(status).toBe(303)
}

/** One sign-in in which the telephone, or the service behind it, does this. */
async function ending(behaviour: Behaviour, who: Who = EE): Promise<{ page: Page; because: unknown }> {
  await world.tell(phone(who), behaviour)
  const { visitor, form } = await begin()
  const page = await wait(visitor, await visitor.submit(form, { ...who, phone: phone(who) }))
  await world.tell(phone(who), 'usual')
  return { page, because: (await world.audited()).at(-1)?.detail?.because }
}

describe('with Mobile-ID', () => {
  test('the page shows the number before the phone rings, the phone shows the same, and who confirms is in', async () => {
    const { visitor, asked, form } = await begin()
    expect(form.html).toContain('name="phone"')
    const begun = world.provider.counts().begun
    const waiting = await visitor.submit(form, { ...EE, phone: '1000 1109' })
    expect(isWaiting(waiting)).toBe(true)
    expect(world.provider.counts().begun).toBe(begun)
    const shown = codeOn(waiting)
    const ring = await ringing(phone(EE))
    expect(shown).toMatch(/^\d{4}$/)
    expect(ring.code).toBe(shown)
    expect(ring.text).toContain('Site of tax')
    await press(phone(EE), 'confirm')
    const end = callback(await wait(visitor, waiting))
    const tokens = await redeem(world.at.issuer, 'tax', end.code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'high', amr: ['hwk', 'pin', 'mca', 'mfa', 'mobile-id'] })
    expect((await world.audited()).at(-1)).toMatchObject({ type: 'sign-in.succeeded', detail: { method: 'mobile-id' } })
  })

  test('no two sign-ins show the same question: each has a hash of its own', async () => {
    const shown = new Set<string | undefined>()
    for (const who of [EE, TH, EE]) {
      const { visitor, form } = await begin()
      const waiting = await visitor.submit(form, { ...who, phone: phone(who) })
      shown.add(codeOn(waiting))
      await press(phone(who), 'refuse')
      expect((await wait(visitor, waiting)).trouble).toBe('PRT-1704')
    }
    expect(shown.size).toBeGreaterThan(1)
  })

  test('the phone speaks the language of the page, and what its alphabet lacks goes as UCS-2', async () => {
    const { visitor, form } = await begin({ ui_locales: 'th' }, 'th')
    const waiting = await visitor.submit(form, { ...TH, phone: '01-0000-0101' })
    expect((await ringing(phone(TH))).text).toBe('DEMO: หน่วยงาน tax')
    await press(phone(TH), 'confirm')
    expect(callback(await wait(visitor, waiting)).code).toBeDefined()
  })

  test('a browser that does not come for the page rings nobody', async () => {
    const { visitor, form } = await begin()
    const { begun } = world.provider.counts()
    await fetch(form.form!.action, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        cookie: visitor
          .cookies()
          .map(({ name, value }) => `${name}=${value}`)
          .join('; '),
      },
      body: new URLSearchParams({ ...form.form!.fields, ...EE, phone: phone(EE) }),
    })
    await pause(200)
    expect(world.provider.counts().begun).toBe(begun)
  })

  test('the page loaded ten times, from two tabs, rings once', async () => {
    const { visitor, form } = await begin()
    const { begun } = world.provider.counts()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    const pages = await Promise.all(Array.from({ length: 10 }, () => visitor.open(waiting.url)))
    expect(new Set(pages.map(codeOn))).toEqual(new Set([codeOn(waiting)]))
    await ringing(phone(EE))
    expect(world.provider.counts().begun).toBe(begun + 1)
    await press(phone(EE), 'refuse')
    await wait(visitor, waiting)
  })

  test('the button pressed twice leads to the one page that waits, and rings once', async () => {
    const { visitor, form } = await begin()
    const { begun } = world.provider.counts()
    const click = () => visitor.submit(form, { ...EE, phone: phone(EE) })
    const pages = await Promise.all([click(), click(), click()])
    expect(pages.map(({ trouble }) => trouble)).toEqual([undefined, undefined, undefined])
    expect(pages.every(isWaiting)).toBe(true)
    expect(new Set(pages.map(codeOn)).size).toBe(1)
    await press(phone(EE), 'confirm')
    expect(callback(await wait(visitor, pages[0])).code).toBeDefined()
    expect(world.provider.counts().begun).toBe(begun + 1)
  })

  test('the form sent once more by whoever went back while the phone rings leads to what waits', async () => {
    const { visitor, form } = await begin()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    await ringing(phone(EE))
    const again = await visitor.submit(form, { ...EE, phone: phone(EE) })
    expect([again.trouble, again.url, codeOn(again)]).toEqual([undefined, waiting.url, codeOn(waiting)])
    await press(phone(EE), 'confirm')
    expect(callback(await wait(visitor, waiting)).code).toBeDefined()
  })

  test('another phone or another browser than the one that asked is told that the phone is being asked already', async () => {
    const { visitor, form } = await begin()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    await ringing(phone(EE))
    expect((await visitor.submit(form, { ...EE, phone: phone(TH) })).trouble).toBe('PRT-2402')
    const other = world.at.visitor()
    const first = await other.open(request(world.at.issuer, 'tax', { scope: 'openid' }).url)
    const theirs = await other.submit(first, { method: 'mobile-id' })
    expect((await other.submit(theirs, { ...EE, phone: phone(EE) })).trouble).toBe('PRT-2402')
    await press(phone(EE), 'confirm')
    expect(callback(await wait(visitor, waiting)).code).toBeDefined()
  })

  test('whoever stops before it rings has rung nobody, and may begin again at once', async () => {
    const { visitor, form } = await begin()
    const { begun } = world.provider.counts()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    const choice = await visitor.submit(waiting, { stop: '1' })
    expect(choice.html).toContain('id="method-mobile-id"')
    await pause(200)
    expect(world.provider.counts().begun).toBe(begun)
  })

  test('another browser with the page’s address sees nothing and gets nothing, also after the phone has confirmed', async () => {
    const { visitor, form } = await begin()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    const other = world.at.visitor()
    await press(phone(EE), 'confirm')
    for (const address of [waiting.url, waiting.url.replace(/wait$/, 'return')]) {
      const page = await other.open(address)
      expect([page.trouble, codeOn(page), page.headers.get('location')]).toEqual(['PRT-1002', undefined, null])
    }
    expect(callback(await wait(visitor, waiting)).code).toBeDefined()
  })

  test('what was mistyped is told beside its field, and nobody is rung', async () => {
    const { visitor, form } = await begin()
    const { begun } = world.provider.counts()
    const wrongPhone = await visitor.submit(form, { ...EE, phone: '12' })
    expect([wrongPhone.trouble, wrongPhone.status]).toEqual(['PRT-1701', 422])
    expect(wrongPhone.html).toMatch(/name="phone"[^>]*value="12"[^>]*aria-invalid/)
    const wrongPerson = await visitor.submit(wrongPhone, { ...EE, person_code: '60001019907', phone: phone(EE) })
    expect(wrongPerson.trouble).toBe('PRT-1205')
    expect(world.provider.counts().begun).toBe(begun)
  })

  test.each([
    ['an EC key', '60001017869', '+37268000769'],
    ['an RSA key', '39901019992', '+37200001566'],
  ])(
    'a person whom the register does not know is not let in, however well they prove it with %s',
    async (_key, code, number) => {
      const { visitor, form } = await begin()
      const page = await visitor.submit(form, { scheme: 'EE', person_code: code, phone: number })
      expect((await wait(visitor, page)).trouble).toBe('PRT-1102')
    },
  )
})

describe('the published test numbers', () => {
  test('one that says OK signs in without any telephone', async () => {
    const { visitor, form } = await begin()
    const page = await visitor.submit(form, { ...EE, phone: '+372 00000766' })
    expect(callback(await wait(visitor, page)).code).toBeDefined()
  })

  test.each([
    ['+37200000366', '60001019928', 'PRT-1702'],
    ['+37066000266', '50001018908', 'PRT-1703'],
    ['+37201100266', '60001019950', 'PRT-1704'],
    ['+37200000666', '60001019961', 'PRT-1705'],
    ['+37213100266', '60001019983', 'PRT-1706'],
    ['+37207110066', '60001019947', 'PRT-1707'],
    ['+37201200266', '60001019972', 'PRT-1708'],
  ])('%s with %s: %s', async (number, code, trouble) => {
    const { visitor, form } = await begin()
    const page = await visitor.submit(form, { scheme: 'EE', person_code: code, phone: number })
    expect((await wait(visitor, page)).trouble).toBe(trouble)
  })
})

describe('every end of a session, and every answer that is none, has a page of its own', () => {
  test.each<[Behaviour, string, string]>([
    ['TIMEOUT', 'PRT-1703', 'TIMEOUT'],
    ['EXPIRED_TRANSACTION', 'PRT-1703', 'EXPIRED_TRANSACTION'],
    ['off', 'PRT-1706', 'PHONE_ABSENT'],
    ['unknown-result', 'PRT-1709', 'unknown-result'],
    ['start-400', 'PRT-1711', 'http-400'],
    ['start-401', 'PRT-1712', 'http-401'],
    ['start-404', 'PRT-1714', 'http-404'],
    ['start-405', 'PRT-1714', 'http-405'],
    ['start-418', 'PRT-1714', 'http-other'],
    ['start-429', 'PRT-1715', 'http-429'],
    ['start-500', 'PRT-1716', 'http-5xx'],
    ['start-503', 'PRT-1717', 'http-503'],
    ['start-garbage', 'PRT-1719', 'malformed'],
    ['poll-404', 'PRT-1713', 'session-lost'],
    ['poll-401', 'PRT-1712', 'http-401'],
    ['poll-garbage', 'PRT-1719', 'malformed'],
    ['no-signature', 'PRT-1719', 'malformed'],
  ])('%s: %s', async (behaviour, trouble, because) => {
    const ended = await ending(behaviour)
    expect([ended.page.trouble, ended.because]).toEqual([trouble, because])
    expect(ended.page.html).toContain('id="continue"')
  })
})

describe('an answer that says OK is believed by nobody', () => {
  test.each<[Behaviour, string, string]>([
    ['wrong-key', 'PRT-1725', 'wrong-signature'],
    ['another-hash', 'PRT-1725', 'wrong-signature'],
    ['der-signature', 'PRT-1725', 'wrong-signature'],
    ['other-algorithm', 'PRT-1720', 'wrong-algorithm'],
    ['wrong-person', 'PRT-1724', 'wrong-person'],
    ['expired', 'PRT-1721', 'expired'],
    ['not-yet-valid', 'PRT-1721', 'not-yet-valid'],
    ['revoked', 'PRT-1722', 'revoked'],
    ['for-documents', 'PRT-1720', 'wrong-profile'],
    ['with-purpose', 'PRT-1720', 'wrong-profile'],
    ['other-policy', 'PRT-1720', 'wrong-policy'],
    ['unknown-ca', 'PRT-1720', 'same-name-other-key'],
  ])('%s: %s', async (behaviour, trouble, because) => {
    const ended = await ending(behaviour)
    expect([ended.page.trouble, ended.because]).toEqual([trouble, because])
  })

  test('yesterday’s, sent once more: PRT-1725', async () => {
    const { visitor, form } = await begin()
    const waiting = await visitor.submit(form, { ...EE, phone: phone(EE) })
    await press(phone(EE), 'confirm')
    expect(callback(await wait(visitor, waiting)).code).toBeDefined()
    world.at.clock.advance(24 * 3_600_000)
    const ended = await ending('replay')
    expect([ended.page.trouble, ended.because]).toEqual(['PRT-1725', 'wrong-signature'])
  })

  test('while nobody says whether it was revoked: PRT-1723', async () => {
    world.responder.order({ answer: 'status-500', times: 1 })
    expect((await ending('at-once')).page.trouble).toBe('PRT-1723')
  })
})

describe('who rings somebody else’s phone', () => {
  test('rings three times in ten minutes at most, once at a time, and not within a minute of a refusal', async () => {
    world.at.clock.advance(11 * 60_000)
    const attempt = async (advance = 0): Promise<{ visitor: Visitor; page: Page }> => {
      world.at.clock.advance(advance)
      const visitor = world.at.visitor()
      const first = await visitor.open(request(world.at.issuer, 'tax', { scope: 'openid' }).url)
      const form = await visitor.submit(first, { method: 'mobile-id' })
      return { visitor, page: await visitor.submit(form, { ...TH, phone: phone(TH) }) }
    }
    const refused = async ({ visitor, page }: { visitor: Visitor; page: Page }): Promise<void> => {
      expect(isWaiting(page)).toBe(true)
      await press(phone(TH), 'refuse')
      expect((await wait(visitor, page)).trouble).toBe('PRT-1704')
    }
    const { begun } = world.provider.counts()
    const first = await attempt()
    expect((await attempt()).page.trouble).toBe('PRT-2402')
    await refused(first)
    expect((await attempt(59_000)).page.trouble).toBe('PRT-2403')
    await refused(await attempt(2_000))
    await refused(await attempt(61_000))
    const { page } = await attempt(61_000)
    expect([page.trouble, page.status]).toEqual(['PRT-2401', 429])
    expect(world.provider.counts().begun).toBe(begun + 3)
    await refused(await attempt(10 * 60_000))
  })
})
