import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import {
  type Answer,
  basic,
  redeem as byForm,
  call,
  claimsOf,
  returned,
  SECRET,
  tax,
  userInfo,
  visit,
} from '../support/agencies.ts'
import { openWorld, SOMCHAI, type World } from '../support/engine.ts'

// A code for tokens has a short way of ours and the library's long one. A request from a registered page of the agency's goes
// the long way, and its answer says so by naming that page; so both can be asked the same.

const ORIGIN = 'https://app.tax.example'
const FORM = {
  grant_type: 'authorization_code',
  redirect_uri: 'https://tax.example/callback',
  code_verifier: 'the-verifier-that-stays-with-the-agency-0123456789',
}
const metadata = { web_origins: [ORIGIN] }

let world: World
beforeEach(async () => {
  world = await openWorld()
  const social = world.clients.get('social')!
  world.clients.set('tax', tax(metadata))
  world.clients.set('social', { ...social, metadata: { ...social.metadata, ...metadata } })
  world.release = { name: 'สมชาย ใจดี', birthdate: '1980-02-03' }
})
afterEach(() => world.close())

const newCode = async (parameters: Record<string, string> = {}) =>
  returned(await visit(world, world.visitor(), 'tax', { parameters })).get('code')!

type Fields = Record<string, string>
const ask = (code: string, more: Fields = {}, headers: Fields = {}): Promise<Answer> =>
  call(world, '/token', { ...FORM, code, ...more }, { ...basic('tax'), ...headers })

/** A code each, and what each left in the store and on record. */
async function bothWays(parameters: Fields = {}, more: Fields = {}, before?: (code: string) => Promise<unknown>) {
  const [short, long] = [await one({}), await one({ origin: ORIGIN })]
  return { short, long }
  async function one(headers: Fields) {
    world.barred.clear()
    if (before) world.clients.set('tax', tax(metadata))
    const code = await newCode(parameters)
    await before?.(code)
    const from = world.entries.length
    const answer = await ask(code, more, headers)
    const kept = await world.artifacts.get('access-token', String(answer.body.access_token))
    return { answer, entries: world.entries.slice(from), kept: kept?.value as Record<string, Json> | undefined, code }
  }
}
const tookShortWay = ({ headers }: Answer) => !headers.has('access-control-allow-origin')
const header = (jwt: unknown) => JSON.parse(Buffer.from(String(jwt).split('.')[0]!, 'base64url').toString()) as unknown

