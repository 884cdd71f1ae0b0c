import { request as ask } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type FakePhone, type FakeProvider, fakePhone, fakeProvider } from '../support/fake-phone.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { callback, claimsOf, redeem, request, startService, type TestService } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Waiting for a phone, over HTTP, on two nodes with one Redis: the page, its poll, the ways out of it.

let redis: OwnTestRedis
let provider: FakeProvider
let phones: readonly [FakePhone, FakePhone]
let one: TestService
let two: TestService

beforeAll(async () => {
  redis = await ownRedis()
  provider = fakeProvider()
  phones = [fakePhone(provider, true), fakePhone(provider, true)]
  one = await startService({ redisUrl: redis.url, furtherMethods: [phones[0].method] })
  two = await startService({ beside: one, furtherMethods: [phones[1].method] })
  phones[0].attach(one.service)
  phones[1].attach(two.service)
}, 60_000)
afterAll(async () => {
  await Promise.all(phones.map((phone) => phone.close()))
  await two.close()
  await one.close()
  await redis.close()
})
// Each story finds a phone that has had its peace.
beforeEach(() => one.clock.advance(11 * 60_000))

interface Waiting {
  readonly visitor: Visitor
  readonly asked: ReturnType<typeof request>
  readonly page: Page
  /** The step's address: `/login/<id>/mobile-id`. */
  readonly step: string
  /** The provider's session. */
  readonly session: string
}

async function waiting({ code } = one.citizens[0]!, visitor = one.visitor()): Promise<Waiting> {
  const asked = request(one.issuer, 'tax')
  const form = await visitor.submit(await visitor.open(asked.url), { method: 'mobile-id' })
  const page = await visitor.submit(form, { person_code: code })
  return { visitor, asked, page, step: new URL(form.url).pathname, session: `s${provider.rang.length}` }
}

const poll = async ({ visitor, step }: Pick<Waiting, 'visitor' | 'step'>) => {
  const { status, html } = await visitor.open(`${step}/poll`)
  return [status, JSON.parse(html)] as const
}

/** The same browser, when a balancer has sent it to the other node. */
function atTwo(
  { visitor }: Pick<Waiting, 'visitor'>,
  path: string,
): Promise<{ status: number; body: string; location: string | undefined }> {
  const cookie = visitor
    .cookies()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  const { host } = new URL(one.issuer)
  return new Promise((resolve, reject) => {
    const sent = ask({ port: two.config.port, path, headers: { host, cookie, accept: 'text/html' } }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode!, body, location: answer.headers.location }))
    })
    sent.on('error', reject).end()
  })
}

/** Until this node has heard what the provider said. */
async function heard(story: Waiting): Promise<void> {
  for (let n = 0; n < 500; n++) {
    if ((await poll(story))[1].come === true) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('the poll never said that there is news')
}

describe('the page', () => {
  test('stands at an address of its own: loaded anew, and anew in Thai, it rings nobody’s phone again', async () => {
    const { visitor, page, step } = await waiting()
    const rang = provider.rang.length
    expect([page.status, new URL(page.url).pathname]).toEqual([200, `${step}/wait`])
    expect(page.html).toContain('>7580</output>')
    for (const again of ['', '?ui_locales=th']) {
      const anew = await visitor.open(`${step}/wait${again}`)
      expect([anew.status, anew.html.includes('>7580</output>')]).toEqual([200, true])
      expect(anew.html).toContain(again ? 'ดูที่โทรศัพท์' : 'Look at your phone')
    }
    expect(provider.rang).toHaveLength(rang)
  })

  test('without a script comes anew by itself, and ends at the agency', async () => {
    const story = await waiting()
    const { visitor, page, step, asked, session } = story
    expect(page.html).toContain('<noscript><meta http-equiv="refresh" content="3"></noscript>')
    provider.answer(session, 'yes')
    await heard(story)
    const { code } = callback(await visitor.open(`${step}/wait`))
    const tokens = await redeem(one.issuer, 'tax', code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'high', amr: ['sc', 'mfa', 'mobile-id'] })
  })

  test('lets its script ask us and nobody else, and no other page anything', async () => {
    const { visitor, page, step } = await waiting()
    const policy = (of: Page) => of.headers.get('content-security-policy')
    expect(policy(page)).toContain("connect-src 'self'")
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(policy(await visitor.open(step))).not.toContain('connect-src')
  })

  test('shows how much time is left', async () => {
    const { visitor, step, page } = await waiting()
    expect(page.html).toMatch(/<progress [^>]*max="120" value="120"/)
    one.clock.advance(45_000)
    expect((await visitor.open(`${step}/wait`)).html).toMatch(/<progress [^>]*max="120" value="75"/)
  })

  test('says why when the phone says no', async () => {
    const story = await waiting()
    provider.answer(story.session, 'no')
    await heard(story)
    const page = await story.visitor.open(`${story.step}/wait`)
    expect([page.status, page.trouble]).toEqual([429, 'PRT-2403'])
    // It is over: who comes back to it is asked anew.
    expect((await story.visitor.open(`${story.step}/wait`)).html).toContain('name="person_code"')
  })
})

