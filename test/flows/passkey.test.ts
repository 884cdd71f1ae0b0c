import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { OperatorActor } from '../../src/operators/requests.ts'
import { transaction } from '../../src/platform/db.ts'
import { type SoftKey, softAuthenticator } from '../support/passkeys.ts'
import {
  type Citizen,
  callback,
  claimsOf,
  type Request,
  redeem,
  refresh,
  request,
  startService,
  type TestService,
} from '../support/service.ts'
import type { Page, Visitor } from '../support/visitor.ts'

// A passkey over HTTP, made at a desk and used at the door, by an authenticator in software; what others try with it.

const ANNA: OperatorActor = { kind: 'operator', name: 'anna' }
const BOB: OperatorActor = { kind: 'operator', name: 'bob' }

let at: TestService
beforeAll(async () => {
  at = await startService({ settings: { PRATU_PASSKEYS: 'on' } })
})
afterAll(() => at.close())

/** What the page asks the browser. */
function optionsIn({ html }: Page): { challenge: string; user: { id: string } } {
  const found = /data-options="([^"]*)"/.exec(html)?.[1]
  if (found === undefined) throw new Error(`nothing is asked: ${html.slice(0, 2_000)}`)
  return JSON.parse(found.replaceAll('&quot;', '"'))
}

async function ask({ key }: Citizen): Promise<{ path: string; id: string; code: string }> {
  const { db, requests } = at.service.parts
  const wish = { kind: 'desk-passkey', person: key, reason: 'passport seen', by: ANNA } as const
  const { request: asked, code = '' } = await requests.ask(db, wish)
  return { path: `/desk/${asked.id}`, id: asked.id, code }
}

async function openDesk(citizen: Citizen, visitor = at.visitor()): Promise<{ page: Page; visitor: Visitor }> {
  const { path, id, code } = await ask(citizen)
  await at.service.parts.requests.approve(at.service.parts.db, id, BOB)
  return { page: await visitor.post(path, { code }), visitor }
}

const device = () => softAuthenticator({ origin: at.issuer, counts: true })

async function makeKey(citizen: Citizen): Promise<SoftKey> {
  const { page, visitor } = await openDesk(citizen)
  const key = device().make(optionsIn(page))
  const done = await visitor.submit(page, { answer: key.made, name: 'blue' })
  if (done.status !== 200 || done.form) throw new Error(`no key: ${done.trouble}`)
  return key
}

/** At the passkey's page, as the agency sent them. */
async function begun(visitor: Visitor, more: Record<string, string> = {}): Promise<{ asked: Request; page: Page }> {
  const asked = request(at.issuer, 'social', { scope: 'openid offline_access', prompt: 'consent', ...more })
  const choose = await visitor.open(asked.url)
  return { asked, page: await visitor.post(choose.form!.action, { method: 'passkey' }) }
}

describe('at the door', () => {
  let citizen: Citizen
  let key: SoftKey
  beforeAll(async () => {
    citizen = at.citizens[0]!
    key = await makeKey(citizen)
  })

  test('it signs its owner in at high', async () => {
    const visitor = at.visitor()
    const { asked, page } = await begun(visitor, { acr_values: 'high' })
    const back = await visitor.submit(page, { answer: key.answer(optionsIn(page)) })
    const tokens = await redeem(at.issuer, 'social', callback(back).code!, asked.verifier)
    expect(claimsOf(tokens.id_token)).toMatchObject({ acr: 'high', amr: ['hwk', 'user', 'mfa', 'passkey'] })
  })

  test('fifty answers at once to one question let in once', async () => {
    const visitor = at.visitor()
    const { page } = await begun(visitor)
    const answer = key.answer(optionsIn(page))
    const all = await Promise.all(Array.from({ length: 50 }, () => visitor.submit(page, { answer })))
    const codes = all.filter((back) => /[?&]code=/.test(back.headers.get('location') ?? ''))
    expect(codes).toHaveLength(1)
  })

  test('an answer to one sign-in is worth nothing in another, nor in another browser', async () => {
    const [mine, theirs] = [at.visitor(), at.visitor()]
    const [own, other] = [await begun(mine), await begun(theirs)]
    const answer = key.answer(optionsIn(own.page))
    expect((await theirs.submit(other.page, { answer })).trouble).toBe('PRT-2103')
    // The victim's answer, sent to the victim's own sign-in from the attacker's browser.
    expect((await theirs.submit(own.page, { answer })).trouble).toBe('PRT-1002')
    expect(callback(await mine.submit(own.page, { answer })).code).toBeDefined()
  })

  test('a copy whose count falls back is refused, and on record with its owner and the reason', async () => {
    const visitor = at.visitor()
    const { page } = await begun(visitor)
    const refused = await visitor.submit(page, { answer: key.answer(optionsIn(page), { counter: 1 }) })
    expect([refused.status, refused.trouble]).toEqual([403, 'PRT-2106'])
    const { db, auditReading } = at.service.parts
    const entries = await auditReading.read(db, BOB, { person: citizen.key, limit: 1, persons: true })
    expect(entries).toMatchObject([{ type: 'sign-in.refused', detail: { code: 'PRT-2106', because: 'counted-back' } }])
    // The same page asks anew, and the owner's own key still answers.
    expect(callback(await visitor.submit(refused, { answer: key.answer(optionsIn(refused)) })).code).toBeDefined()
  })

  test('no answer, a giant one and half a one are told apart', async () => {
    const visitor = at.visitor()
    const { page } = await begun(visitor)
    expect((await visitor.submit(page, {})).trouble).toBe('PRT-2104')
    expect((await visitor.submit(page, { answer: 'x'.repeat(4_001) })).trouble).toBe('PRT-1004')
    const half = await visitor.submit(page, { answer: '{"id":"' })
    expect([half.status, half.trouble]).toEqual([403, 'PRT-2102'])
  })
})

