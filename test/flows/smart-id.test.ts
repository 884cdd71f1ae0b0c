import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ReadEntry } from '../../src/audit/read.ts'
import type { Order } from '../../src/demo/smart-id-service/orders.ts'
import type { Person } from '../../src/demo/smart-id-service/service.ts'
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { callback, claimsOf, redeem, request } from '../support/service.ts'
import { readPageCode, readPicture, type SmartIdTest, startSmartId } from '../support/smart-id.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Smart-ID over HTTP, against a service that speaks the provider's interface: the two ways of a link, every way in which
// they end, and what somebody else's browser gets of it.

let world: SmartIdTest
beforeAll(async () => {
  world = await startSmartId()
}, 60_000)
afterAll(() => world.close())

interface Waiting {
  readonly visitor: Visitor
  readonly asked: ReturnType<typeof request>
  readonly page: Page
  /** `/login/<id>/smart-id` */
  readonly step: string
}

const somying = (): Person => world.people[0]!

async function begun(visitor = world.at.visitor(), more: Record<string, string> = {}) {
  const asked = request(world.at.issuer, 'tax', more)
  const start = await visitor.submit(await visitor.open(asked.url), { method: 'smart-id' })
  return { visitor, asked, start, step: new URL(start.url).pathname }
}

async function waiting(visitor?: Visitor): Promise<Waiting> {
  const { start, ...story } = await begun(visitor)
  const page = await story.visitor.submit(start, { way: 'link' })
  expect(new URL(page.url).pathname).toBe(`${story.step}/wait`)
  return { ...story, page }
}

const poll = async ({ visitor, step }: Waiting) =>
  JSON.parse((await visitor.open(`${step}/poll`)).html) as {
    come: boolean
    next?: number
    show?: { picture?: { size: number; bits: string }; link?: string; confirmed?: true }
  }

/** Until this node has heard what the provider said. */
async function heard<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let n = 0; n < 600; n++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('nothing was heard')
}
const news = (story: Waiting) => heard(async () => ((await poll(story)).come ? true : undefined))
const confirmedThere = (story: Waiting) =>
  heard(async () => ((await poll(story)).show?.confirmed === true ? true : undefined))

const appLink = ({ page }: Pick<Waiting, 'page'>): string =>
  (/id="open" href="([^"]+)"/.exec(page.html)?.[1] ?? '').replaceAll('&amp;', '&')

function take(link: string, person = somying()) {
  const taken = world.provider.take(link, person)
  if (!taken.ok) throw new Error(`the app says ${taken.because}`)
  return taken.session
}

/** Reads the code from the page and confirms. */
async function scanned(story: Waiting, person = somying()): Promise<void> {
  const session = take(readPageCode(story.page), person)
  await world.provider.answer(session, person, 'confirm')
  await news(story)
}

const cameTo = ({ visitor, step }: Waiting) => visitor.open(`${step}/wait`)

async function lastAudited(): Promise<ReadEntry> {
  const { parts } = world.at.service
  const entries = await parts.auditReading.read(
    parts.db,
    { kind: 'operator', name: 'test' },
    { limit: 1_000, persons: true },
  )
  return entries.filter(({ type }) => type.startsWith('sign-in.')).at(-1)!
}

describe('a session at the provider', () => {
  test('is opened by nothing but the button: not by the page, not by looking at it again, not by an address', async () => {
    const before = world.provider.opened()
    const { visitor, step, start } = await begun()
    await visitor.open(step)
    await visitor.open(step, { 'sec-purpose': 'prefetch' })
    await visitor.open(`${step}/wait`)
    await visitor.open(`${step}/return?way=link`)
    await visitor.open(`${step}?way=link`)
    expect((await poll({ visitor, step } as Waiting)).come).toBe(true)
    expect(world.provider.opened()).toBe(before)
    await visitor.submit(start, { way: 'link' })
    expect(world.provider.opened()).toBe(before + 1)
  })

  test('is one for picture and link, and a double click opens no second one', async () => {
    const before = world.provider.opened()
    const { visitor, start } = await begun()
    const first = await visitor.submit(start, { way: 'link' })
    const again = await visitor.submit(start, { way: 'link' })
    expect(world.provider.opened()).toBe(before + 1)
    const token = /sessionToken=([\w-]+)/
    const [one, two] = [first, again].map((page) => token.exec(readPageCode(page))?.[1])
    expect(one).toBe(two)
    expect(token.exec(appLink({ page: first }))?.[1]).toBe(one)
  })

  test('keeps its secret from the browser', async () => {
    const story = await waiting()
    const { sessionID } = { sessionID: world.provider.sessions.waiting()[0]! }
    const secret = sessionID.secret
    const shown = story.page.html + JSON.stringify(await poll(story))
    for (const form of [secret.toString('base64'), secret.toString('base64url'), sessionID.id])
      expect(shown).not.toContain(form)
    expect(world.at.log()).not.toContain(sessionID.id)
  })
})

