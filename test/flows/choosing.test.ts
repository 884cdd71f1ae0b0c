import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { clientId } from '../../src/identity/identifiers.ts'
import { cardOrigin } from '../../src/oidc/localhost.ts'
import { type CardService, startCardService } from '../support/card-service.ts'
import { enterParty } from '../support/enter-party.ts'
import { callback, request } from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// Which ways a person is offered, in what order and why not the others; from each to the next and back. Two ways: a card
// (high) and a one-time code.

let world: CardService
beforeAll(async () => {
  world = await startCardService()
  await enterParty(world.at, 'codes', narrowed('codes', 'totp'))
  await enterParty(world.at, 'cards', narrowed('cards', 'smart-card'))
}, 30_000)
afterAll(() => world.close())

/** An agency whose agreement takes one way only. */
const narrowed = (id: string, method: string) => ({
  redirect_uris: [`http://localhost:9/${id}/callback`],
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: `${id}-secret-of-at-least-forty-three-characters-0000`,
  agreement: {
    purpose: { th: id, en: id, et: id },
    officer: `officer@${id}.example`,
    valid_from: '2020-01-01',
    valid_to: '2090-01-01',
    methods: [method],
    claims: [{ names: ['name'], ground: 'law', reference: { th: id, en: id, et: id } }],
  },
})

interface Story {
  readonly visitor: Visitor
  readonly page: Page
  /** `/login/<uid>` */
  readonly path: string
}

async function begin(agency = 'tax', more: Record<string, string> = {}): Promise<Story> {
  const visitor = world.at.visitor()
  // One after another: a source that begins much at once is the first to be turned away by a busy node.
  world.at.clock.advance(1_000)
  const page = await visitor.open(request(world.at.issuer, agency, { scope: 'openid', ...more }).url)
  return { visitor, page, path: /\/login\/[\w-]+/.exec(page.form?.action ?? '')?.[0] ?? '' }
}

/** `smart-card`, or `totp off: …` with the reason. */
const offers = (page: Page): string[] =>
  [...page.html.matchAll(/<button[^>]*value="([\w-]+)"( disabled)?>[\s\S]*?<small>([^<]*)</g)].map(
    ([, id, off, small]) => (off ? `${id} off: ${small}` : id!),
  )
const choose = ({ visitor, page }: Story, method: string) => visitor.submit(page, { method })
const nonceOf = (page: Page): string => /data-nonce="([^"]+)"/.exec(page.html)![1]!
const isCard = (page: Page): boolean => page.html.includes('id="card"')
const isCode = (page: Page): boolean => page.html.includes('name="code"')
const others = (page: Page): string | undefined => /id="others" href="([^"]+)"/.exec(page.html)?.[1]
const tokenFor = (page: Page) =>
  JSON.stringify(world.ca.card().token({ origin: cardOrigin(world.at.issuer), nonce: nonceOf(page) }))

describe('who is asked which way to go', () => {
  test('is shown both, the surer one first', async () => {
    const { page } = await begin()
    expect(offers(page)).toEqual(['smart-card', 'totp'])
  })

  test('is told why a one-time code won’t do where the agency asks for more', async () => {
    const story = await begin('tax', { acr_values: 'high' })
    expect(offers(story.page)).toEqual(['smart-card', 'totp off: This service asks for a surer way'])
    const forced = await choose(story, 'totp')
    expect([forced.status, forced.trouble]).toEqual([403, 'PRT-1103'])
    const address = await story.visitor.open(`${world.at.issuer}${story.path}/totp`)
    expect([address.status, offers(address)]).toEqual([200, offers(story.page)])
  })

  test('is not asked at all where the agency takes one way only', async () => {
    const codes = await begin('codes')
    expect(isCode(codes.page)).toBe(true)
    const cards = await begin('cards')
    expect(isCard(cards.page)).toBe(true)
    for (const { page } of [codes, cards]) expect(others(page)).toBeUndefined()
    // What is not offered can't be had by asking for it.
    const forced = await cards.visitor.post(`${world.at.issuer}${cards.path}`, { method: 'totp' })
    expect([forced.status, forced.trouble]).toEqual([403, 'PRT-1104'])
    const address = await cards.visitor.open(`${world.at.issuer}${cards.path}/totp`)
    expect(isCard(address)).toBe(true)
  })

  test('is told at once where nothing that the agency takes is sure enough', async () => {
    const { page } = await begin('codes', { acr_values: 'high' })
    // The engine tells the agency itself.
    expect(callback(page).error).toBe('unmet_authentication_requirements')
  })

  test('by a name that is none gets no further', async () => {
    for (const method of ['', 'passkey', 'smart-card/../totp', '__proto__']) {
      const answer = await choose(await begin(), method)
      expect([answer.status, answer.trouble]).toEqual([400, 'PRT-1004'])
    }
  })

  test('may cancel there and at each step, and comes back to the agency', async () => {
    for (const method of [undefined, 'smart-card', 'totp']) {
      const story = await begin()
      const page = method ? await choose(story, method) : story.page
      expect(callback(await story.visitor.submit(page, { cancel: '1' })).error).toBe('access_denied')
    }
  })
})

