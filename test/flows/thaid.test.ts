import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { tell } from '../../src/cli/explain-request.ts'
import type { Oddity } from '../../src/demo/thaid-service/odd.ts'
import { callback, claimsOf, redeem, request } from '../support/service.ts'
import { PHONE, startThaidService, type ThaidService } from '../support/thaid.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Signing in by a service elsewhere that knows people, on its wire: ThaID as the simulator speaks it.

let world: ThaidService
beforeAll(async () => {
  world = await startThaidService()
}, 30_000)
afterEach(() => {
  world.thaid.order(undefined)
  for (const one of world.phones.switches) one.set(PHONE, '2.3')
  // What was refused for the service's own fault must not stand in the next one's way.
  world.at.clock.advance(60_000)
})
afterAll(() => world.close())

const ask = (more: Record<string, string> = {}) => request(world.at.issuer, 'tax', more)

/** The whole way in one browser; `odd` holds from the question on. */
async function go(odd?: Oddity, how: 'confirm' | 'refuse' = 'confirm', visitor = world.at.visitor()): Promise<Page> {
  const question = await world.leave(visitor, ask())
  world.thaid.order(odd)
  return visitor.open(await world.answer(question, how))
}

const because = async (): Promise<unknown> => (await world.audited()).at(-1)?.detail.because

describe('a person with the app', () => {
  test('comes back signed in as themselves, as surely as the service says', async () => {
    const visitor = world.at.visitor()
    const asked = ask({ acr_values: 'substantial' })
    const question = await world.leave(visitor, asked)
    const back = await visitor.open(await world.answer(question))
    const { code } = callback(back)
    const tokens = await redeem(world.at.issuer, 'tax', code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'substantial', amr: ['mca', 'thaid'] })
    const [entry] = (await world.audited('sign-in.succeeded')).slice(-1)
    expect(entry).toMatchObject({ person: world.at.citizens[0]!.key, detail: { method: 'thaid', acr: 'substantial' } })
    expect(visitor.cookies().find(({ name }) => name === '__Host-pratu_method')?.value).toBe('thaid')
  })

  test('is asked for with PKCE, a nonce, a state of this sign-in, the scopes, and their language', async () => {
    const question = new URL(await world.leave(world.at.visitor('et'), ask({ ui_locales: 'et' })))
    expect(question.origin + question.pathname).toBe(`${world.origin}/thaid/api/v2/oauth2/auth/`)
    const asked = Object.fromEntries(question.searchParams)
    expect(asked).toMatchObject({
      response_type: 'code',
      redirect_uri: `${world.at.issuer}/return/thaid`,
      scope: 'openid pid given_name family_name ial',
      code_challenge_method: 'S256',
      prompt: 'login',
      ui_locales: 'et th en',
    })
    expect(asked.state).toMatch(/^[\w-]{20,}\.[\w-]{43}$/)
    for (const name of ['nonce', 'code_challenge']) expect(asked[name]).toMatch(/^[\w-]{43}$/)
  })

  test('who is not in the register gets no further, and neither does one that is not sure enough', async () => {
    const visitor = world.at.visitor()
    const question = await world.leave(visitor, ask())
    const nobody = await visitor.open(await world.answer(question, 'confirm', '+66100000103'))
    expect([nobody.status, nobody.trouble]).toEqual([403, 'PRT-1102'])
    const asked = await world.leave(visitor, ask({ acr_values: 'high' }))
    const unsure = await visitor.open(await world.answer(asked))
    expect([unsure.status, unsure.trouble]).toEqual([403, 'PRT-1103'])
    world.phones.switches.find(({ id }) => id === 'thaid')!.set(PHONE, '3')
    const surely = await world.leave(visitor, ask({ acr_values: 'high' }))
    expect(callback(await visitor.open(await world.answer(surely))).code).toBeDefined()
  })

  test('who says no is told so, can go on by another way, and nothing is kept of it', async () => {
    const visitor = world.at.visitor()
    const page = await go(undefined, 'refuse', visitor)
    expect([page.status, page.trouble, await because()]).toEqual([403, 'PRT-2301', 'refused-there'])
    const again = await visitor.open(/id="continue" href="([^"]+)"/.exec(page.html)![1]!)
    expect(again.html).toContain('id="method-totp"')
  })

  test('leaves no number in the log, in any address, or in the store of sign-ins', async () => {
    const visitor = world.at.visitor()
    const code = callback(await go(undefined, 'confirm', visitor)).code
    expect(code).toBeDefined()
    const number = world.at.citizens[0]!.code
    expect([world.at.log(), ...visitor.trail].filter((text) => text.includes(number))).toEqual([])
    for (const type of ['sign-in.succeeded', 'sign-in.refused'])
      expect(JSON.stringify(await world.audited(type))).not.toContain(number)
  })
})

