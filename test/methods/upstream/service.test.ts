import { beforeEach, describe, expect, test } from '@jest/globals'
import { holderIn } from '../../../src/methods/upstream/holder.ts'
import { openService } from '../../../src/methods/upstream/service.ts'
import type { Upstream } from '../../../src/methods/upstream/upstream.ts'
import { openBreaker } from '../../../src/platform/breaker.ts'
import { type TestClock, testClock } from '../../support/clock.ts'

// What is asked of an outside service, and how often.

const issuer = 'https://id.example'
const upstream: Upstream = {
  id: 'thaid',
  issuer,
  clientId: 'pratu',
  clientSecret: 'secret',
  auth: 'client_secret_post',
  scope: 'openid pid',
  parameters: {},
  person: { claim: 'pid', scheme: 'TH' },
  level: { claim: 'ial', levels: { '2.3': 'substantial' } },
  names: { given: 'given_name', family: 'family_name' },
  amr: ['mca'],
  nonce: 'always',
  fresh: true,
}

let clock: TestClock
let answers: Record<string, unknown>
let asked: string[]
let bodies: string[]
beforeEach(() => {
  clock = testClock()
  asked = []
  bodies = []
  answers = {
    '/.well-known/openid-configuration': {
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
    },
    '/keys': { keys: [] },
    '/token': { id_token: 'a.b.c' },
  }
})

const open = () =>
  openService({
    upstream,
    clock,
    breaker: openBreaker({ clock }),
    fetch: async (address, init) => {
      const { pathname } = new URL(address)
      asked.push(pathname)
      if (typeof init?.body === 'string') bodies.push(init.body)
      const answer = answers[pathname]
      if (answer === undefined) throw new Error('no answer')
      return typeof answer === 'number' ? new Response('', { status: answer }) : Response.json(answer)
    },
  })
const document = () => answers['/.well-known/openid-configuration'] as Record<string, unknown>

describe('what it publishes', () => {
  test('is asked for once an hour, by many at once too, and its keys every ten minutes', async () => {
    const service = open()
    await Promise.all(Array.from({ length: 50 }, () => service.metadata()))
    await Promise.all(Array.from({ length: 50 }, () => service.keys()))
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    clock.advance(600_000)
    await service.keys()
    clock.advance(3_000_000)
    await service.metadata()
    expect(asked.slice(2)).toEqual(['/keys', '/.well-known/openid-configuration'])
  })

  test('holds for a day while it is away, and no longer', async () => {
    const service = open()
    await service.keys()
    answers = {}
    clock.advance(23 * 3_600_000)
    expect(await service.metadata()).toMatchObject({ ok: true })
    expect(await service.keys()).toEqual({ keys: [] })
    clock.advance(2 * 3_600_000)
    expect(await service.metadata()).toMatchObject({ ok: false })
    expect(await service.keys()).toBeUndefined()
  })

  test('is asked for again for a key that nobody knows, but twice a minute at most', async () => {
    const service = open()
    await service.keys()
    for (let tries = 0; tries < 20; tries++) await service.keys(true)
    expect(asked.filter((path) => path === '/keys')).toHaveLength(1)
    clock.advance(30_000)
    for (let tries = 0; tries < 20; tries++) await service.keys(true)
    expect(asked.filter((path) => path === '/keys')).toHaveLength(2)
  })

  test.each([
    ['another issuer', () => Object.assign(document(), { issuer: 'https://another.example' })],
    ['another issuer by a slash', () => Object.assign(document(), { issuer: `${issuer}/` })],
    ['a token address without TLS', () => Object.assign(document(), { token_endpoint: 'http://id.example/token' })],
    ['an address with a name in it', () => Object.assign(document(), { jwks_uri: 'https://a:b@id.example/keys' })],
    ['no address to go to', () => Object.assign(document(), { authorization_endpoint: undefined })],
    ['a script to go to', () => Object.assign(document(), { authorization_endpoint: 'javascript:alert(1)' })],
  ])('is not used when it names %s', async (_name, spoil) => {
    spoil()
    const service = open()
    expect(await service.metadata()).toEqual({ ok: false, code: 'setup-unknown' })
    expect(await service.redeem({ code: 'c', verifier: 'v', redirect: 'r' })).toEqual({
      ok: false,
      code: 'unreachable',
    })
    expect(bodies).toEqual([])
  })

  test('with more keys than anybody has is not read', async () => {
    answers['/keys'] = { keys: Array.from({ length: 51 }, () => ({})) }
    expect(await open().keys()).toBeUndefined()
  })
})

describe('a code', () => {
  test('goes with the verifier, the address of return, and the client’s own proof', async () => {
    await open().redeem({ code: 'the-code', verifier: 'the-verifier', redirect: 'https://us.example/return/thaid' })
    expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toEqual({
      grant_type: 'authorization_code',
      code: 'the-code',
      redirect_uri: 'https://us.example/return/thaid',
      code_verifier: 'the-verifier',
      client_id: 'pratu',
      client_secret: 'secret',
    })
  })

  test.each([
    [500, 'unavailable'],
    [429, 'unavailable'],
    [302, 'answer-malformed'],
    [401, 'not-admitted'],
    [undefined, 'unreachable'],
  ])('answered by %s is %s', async (status, code) => {
    answers['/token'] = status
    expect(await open().redeem({ code: 'c', verifier: 'v', redirect: 'r' })).toEqual({ ok: false, code })
  })
})

describe('who a believed token is about', () => {
  const about = (claims: object) => holderIn({ pid: '1999900001010', ial: '2.3', ...claims }, upstream)

  test('stands in the claims of the settings, in whatever spelling the code has', () => {
    expect(about({ pid: '1-9999-00001-01-0', ial: 2.3 })).toEqual({
      ok: true,
      code: '1999900001010',
      assurance: 'substantial',
    })
    expect(about({ given_name: 'A', family_name: 'B' })).toMatchObject({ names: { given: 'A', family: 'B' } })
  })

  test('may stand below another claim, and a claim with dots in its name is found first', () => {
    const nested = { ...upstream, person: { claim: 'sub_attributes.identity_number', scheme: 'SG' as const } }
    const claims = { ial: '2.3', sub_attributes: { identity_number: 'S1234567D' } }
    expect(holderIn(claims, nested)).toMatchObject({ ok: true, code: 'S1234567D' })
    expect(holderIn({ ...claims, 'sub_attributes.identity_number': 'S7654321A' }, nested)).not.toMatchObject({
      code: 'S1234567D',
    })
  })

  test.each([
    [{ pid: undefined }, 'no-person'],
    [{ pid: {} }, 'no-person'],
    [{ pid: '' }, 'no-person'],
    [{ pid: '1999900001011' }, 'not-a-code'],
    [{ ial: undefined }, 'level-unknown'],
    [{ ial: '2.30' }, 'level-unknown'],
    [{ ial: '__proto__' }, 'level-unknown'],
    [{ ial: 'constructor' }, 'level-unknown'],
    [{ ial: ['2.3'] }, 'level-unknown'],
  ])('is nobody with %j: %s', (claims, code) => {
    expect(about(claims)).toEqual({ ok: false, code })
  })
})