describe('a code for tokens the short way', () => {
  test.each<[string, Fields, Record<string, Json>]>([
    ['a usual request', { scope: 'openid profile' }, {}],
    ['a scope that nobody knows', { scope: 'openid nothing' }, {}],
    [
      'a client that wants to hear of a sign-out',
      {},
      { backchannel_logout_uri: 'https://tax.example/out', backchannel_logout_session_required: true },
    ],
    ['an agency with another algorithm than the ring has', {}, { id_token_signed_response_alg: 'PS256' }],
  ])('answers, keeps and records as the long way does: %s', async (_what, parameters, registered) => {
    world.clients.set('tax', tax({ ...metadata, ...registered }))
    const { short, long } = await bothWays(parameters)
    expect([short.answer.status, long.answer.status]).toEqual([200, 200])
    expect([tookShortWay(short.answer), tookShortWay(long.answer)]).toEqual([true, false])
    const told = [short, long].map(({ answer: { body } }) => ({ ...body, access_token: '', id_token: '' }))
    expect(told[0]).toEqual(told[1])
    expect(Object.keys(short.answer.body)).toEqual(Object.keys(long.answer.body))
    const [mine, other] = [short, long].map(({ answer: { body } }) => claimsOf(String(body.id_token)))
    expect(Object.keys(mine!)).toEqual(Object.keys(other!))
    const same = (claims: Record<string, unknown> | undefined) => ({ ...claims, sid: undefined })
    expect(same(mine)).toEqual(same(other))
    expect(header(short.answer.body.id_token)).toEqual(header(long.answer.body.id_token))
    expect(short.entries).toEqual(long.entries)
    const plain = (kept: Record<string, Json> | undefined) => {
      const ids = ['jti', 'grantId', 'sessionUid', 'sid'].map((name) => [name, typeof kept?.[name]])
      return { ...kept, ...Object.fromEntries(ids) }
    }
    expect(plain(short.kept)).toEqual(plain(long.kept))
    for (const name of ['content-type', 'cache-control', 'vary'])
      expect(short.answer.headers.get(name)).toBe(long.answer.headers.get(name))
    expect(String(short.answer.body.access_token)).toMatch(/^[\w-]{43}$/)
    expect((await userInfo(world, String(short.answer.body.access_token))).status).toBe(200)
  })

  test('asks for all that a code made here stands on at once, and for what its token stands on, too', async () => {
    const asked = async (work: () => Promise<Answer>) => {
      const from = world.calls.length
      let together: readonly string[] = []
      // While the first question of the store is still open.
      world.before.set('get', async () => {
        await Promise.resolve()
        together = world.calls.slice(from)
      })
      const answer = await work()
      expect(answer.status).toBe(200)
      return { together, answer }
    }
    const code = await newCode({ scope: 'openid profile' })
    const tokens = await asked(() => ask(code))
    expect(tokens.together).toEqual(['get code', 'get grant', 'findSessionByUid'])
    const told = await asked(() => userInfo(world, String(tokens.answer.body.access_token)))
    expect(told.together).toEqual(['get access-token', 'get grant', 'findSessionByUid'])
  })

  const refused: [string, Fields, Fields][] = [
    ['another verifier', { code_verifier: `${FORM.code_verifier}x` }, {}],
    ['a short verifier', { code_verifier: 'short' }, {}],
    ['no verifier', { code_verifier: '' }, {}],
    ['another address', { redirect_uri: 'https://tax.example/other' }, {}],
    ['another grant type', { grant_type: 'implicit' }, {}],
    ['a code of nobody', { code: 'x'.repeat(43) }, {}],
    ['another client’s name', { client_id: 'social' }, {}],
    ['a wrong secret', {}, basic('tax', `${SECRET}x`)],
    ['the hash of the secret', {}, basic('tax', tax().secretHash)],
    ['no secret', {}, { authorization: 'Basic dGF4Og==' }],
    ['another scheme', {}, { authorization: 'Bearer dGF4Og==' }],
    ['an agency that has a key', {}, basic('social')],
  ]
  test.each(refused)('refuses as the long way does: %s', async (_what, fields, headers) => {
    const [one, other] = [await newCode(), await newCode()]
    const from = world.entries.length
    const short = await ask(one, fields, headers)
    const between = world.entries.length
    const long = await ask(other, fields, { ...headers, origin: ORIGIN })
    expect(short.status).toBeGreaterThanOrEqual(400)
    expect(short.status).toBe(long.status)
    expect(short.body).toEqual(long.body)
    expect(world.entries.slice(from, between)).toEqual(world.entries.slice(between))
    expect(short.headers.get('www-authenticate')).toBe(long.headers.get('www-authenticate'))
    // And the code is as good as before.
    expect((await ask(one)).status).toBe(200)
  })

  type End = (code: string) => Promise<unknown>
  const ends: [string, End][] = [
    ['a code that is over', async () => world.clock.advance(61_000)],
    ['a person who may not sign in any more', async () => void world.barred.add(SOMCHAI)],
    ['a client that was switched off', async () => void world.clients.set('tax', { ...tax(metadata), disabled: true })],
    ['a grant that was taken away', async (code) => world.artifacts.remove('grant', (await record(code)).grantId)],
    [
      'a session that was signed out',
      async (code) => world.artifacts.endSession((await record(code)).sessionUid, 1000),
    ],
    ['a code that was used', (code) => ask(code)],
  ]
  test.each(ends)('refuses as the long way does: %s', async (_what, end) => {
    const { short, long } = await bothWays({}, {}, async (code) => {
      await end(code)
    })
    expect(short.answer.status).toBeGreaterThanOrEqual(400)
    expect(short.answer.status).toBe(long.answer.status)
    expect(short.answer.body).toEqual(long.answer.body)
  })

  test('lets one of two that come at once have tokens, and ends what it gave', async () => {
    const code = await newCode()
    const answers = await Promise.all([ask(code), ask(code), ask(code)])
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 400, 400])
    const given = answers.find(({ status }) => status === 200)!
    expect((await userInfo(world, String(given.body.access_token))).status).toBe(401)
  })

  test('leaves the code as it was where nothing can be signed', async () => {
    const code = await newCode()
    world.keys.healthy = false
    expect((await ask(code)).status).toBe(503)
    world.keys.healthy = true
    expect((await ask(code)).status).toBe(200)
  })

  test('gives nothing that is not on record', async () => {
    const code = await newCode()
    world.auditBroken = true
    const { status, body } = await ask(code)
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toMatch(/token/)
  })

  test('leaves to the long way what is more than usual', async () => {
    const claims = JSON.stringify({ id_token: { name: null } })
    const byClaims = await ask(await newCode({ claims }))
    expect(claimsOf(String(byClaims.body.id_token))).toHaveProperty('name')
    expect(tookShortWay(byClaims)).toBe(false)
    world.clients.set('tax', tax({ grant_types: ['authorization_code', 'refresh_token'] }))
    const refreshing = await ask(await newCode())
    expect(refreshing.body).toHaveProperty('refresh_token')
    expect(tookShortWay(refreshing)).toBe(false)
    expect((await byForm(world, 'tax', await newCode(), { code_verifier: '' })).body.error).toBe('invalid_grant')
  })

  test('reads a body that begins with a question mark as the library does: its first field has another name', async () => {
    const form = new URLSearchParams({ ...FORM, code: await newCode() }).toString()
    const headers = { ...basic('tax'), 'content-type': 'application/x-www-form-urlencoded' }
    const tell = async (body: string) => {
      const answer = await fetch(new URL('/token', world.url), { method: 'POST', headers, body })
      return { status: answer.status, ...((await answer.json()) as object) }
    }
    expect(await tell(`?${form}`)).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(await tell('')).toMatchObject({ status: 400, error: 'invalid_request' })
    expect(await tell(form)).toMatchObject({ status: 200 })
  })

  test.each([
    ['what nobody asked for', 'x'],
    ['a long body', 'x'.repeat(20_000)],
  ])('leaves %s to the long way', async (_what, padding) => {
    const answer = await ask(await newCode(), { padding })
    expect(answer.status).toBe(200)
    expect(tookShortWay(answer)).toBe(false)
    expect((await ask(await newCode(), { resource: 'https://api.example' })).body.error).toBe('invalid_target')
  })
})

interface Kept {
  readonly grantId: string
  readonly sessionUid: string
}
const record = async (code: string) => (await world.artifacts.get('code', code))!.value as unknown as Kept