describe('the ways out', () => {
  test('another way: the method is told, and the choice stands there again', async () => {
    const { visitor, page } = await waiting()
    phones[0].told.length = 0
    const next = await visitor.submit(page, { stop: '1' })
    expect(next.html).toContain('id="method-totp"')
    expect(phones[0].told).toEqual(['abandoned'])
  })

  test('back to the agency: the method is told, and nobody is signed in', async () => {
    const { visitor, page, step } = await waiting()
    phones[0].told.length = 0
    expect(callback(await visitor.submit(page, { cancel: '1' })).error).toBe('access_denied')
    expect(phones[0].told).toEqual(['abandoned'])
    expect(await poll({ visitor, step })).toEqual([200, { come: true }])
  })

  test('what another app brings back comes to the method marked, and can’t do what a form does', async () => {
    const { visitor, step } = await waiting()
    phones[0].told.length = 0
    const rang = provider.rang.length
    const page = await visitor.open(`${step}/return?value=abc&person_code=1999900002024`)
    expect(phones[0].told).toEqual([
      `return ${JSON.stringify({ value: 'abc', person_code: '1999900002024', returned: '1' })}`,
    ])
    // Still waiting for the phone that rang: its own page.
    expect(new URL(page.url).pathname).toBe(`${step}/wait`)
    expect(provider.rang).toHaveLength(rang)
    expect((await visitor.open(`${step}/return?value=1&value=2`)).trouble).toBe('PRT-1004')
  })
})

describe('another browser', () => {
  test('learns nothing and gets nothing, also when the phone has said yes', async () => {
    const story = await waiting()
    const stranger = one.visitor()
    expect(await poll({ visitor: stranger, step: story.step })).toEqual([200, { come: true }])
    provider.answer(story.session, 'yes')
    await heard(story)
    for (const path of ['wait', 'return?value=abc']) {
      const page = await stranger.open(`${story.step}/${path}`)
      expect([page.status, page.trouble]).toEqual([400, 'PRT-1002'])
    }
    // With a sign-in of its own, it gets no more from this one.
    const own = await waiting(one.citizens[1], stranger)
    expect((await stranger.open(`${story.step}/wait`)).trouble).toBe('PRT-1002')
    expect(await poll(own)).toEqual([200, { come: false }])
    expect(callback(await story.visitor.open(`${story.step}/wait`)).code).toBeDefined()
  })
})