describe('an agency that names the ways that will do', () => {
  const way = (...ids: string[]) => ({ acr_values: ids.map((id) => `urn:pratu:method:${id}`).join(' ') })

  test('in its request has those shown and no others, whatever is forced', async () => {
    const codes = await begin('tax', way('totp', 'passkey'))
    expect(isCode(codes.page)).toBe(true)
    const forced = await codes.visitor.post(`${world.at.issuer}${codes.path}`, { method: 'smart-card' })
    expect([forced.status, forced.trouble]).toEqual([403, 'PRT-1104'])
    expect(offers((await begin('tax', way('totp', 'smart-card'))).page)).toEqual(['smart-card', 'totp'])
  })

  test('and none that is open to it, or none that is sure enough, is told so before anybody is asked', async () => {
    for (const [agency, asked] of [
      ['tax', way('passkey')],
      ['tax', way('telepathy')],
      ['codes', way('smart-card')],
      ['tax', { acr_values: 'high urn:pratu:method:totp' }],
    ] as const)
      expect([agency, callback((await begin(agency, asked)).page).error]).toEqual([
        agency,
        'unmet_authentication_requirements',
      ])
  })

  test('finds them in discovery', async () => {
    const discovery = await fetch(`${world.at.issuer}/.well-known/openid-configuration`)
    const { acr_values_supported: values } = (await discovery.json()) as { acr_values_supported: string[] }
    expect(values).toEqual(['low', 'substantial', 'high', 'urn:pratu:method:smart-card', 'urn:pratu:method:totp'])
  })

  test('by its request or its agreement gets nobody who signed in by another, as by one of them it does', async () => {
    const story = await begin()
    const code = await choose(story, 'totp')
    const person = world.at.citizens[0]!
    world.at.clock.advance(30_000)
    const typed = { scheme: person.scheme, person_code: person.code, code: person.oneTimeCode() }
    expect(callback(await story.visitor.submit(code, typed)).code).toBeDefined()
    const { issuer } = world.at
    const open = (agency: string, more: Record<string, string>) =>
      story.visitor.open(request(issuer, agency, { scope: 'openid', ...more }).url)
    expect(callback(await open('codes', { prompt: 'none' })).code).toBeDefined()
    expect(callback(await open('tax', { prompt: 'none', ...way('totp') })).code).toBeDefined()
    expect(callback(await open('cards', { prompt: 'none' })).error).toBe('login_required')
    expect(callback(await open('tax', { prompt: 'none', ...way('smart-card') })).error).toBe('login_required')
    expect(isCard(await open('cards', {}))).toBe(true)
  })
})

describe('the way that was taken last', () => {
  test('comes first the next time, marked, and the browser keeps its name and nothing else', async () => {
    const story = await begin()
    const code = await choose(story, 'totp')
    const person = world.at.citizens[1]!
    world.at.clock.advance(30_000)
    await story.visitor.submit(code, {
      scheme: person.scheme,
      person_code: person.code,
      code: person.oneTimeCode(),
    })
    const set = story.visitor.setCookies.find((line) => line.startsWith('__Host-pratu_method='))
    expect(set).toMatch(
      /^__Host-pratu_method=totp; path=\/; expires=\w{3}, \d\d \w{3} 2027 [^;]+; samesite=lax; secure; httponly$/,
    )
    const next = await story.visitor.open(request(world.at.issuer, 'tax', { prompt: 'login' }).url)
    expect(offers(next)).toEqual(['totp', 'smart-card'])
    expect(next.html).toMatch(
      /value="totp">[\s\S]*?<span class="last">Used last time<\/span>[\s\S]*?value="smart-card"/,
    )
    // What will not do is not first, however often it was taken.
    const surer = await story.visitor.open(request(world.at.issuer, 'tax', { acr_values: 'high' }).url)
    expect(offers(surer)[0]).toBe('smart-card')
    expect(surer.html).not.toContain('class="last"')
  })

  test('is nothing when the cookie holds anything else', async () => {
    const { visitor, page } = await begin()
    for (const value of ['__proto__', 'TOTP', '%00', 'a'.repeat(3_000)]) {
      visitor.adopt([{ name: '__Host-pratu_method', value, path: '/', attributes: '' }])
      expect(offers(await visitor.open(request(world.at.issuer, 'tax', {}).url))).toEqual(offers(page))
    }
  })
})