describe('an answer of the service', () => {
  test.each([
    ['no-id-token', 403, 'PRT-2305', 'no-id-token'],
    ['garbage', 403, 'PRT-2305', 'answer-malformed'],
    ['redirected', 403, 'PRT-2305', 'answer-malformed'],
    ['huge', 503, 'PRT-2303', 'unreachable'],
    ['status-500', 503, 'PRT-2303', 'unavailable'],
    ['status-429', 503, 'PRT-2303', 'unavailable'],
    ['not-our-client', 503, 'PRT-2304', 'not-admitted'],
    ['ended-long-ago', 403, 'PRT-2305', 'expired'],
    ['other-key', 403, 'PRT-2305', 'signature'],
    ['unknown-key', 403, 'PRT-2305', 'unknown-key'],
    ['unsigned', 403, 'PRT-2305', 'id-token-malformed'],
    ['signed-by-our-secret', 403, 'PRT-2305', 'id-token-malformed'],
    ['cut-off', 403, 'PRT-2305', 'signature'],
    ['other-issuer', 403, 'PRT-2305', 'issuer'],
    ['other-audience', 403, 'PRT-2305', 'audience'],
    ['more-audiences', 403, 'PRT-2305', 'audience'],
    ['other-party', 403, 'PRT-2305', 'audience'],
    ['over', 403, 'PRT-2305', 'expired'],
    ['of-tomorrow', 403, 'PRT-2305', 'expired'],
    ['of-yesterday', 403, 'PRT-2305', 'not-new'],
    ['proved-long-ago', 403, 'PRT-2305', 'not-fresh'],
    ['other-nonce', 403, 'PRT-2305', 'nonce'],
    ['other-access-token', 403, 'PRT-2305', 'access-token'],
    ['no-person', 403, 'PRT-2305', 'no-person'],
    ['no-such-person', 403, 'PRT-2305', 'not-a-code'],
    ['no-level', 403, 'PRT-2306', 'level-unknown'],
    ['says-another', 403, 'PRT-2305', 'other-service'],
    ['broken', 503, 'PRT-2303', 'unavailable'],
  ] as const)('that is %s lets nobody in: %i %s', async (odd, status, trouble, why) => {
    const page = await go(odd)
    expect([page.status, page.trouble, await because()]).toEqual([status, trouble, why])
  })

  test.each(['lives-as-a-duration', 'nonce', 'says-who'] as const)(
    'that is %s is as good as the usual',
    async (odd) => {
      expect(callback(await go(odd)).code).toBeDefined()
    },
  )

  test('with a level that is not in the table lets nobody in', async () => {
    world.phones.switches.find(({ id }) => id === 'thaid')!.set(PHONE, '1.1')
    expect([(await go()).trouble, await because()]).toEqual(['PRT-2306', 'level-unknown'])
  })

  test('is explained to the help desk by its word, and to the person in three languages', async () => {
    for (const [language, words] of [
      ['th', 'เรารับคำตอบนี้ไม่ได้'],
      ['en', 'We can’t accept that answer'],
      ['et', 'Me ei saa seda vastust vastu võtta'],
    ] as const) {
      const page = await go('other-key', 'confirm', world.at.visitor(language))
      expect(page.html).toContain(words)
    }
  })
})