describe('the picture', () => {
  test('signs in whoever scans it and confirms, as surely as their certificate', async () => {
    const story = await waiting()
    await scanned(story)
    const { code } = callback(await cameTo(story))
    const tokens = await redeem(world.at.issuer, 'tax', code!, story.asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'high', amr: ['swk', 'pin', 'mfa', 'smart-id'] })
    expect(await lastAudited()).toMatchObject({
      type: 'sign-in.succeeded',
      detail: { method: 'smart-id', acr: 'high' },
    })
  })

  test('is another one in every second, and the one of the second before is still taken', async () => {
    const story = await waiting()
    const seen = new Set<string>()
    for (let second = 1; second <= 5; second++) {
      world.at.clock.advance(1_000)
      const { come, next, show } = await poll(story)
      expect({ come, next }).toEqual({ come: false, next: 1_000 })
      const link = readPicture(show!.picture!)
      expect(link).toContain(`&elapsedSeconds=${second}&`)
      seen.add(link)
    }
    expect(seen.size).toBe(5)
    expect(world.provider.take([...seen].at(-2)!, somying()).ok).toBe(true)
  })

  test('that is five seconds old is refused by the provider, and the sign-in goes on', async () => {
    const story = await waiting()
    world.at.clock.advance(5_000)
    expect(world.provider.take(readPageCode(story.page), somying())).toEqual({ ok: false, because: 'stale' })
    take(readPicture((await poll(story)).show!.picture!))
  })

  test('that was changed ends the sign-in', async () => {
    const story = await waiting()
    const changed = readPageCode(story.page).replace('lang=eng', 'lang=est')
    expect(world.provider.take(changed, somying())).toEqual({ ok: false, because: 'wrong' })
    await news(story)
    expect((await cameTo(story)).trouble).toBe('PRT-1808')
  })

  test('comes anew by itself where no script runs', async () => {
    const story = await waiting()
    expect(story.page.html).toContain('<noscript><meta http-equiv="refresh" content="3"></noscript>')
    world.at.clock.advance(3_000)
    expect(readPageCode(await cameTo(story))).toContain('&elapsedSeconds=3&')
  })
})