describe('a way that an operator switches off', () => {
  const reason = { th: 'ปิดซ่อมถึงเที่ยง', en: 'Under repair until noon', et: 'Remondis keskpäevani' }
  const by = { actor: { kind: 'operator', name: 'test' }, why: 'a flaw' } as const
  async function off(wish: { client?: ReturnType<typeof clientId>; reason?: typeof reason } = {}) {
    const { db, switches } = world.at.service.parts
    await switches.switchOff(db, { method: 'totp', ...wish }, by)
    await switches.refresh()
    return async () => {
      await switches.switchOn(db, { method: 'totp', ...(wish.client && { client: wish.client }) }, by)
      await switches.refresh()
    }
  }

  test('is greyed with the operator’s words in each language, or the usual ones, and can’t be forced', async () => {
    for (const [language, text] of Object.entries(reason)) {
      const on = await off({ reason })
      expect(offers((await begin('tax', { ui_locales: language })).page)).toEqual(['smart-card', `totp off: ${text}`])
      await on()
    }
    const on = await off()
    const story = await begin()
    expect(offers(story.page)).toEqual(['smart-card', 'totp off: Switched off at the moment'])
    const forced = await choose(story, 'totp')
    expect([forced.status, forced.trouble]).toEqual([403, 'PRT-1104'])
    await on()
  })

  test('turns back whoever stands before its form already, with a way on', async () => {
    const story = await begin()
    const code = await choose(story, 'totp')
    const on = await off({ reason })
    const person = world.at.citizens[0]!
    world.at.clock.advance(30_000)
    const typed = { scheme: person.scheme, person_code: person.code, code: person.oneTimeCode() }
    const refused = await story.visitor.submit(code, typed)
    expect([refused.status, refused.trouble]).toEqual([403, 'PRT-1104'])
    expect(refused.html).toContain(`<p class="reason">${reason.en}</p>`)
    expect(refused.html).toContain(`href="${story.path}"`)
    await on()
    // Nothing was tried: the same code still lets in.
    expect(callback(await story.visitor.submit(code, typed)).code).toBeDefined()
  })

  test('where it is the only one says so at once, and at one agency leaves the others alone', async () => {
    const on = await off({ client: clientId('codes'), reason })
    const only = await begin('codes')
    expect([only.page.status, only.page.trouble]).toEqual([403, 'PRT-1104'])
    expect(only.page.html).toContain(reason.en)
    expect(offers((await begin()).page)).toEqual(['smart-card', 'totp'])
    await on()
    expect(isCode((await begin('codes')).page)).toBe(true)
  })
})

describe('a way that was chosen', () => {
  test('has an address of its own: loaded anew or in another language it keeps the place', async () => {
    const story = await begin()
    for (const [method, is, language] of [
      ['smart-card', isCard, 'et'],
      ['totp', isCode, 'th'],
    ] as const) {
      const page = await choose(story, method)
      expect(is(page)).toBe(true)
      expect(page.url).toMatch(new RegExp(`${story.path}/${method}$`))
      const other = new RegExp(`href="([^"]*\\?ui_locales=${language})"`).exec(page.html)![1]!
      const again = await story.visitor.open(new URL(other, page.url).href)
      expect(is(again)).toBe(true)
      expect(again.html).toContain(`<html lang="${language}">`)
    }
  })

  test('leads back to the choice, and from there to the other', async () => {
    const story = await begin()
    const card = await choose(story, 'smart-card')
    const back = await story.visitor.open(new URL(others(card)!, card.url).href)
    expect(offers(back)).toEqual(['smart-card', 'totp'])
    const code = await story.visitor.submit(back, { method: 'totp' })
    expect(isCode(code)).toBe(true)
    expect(others(code)).toBe(story.path)
    const person = world.at.citizens[0]!
    const end = await story.visitor.submit(code, {
      scheme: person.scheme,
      person_code: person.code,
      code: person.oneTimeCode(),
    })
    expect(callback(end).code).toBeDefined()
  })

  test('has whom the agency named filled in, the choice between notwithstanding', async () => {
    const page = await choose(await begin('tax', { login_hint: '1 9999 00001 01 0' }), 'totp')
    expect(page.html).toContain('value="1 9999 00001 01 0"')
  })
})