describe('the poll', () => {
  /** The least of several: nodes say meanwhile that they live. */
  async function commands(work: () => Promise<unknown>): Promise<number> {
    const counts: number[] = []
    for (let n = 0; n < 5; n++) counts.push(await counted(work))
    return Math.min(...counts)
  }

  async function counted(work: () => Promise<unknown>): Promise<number> {
    const count = async () => {
      const stats = await redis.client.info('commandstats')
      return [...stats.matchAll(/^cmdstat_(\w+)[^:]*:calls=(\d+)/gm)]
        .filter(([, name]) => !['info', 'ping', 'client', 'hello', 'select', 'command'].includes(name!))
        .reduce((sum, [, , calls]) => sum + Number(calls), 0)
    }
    const before = await count()
    await work()
    return (await count()) - before
  }

  test('costs one question to Redis where the phone is watched, and two elsewhere', async () => {
    const story = await waiting()
    expect(await commands(() => poll(story))).toBe(1)
    expect(await commands(() => atTwo(story, `${story.step}/poll`))).toBe(2)
    expect(provider.hanging()).toBeGreaterThan(0)
  })

  test('is answered by every node, and whichever is asked finishes the sign-in', async () => {
    const story = await waiting()
    const polls = provider.polls()
    expect(await atTwo(story, `${story.step}/poll`)).toMatchObject({ status: 200, body: '{"come":false}' })
    expect((await atTwo(story, `${story.step}/wait`)).body).toContain('>7580</output>')
    // One node asks the provider; the other asks that one's word.
    expect(provider.polls()).toBe(polls)
    provider.answer(story.session, 'yes')
    await heard(story)
    expect(await atTwo(story, `${story.step}/poll`)).toMatchObject({ body: '{"come":true}' })
    const end = await atTwo(story, `${story.step}/wait`)
    expect([end.status, new URL(end.location!).searchParams.has('code')]).toEqual([303, true])
    expect(await poll(story)).toEqual([200, { come: true }])
  })

  test('of 50 who come at once on two nodes when the phone has said yes, one is sent to the agency with a code', async () => {
    const story = await waiting()
    provider.answer(story.session, 'yes')
    await heard(story)
    const cookies = story.visitor.cookies()
    const all = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        if (n % 2) return (await atTwo(story, `${story.step}/wait`)).location ?? ''
        const tab = one.visitor()
        tab.adopt(cookies)
        return (await tab.open(`${story.step}/wait`)).headers.get('location') ?? ''
      }),
    )
    expect(all.filter((to) => to.includes('code='))).toHaveLength(1)
  })
})

describe('push bombing, through the page', () => {
  const starts = (code: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const { page } = await waiting({ ...one.citizens[0]!, code })
        return page.trouble ?? 'rings'
      }),
    )

  test.each(['1999900001010', '1999900009999'])(
    '20 starts at once for %s ring once: who is not in the register reads the same',
    async (code) => {
      const before = provider.rang.length
      const seen = await starts(code, 20)
      expect(provider.rang.slice(before)).toEqual([code])
      expect(seen.toSorted()).toEqual([...Array(19).fill('PRT-2402'), 'rings'])
    },
  )

  test('20 starts within ten minutes ring three times, and the person comes in by another means at once', async () => {
    const before = provider.rang.length
    const codes: (string | undefined)[] = []
    for (let n = 0; n < 20; n++) {
      const story = await waiting()
      codes.push(story.page.trouble)
      if (!story.page.trouble) {
        provider.answer(story.session, 'no')
        await heard(story)
      }
      one.clock.advance(29_000)
    }
    expect(provider.rang.length - before).toBe(3)
    expect(new Set(codes)).toEqual(new Set([undefined, 'PRT-2401', 'PRT-2403']))
    const citizen = one.citizens[0]!
    const visitor = one.visitor()
    const form = await visitor.submit(await visitor.open(request(one.issuer, 'tax').url), { method: 'totp' })
    one.clock.advance(30_000)
    const end = await visitor.submit(form, { scheme: 'TH', person_code: citizen.code, code: citizen.oneTimeCode() })
    expect(callback(end).code).toBeDefined()
  })
})