describe('the app on the same device', () => {
  /** Confirmed in the app; where it sends the browser. */
  async function confirmed(story: Waiting, person = somying()): Promise<string> {
    return (await world.provider.answer(take(appLink(story), person), person, 'confirm'))!
  }

  test('signs in when its callback reaches the browser that began', async () => {
    const story = await waiting()
    const back = await confirmed(story)
    await confirmedThere(story)
    expect(callback(await story.visitor.open(back)).code).toBeDefined()
  })

  test('signs in as well when the callback is the faster of the two', async () => {
    const story = await waiting()
    const [session] = world.provider.sessions.waiting()
    const back = await confirmed(story)
    // As if our poll were still under way.
    expect(session!.status.state).toBe('COMPLETE')
    const page = await story.visitor.open(back)
    if (page.headers.get('location') === null) {
      await news(story)
      expect(callback(await cameTo(story)).code).toBeDefined()
    } else expect(callback(page).code).toBeDefined()
  })

  test('begun on browser A and brought back on browser B: B gets nothing, and A nothing without the callback', async () => {
    const story = await waiting()
    const back = await confirmed(story)
    await confirmedThere(story)
    const b = world.at.visitor()
    const gained = await b.open(back)
    expect([gained.status, gained.trouble]).toEqual([400, 'PRT-1002'])
    expect(gained.headers.get('location')).toBeNull()
    // B with a sign-in of its own is no better off.
    const own = await waiting(b)
    const [, query] = back.split('?')
    expect((await b.open(`${own.step}/return?${query}`)).trouble).toBe('PRT-1838')

    // A waits, and is told when the time is over.
    const still = await cameTo(story)
    expect([still.status, still.headers.get('location')]).toEqual([200, null])
    expect(still.html).toContain('Go on where the app leads you')
    world.at.clock.advance(181_000)
    expect((await cameTo(story)).trouble).toBe('PRT-1839')
  })

  test('A is let in by the callback even after B has tried it', async () => {
    const story = await waiting()
    const back = await confirmed(story)
    await world.at.visitor().open(back)
    await confirmedThere(story)
    expect(callback(await story.visitor.open(back)).code).toBeDefined()
  })

  test('an answer by app is none for a browser that only guesses the callback', async () => {
    for (const wrong of [
      (url: string) => url.replace(/value=[\w-]+/, 'value=AAAAAAAAAAAAAAAAAAAAAA'),
      (url: string) => url.replace(/sessionSecretDigest=[\w-]+/, `sessionSecretDigest=${'A'.repeat(43)}`),
      (url: string) => url.replace(/userChallengeVerifier=[\w-]+/, `userChallengeVerifier=${'A'.repeat(43)}`),
      (url: string) => url.replace(/&userChallengeVerifier=[\w-]+/, ''),
      (url: string) => url.replace(/value=[\w-]+&/, ''),
    ]) {
      const story = await waiting()
      const back = await confirmed(story)
      await confirmedThere(story)
      expect((await story.visitor.open(wrong(back))).trouble).toBe('PRT-1838')
    }
  })

  test('refused in the app: the page that comes back says so', async () => {
    const story = await waiting()
    const back = await world.provider.answer(take(appLink(story)), somying(), 'refuse')
    await news(story)
    expect((await story.visitor.open(back!)).trouble).toBe('PRT-1801')
  })

  test('a callback of yesterday leads nowhere', async () => {
    const story = await waiting()
    const back = await confirmed(story)
    await confirmedThere(story)
    callback(await story.visitor.open(back))
    expect((await story.visitor.open(back)).trouble).toMatch(/^PRT-100[12]$/)
  })
})

describe('every end of a session has a code of its own', () => {
  const ends: readonly [Order, TroubleCode][] = [
    ['USER_REFUSED', 'PRT-1801'],
    ['TIMEOUT', 'PRT-1802'],
    ['DOCUMENT_UNUSABLE', 'PRT-1803'],
    ['WRONG_VC', 'PRT-1804'],
    ['REQUIRED_INTERACTION_NOT_SUPPORTED_BY_APP', 'PRT-1805'],
    ['USER_REFUSED_CERT_CHOICE', 'PRT-1806'],
    ['USER_REFUSED_INTERACTION', 'PRT-1807'],
    ['PROTOCOL_FAILURE', 'PRT-1808'],
    ['EXPECTED_LINKED_SESSION', 'PRT-1809'],
    ['SERVER_ERROR', 'PRT-1810'],
    ['ACCOUNT_UNUSABLE', 'PRT-1811'],
    ['SOMETHING_NEW', 'PRT-1812'],
  ]
  test.each(ends)('%s is %s', async (order, code) => {
    world.provider.order(order, 1)
    const story = await waiting()
    await scanned(story)
    const page = await cameTo(story)
    expect([page.trouble, page.headers.get('location')]).toEqual([code, null])
    const because = order === 'SOMETHING_NEW' ? 'unknown-end' : order
    expect((await lastAudited()).detail).toMatchObject({ code, because: expect.stringContaining(because) })
  })
})