describe('the card’s form', () => {
  test('gets a fresh nonce with every page', async () => {
    const story = await begin()
    const first = await choose(story, 'smart-card')
    const second = await story.visitor.open(first.url)
    expect(Buffer.from(nonceOf(first), 'base64')).toHaveLength(32)
    expect(nonceOf(second)).not.toBe(nonceOf(first))
  })

  test('that comes after five minutes is asked again in its place, and the next answer lets in', async () => {
    const story = await begin()
    const page = await choose(story, 'smart-card')
    const late = tokenFor(page)
    world.at.clock.advance(5 * 60_000 + 1)
    const again = await story.visitor.submit(page, { token: late })
    expect([again.status, again.trouble]).toEqual([422, 'PRT-1605'])
    expect(isCard(again)).toBe(true)
    expect(nonceOf(again)).not.toBe(nonceOf(page))
    expect(callback(await story.visitor.submit(again, { token: tokenFor(again) })).code).toBeDefined()
  })

  test('without an answer of the card says what is missing, in its place', async () => {
    const story = await begin()
    const again = await story.visitor.submit(await choose(story, 'smart-card'), {})
    expect([again.status, again.trouble, isCard(again)]).toEqual([422, 'PRT-1609', true])
  })

  test('takes 10,000 characters to the last, and other forms what people type', async () => {
    const tried = async (method: string, name: string, length: number) => {
      const one = await begin()
      return (await one.visitor.submit(await choose(one, method), { [name]: '"'.repeat(length) })).trouble
    }
    expect(await tried('smart-card', 'token', 10_000)).toBe('PRT-1601')
    expect(await tried('smart-card', 'token', 10_001)).toBe('PRT-1004')
    expect(await tried('smart-card', 'token', 40_000)).toBe('PRT-1007')
    expect(await tried('smart-card', 'other', 1_001)).toBe('PRT-1004')
    expect(await tried('totp', 'token', 1_001)).toBe('PRT-1004')
    expect(await tried('totp', 'token', 8_200)).toBe('PRT-1007')
  })
})

describe('the card’s page', () => {
  test('runs one script, ours, under the policy of every page', async () => {
    const story = await begin()
    const page = await choose(story, 'smart-card')
    const policy = page.headers.get('content-security-policy')!
    const [, nonce, address] = /<script type="module" nonce="([^"]+)" src="([^"]+)">/.exec(page.html)!
    expect(page.html.match(/<script/g)).toHaveLength(1)
    expect(policy).toContain(`script-src 'nonce-${nonce}';`)
    expect(policy.replace(nonce!, '')).toBe(
      story.page.headers.get('content-security-policy')!.replace(/(?<=nonce-)[\w-]+/, ''),
    )
    const script = await fetch(`${world.at.issuer}${address}`)
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('x-content-type-options')).toBe('nosniff')
    expect(script.headers.get('cache-control')).toContain('immutable')
    expect(await script.text()).toContain('web-eid:authenticate')
  })

  test('of trouble has the reason of an emergency block in the person’s language, and leads to the other way', async () => {
    const { parts } = world.at.service
    const reason = { th: 'ชิปรุ่นนี้อ่อนเกินไป', en: 'This chip is too weak', et: 'See kiip on liiga nõrk' }
    const by = { actor: { kind: 'operator', name: 'test' }, why: 'a weak chip' } as const
    const { id } = await parts.cardBlocks.add(parts.db, { issuer: 'test-cards', reason }, by)
    await parts.cardBlocks.refresh()
    try {
      for (const [language, text] of Object.entries(reason)) {
        const story = await begin('tax', { ui_locales: language })
        const page = await choose(story, 'smart-card')
        const refused = await story.visitor.submit(page, { token: tokenFor(page) })
        expect([refused.status, refused.trouble]).toEqual([403, 'PRT-1603'])
        expect(refused.html).toContain(`<p class="reason">${text}</p>`)
        const again = await story.visitor.open(new URL(story.path, refused.url).href)
        expect(offers(again)).toEqual(['smart-card', 'totp'])
      }
    } finally {
      await parts.cardBlocks.lift(parts.db, id, by)
      await parts.cardBlocks.refresh()
    }
  })
})

describe('a card whose issuer does not answer', () => {
  test('is closed for a while with a word about it, and the code is offered first', async () => {
    world.responder.order({ answer: 'status-500' })
    try {
      let closed: Story | undefined
      for (let tries = 0; tries < 12 && !closed; tries++) {
        const story = await begin()
        if (offers(story.page)[0] === 'totp') closed = story
        else {
          const page = await choose(story, 'smart-card')
          const refused = await story.visitor.submit(page, { token: tokenFor(page) })
          expect([refused.status, refused.trouble]).toEqual([503, 'PRT-1604'])
        }
      }
      expect(offers(closed!.page)).toEqual([
        'totp',
        'smart-card off: Not available just now. Try again in a few minutes',
      ])
      const only = await begin('tax', { acr_values: 'high' })
      expect([only.page.status, only.page.trouble]).toEqual([503, 'PRT-1604'])
      expect(isCode(await choose(closed!, 'totp'))).toBe(true)
    } finally {
      world.responder.order(undefined)
    }
    world.at.clock.advance(60_000)
    const { page } = await begin()
    expect(offers(page)).toEqual(['smart-card', 'totp'])
  })
})