describe('at a desk', () => {
  test('the address opens nothing by itself, and every browser but one sees the question for a code', async () => {
    const { page, visitor } = await openDesk(at.citizens[1]!)
    expect(page.html).toContain('สมชาย')
    expect(page.html).not.toContain(at.citizens[1]!.code)
    for (const url of [page.url, `${at.issuer}/desk/999999`, `${at.issuer}/desk/abc`]) {
      const other = await at.visitor().open(url)
      expect([other.status, other.html.includes('data-options')]).toEqual([200, false])
      expect(other.html).toContain('name="code"')
    }
    const attributes = /__Secure-pratu_desk=[\w-]{43}; path=\/desk\/\d+;.*samesite=strict;.*secure;.*httponly/i
    expect(visitor.setCookies.join()).toMatch(attributes)
    // A second desk in the same browser leaves the first one open.
    await openDesk(at.citizens[2]!, visitor)
    expect((await visitor.open(page.url)).html).toContain('สมชาย')
    expect((await at.visitor().post(`${page.url}/key`, { answer: 'x', name: 'x' })).trouble).toBe('PRT-2203')
    // Loaded anew it is the same desk, with another question.
    expect(optionsIn(await visitor.open(page.url)).challenge).not.toBe(optionsIn(page).challenge)
  })

  test('a form from another site is refused', async () => {
    const { path, code } = await ask(at.citizens[1]!)
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }
    expect((await at.visitor().post(path, { code }, elsewhere)).trouble).toBe('PRT-1009')
    const { page, visitor } = await openDesk(at.citizens[1]!)
    expect((await visitor.post(`${page.url}/key`, { answer: 'x' }, elsewhere)).trouble).toBe('PRT-1009')
  })

  test('a code opens nothing before it was allowed, and five wrong ones make everybody wait', async () => {
    const { path, id, code } = await ask(at.citizens[1]!)
    const { db, requests } = at.service.parts
    const troubles: (string | undefined)[] = []
    let last: Page | undefined
    for (let n = 0; n < 7; n++) {
      last = await at.visitor().post(path, { code })
      troubles.push(last.trouble)
    }
    expect(troubles).toEqual([...Array.from({ length: 5 }, () => 'PRT-2201'), 'PRT-2202', 'PRT-2202'])
    expect(Number(last!.headers.get('retry-after'))).toBeGreaterThan(20)
    await requests.approve(db, id, BOB)
    expect((await at.visitor().post(path, { code })).trouble).toBe('PRT-2202')
    at.clock.advance(31_000)
    expect((await at.visitor().post(path, { code })).html).toContain('data-options')
  })
})

test('a recovery ends what was open: the session, its tokens, its keys', async () => {
  const citizen = at.citizens[2]!
  const key = await makeKey(citizen)
  const visitor = at.visitor()
  const { asked, page } = await begun(visitor)
  const back = await visitor.submit(page, { answer: key.answer(optionsIn(page)) })
  const tokens = await redeem(at.issuer, 'social', callback(back).code!, asked.verifier)
  expect(callback(await visitor.open(request(at.issuer, 'tax').url)).code).toBeDefined()

  at.clock.advance(2_000)
  const { db, requests, recovery } = at.service.parts
  const wish = { kind: 'recovery', person: citizen.key, reason: 'lost everything', by: ANNA } as const
  const { request: wanted } = await requests.ask(db, wish)
  const decided = await requests.approve(db, wanted.id, BOB)
  if (!decided.ok) throw new Error(decided.because)
  await transaction(db, (tx) => recovery.carryOut(tx, decided.request, BOB))

  expect((await visitor.open(request(at.issuer, 'tax').url)).form).toBeDefined()
  expect(await refresh(at.issuer, 'social', tokens.refresh_token!)).toMatchObject({ error: 'invalid_grant' })
  const again = at.visitor()
  const anew = await begun(again)
  expect((await again.submit(anew.page, { answer: key.answer(optionsIn(anew.page)) })).trouble).toBe('PRT-2101')
  const totp = await again.open(new URL(anew.page.url).pathname.replace(/passkey$/, 'totp'))
  at.clock.advance(30_000)
  const fields = { scheme: citizen.scheme, person_code: citizen.code, code: citizen.oneTimeCode() }
  expect((await again.submit(totp, fields)).trouble).toBe('PRT-1201')
})

test('where passkeys are off there is neither a door nor a desk', async () => {
  const off = await startService()
  const visitor = off.visitor()
  // The one way that there is, asked for at once.
  const first = await visitor.open(request(off.issuer, 'tax').url)
  expect(first.html).toContain('name="person_code"')
  expect((await visitor.open(`${off.issuer}/desk/1`)).trouble).toBe('PRT-1003')
  await off.close()
})