describe('a code', () => {
  /** Everything up to the address by which the browser would come back. */
  async function ready(visitor: Visitor, more: Record<string, string> = {}): Promise<string> {
    return world.answer(await world.leave(visitor, ask(more)))
  }

  test('brought by another browser than the one that asked gives it nothing, and the one that asked still gets in', async () => {
    const [mine, theirs] = [world.at.visitor(), world.at.visitor()]
    const back = await ready(mine)
    const stranger = await theirs.open(back)
    expect([stranger.status, stranger.trouble]).toEqual([400, 'PRT-1002'])
    expect(stranger.headers.get('location')).toBeNull()
    expect(callback(await mine.open(back)).code).toBeDefined()
  })

  test('of an attacker, brought into a victim’s browser with the victim’s own sign-in open, is nobody’s', async () => {
    const [attacker, victim] = [world.at.visitor(), world.at.visitor()]
    const theirs = new URL(await ready(attacker))
    const question = new URL(await world.leave(victim, ask()))
    const forged = new URL(theirs)
    forged.searchParams.set('state', question.searchParams.get('state')!)
    const page = await victim.open(forged.href)
    // The service holds it to the challenge of the question that it answers.
    expect([page.status, page.trouble, await because()]).toEqual([422, 'PRT-2302', 'code-refused'])
  })

  test('brought twice, late, or with another state, is used up the first time and good for nothing then', async () => {
    const visitor = world.at.visitor()
    const back = await ready(visitor)
    const other = new URL(back)
    const sent = other.searchParams.get('state')!
    other.searchParams.set('state', `${sent.split('.')[0]}.${'x'.repeat(43)}`)
    const wrong = await visitor.open(other.href)
    expect([wrong.status, wrong.trouble, await because()]).toEqual([422, 'PRT-2302', 'other-question'])
    // A wrong answer ends the question: nobody gets to guess.
    const then = await visitor.open(back)
    expect([then.trouble, await because()]).toEqual(['PRT-2302', 'no-question'])
    const second = await ready(visitor)
    expect(callback(await visitor.open(second)).code).toBeDefined()
    expect((await visitor.open(second)).trouble).toBe('PRT-1001')
    const late = await ready(visitor, { prompt: 'login' })
    world.at.clock.advance(31_000)
    expect([(await visitor.open(late)).trouble, await because()]).toEqual(['PRT-2302', 'code-refused'])
  })

  test('brought twenty times at once lets in once and asks the service once', async () => {
    const visitor = world.at.visitor()
    const back = await ready(visitor)
    const before = world.thaid.asked()
    const pages = await Promise.all(Array.from({ length: 20 }, () => visitor.open(back)))
    const codes = pages.filter((page) => page.headers.get('location')?.includes('code='))
    expect([codes.length, world.thaid.asked() - before]).toEqual([1, 1])
  })

  test('with a state that we never made leads nowhere', async () => {
    const visitor = world.at.visitor()
    for (const state of ['', 'x', `${'a'.repeat(21)}.${'b'.repeat(43)}`, '../../x.y', `a.${'b'.repeat(43)}/../`]) {
      const page = await visitor.open(
        `${world.at.issuer}/return/thaid?${new URLSearchParams({ code: 'x', state }).toString()}`,
      )
      expect([state, page.status, page.trouble]).toEqual([state, 400, 'PRT-1001'])
    }
    const other = await visitor.open(`${world.at.issuer}/return/totp?code=x&state=y`)
    expect([other.status, other.trouble]).toEqual([404, 'PRT-1003'])
  })
})

describe('the service', () => {
  test('that does not answer is left alone for a while, and then asked again by itself', async () => {
    world.thaid.order('status-500')
    for (let tries = 0; tries < 5; tries++) await go('status-500')
    const visitor = world.at.visitor()
    const page = await visitor.open(ask().url)
    expect(page.html).toMatch(/id="method-thaid"[^>]* disabled/)
    expect(page.html).toContain('Not available just now')
    const forced = await visitor.submit(page, { method: 'thaid' })
    expect([forced.status, forced.trouble]).toEqual([503, 'PRT-1106'])
    world.thaid.order(undefined)
    world.at.clock.advance(11_000)
    expect(callback(await go()).code).toBeDefined()
  })

  test('switched off by an operator while the app is open lets nobody in any more', async () => {
    const visitor = world.at.visitor()
    const back = await world.answer(await world.leave(visitor, ask()))
    const { db, switches } = world.at.service.parts
    const by = { actor: { kind: 'operator', name: 'test' }, why: 'test' } as const
    await switches.switchOff(db, { method: 'thaid' }, by)
    await switches.refresh()
    const asked = world.thaid.asked()
    const page = await visitor.open(back)
    expect([page.status, page.trouble, world.thaid.asked()]).toEqual([403, 'PRT-1104', asked])
    await switches.switchOn(db, { method: 'thaid' }, by)
    await switches.refresh()
  })
})

test('the help desk is told in a sentence what was wrong with the service’s answer, and nobody’s number', async () => {
  const page = await go('of-yesterday')
  const request = /class="id">([\w-]+)</.exec(page.html)![1]!
  const { auditReading, db } = world.at.service.parts
  const entries = await auditReading.read(db, { kind: 'operator', name: 'test' }, { request, persons: true })
  const told = tell(entries, undefined).join('\n')
  expect(told).toContain('PRT-2305')
  expect(told).toContain('not-new: the ID token was made before our question.')
  expect(told).not.toContain('person code that was typed')
})