describe('an answer that says OK', () => {
  const forgeries: readonly [Order, TroubleCode, string][] = [
    ['no-document', 'PRT-1831', 'no-document'],
    ['another-document', 'PRT-1831', 'wrong-document'],
    ['another-protocol', 'PRT-1831', 'wrong-protocol'],
    ['another-flow', 'PRT-1831', 'wrong-flow'],
    ['another-interaction', 'PRT-1831', 'wrong-interaction'],
    ['another-hash', 'PRT-1831', 'wrong-algorithm'],
    ['another-salt', 'PRT-1831', 'wrong-algorithm'],
    ['another-mask', 'PRT-1831', 'wrong-algorithm'],
    ['another-trailer', 'PRT-1831', 'wrong-algorithm'],
    ['broken-signature', 'PRT-1831', 'wrong-signature'],
    ['signed-for-the-other-scheme', 'PRT-1831', 'wrong-signature'],
    ['another-challenge', 'PRT-1831', 'wrong-signature'],
    ['another-name', 'PRT-1831', 'wrong-signature'],
    ['replayed', 'PRT-1831', 'wrong-signature'],
    ['basic-account', 'PRT-1835', 'level-too-low'],
    ['basic-certificate', 'PRT-1835', 'level-too-low'],
    ['expired-certificate', 'PRT-1832', 'expired'],
    ['revoked-certificate', 'PRT-1833', 'revoked'],
    ['unknown-certificate', 'PRT-1831', 'ocsp-unknown'],
    ['signing-certificate', 'PRT-1831', 'wrong-profile'],
    ['forged-certificate', 'PRT-1831', 'same-name-other-key'],
    ['no-certificate', 'PRT-1831', 'certificate-malformed'],
  ]
  test.each(forgeries)('%s: %s, and the audit says %s', async (order, code, because) => {
    world.provider.order(order, 1)
    const story = await waiting()
    await scanned(story)
    const page = await cameTo(story)
    expect([page.trouble, page.headers.get('location')]).toEqual([code, null])
    expect((await lastAudited()).detail).toMatchObject({ code, because })
  })

  test.each([
    ['another-verifier', 'PRT-1838'],
    ['another-secret', 'PRT-1838'],
  ] as const)('brought back with %s: %s', async (order, code) => {
    world.provider.order(order, 1)
    const story = await waiting()
    const back = await world.provider.answer(take(appLink(story)), somying(), 'confirm')
    await confirmedThere(story)
    expect((await story.visitor.open(back!)).trouble).toBe(code)
  })

  test('of somebody whom the register does not know lets nobody in', async () => {
    const story = await waiting()
    await scanned(story, world.provider.account('PNOEE-40404040009-MOCK-Q') as Person)
    expect((await cameTo(story)).trouble).toBe('PRT-1102')
  })
})

describe('what the provider says instead of a session', () => {
  const refusals: readonly [Order, TroubleCode][] = [
    ['http-400', 'PRT-1820'],
    ['http-401', 'PRT-1821'],
    ['http-403', 'PRT-1822'],
    ['http-404', 'PRT-1823'],
    ['http-480', 'PRT-1825'],
    ['http-580', 'PRT-1826'],
    ['http-429', 'PRT-1827'],
    ['http-500', 'PRT-1828'],
    ['garbage', 'PRT-1830'],
  ]
  test.each(refusals)('%s when it is opened: %s', async (order, code) => {
    world.provider.order(order, 1)
    const { visitor, start } = await begun()
    const page = await visitor.submit(start, { way: 'link' })
    expect([page.status >= 400, page.trouble]).toEqual([true, code])
  })

  test.each([
    ['poll-404', 'PRT-1824'],
    ['poll-garbage', 'PRT-1830'],
  ] as const)('%s when it is asked for: %s', async (order, code) => {
    world.provider.order(order, 1)
    const story = await waiting()
    // The first page may know it already.
    if (!story.page.trouble) await news(story)
    expect((story.page.trouble ? story.page : await cameTo(story)).trouble).toBe(code)
  })

  test.each(['poll-503', 'poll-429'] as const)(
    '%s when it is asked for is asked again, and the sign-in goes on',
    async (order) => {
      world.provider.order(order, 1)
      const story = await waiting()
      await scanned(story)
      expect(callback(await cameTo(story)).code).toBeDefined()
    },
  )

  test('nothing at all: the time is over after three minutes', async () => {
    const story = await waiting()
    world.at.clock.advance(181_000)
    expect((await poll(story)).come).toBe(true)
    expect((await cameTo(story)).trouble).toBe('PRT-1802')
  })

  test('five times in a row nothing: it is left alone, others are offered, and it comes back by itself', async () => {
    world.provider.order('http-503', 5)
    for (let n = 0; n < 5; n++) {
      const { visitor, start } = await begun()
      expect((await visitor.submit(start, { way: 'link' })).trouble).toBe('PRT-1828')
    }
    const before = world.provider.opened()
    const visitor = world.at.visitor()
    const choice = await visitor.open(request(world.at.issuer, 'tax').url)
    expect(choice.html).toMatch(/id="method-smart-id"[^>]* disabled/)
    expect((await visitor.post(`${new URL(choice.url).pathname}/smart-id`, { way: 'link' })).trouble).toBe('PRT-1829')
    expect(world.provider.opened()).toBe(before)
    world.at.clock.advance(11_000)
    expect((await waiting()).page.trouble).toBeUndefined()
  })
})
