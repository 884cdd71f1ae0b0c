import { createHash, generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { SignJWT } from 'jose'
import { pairwise } from '../../src/oidc/client-metadata.ts'
import {
  type Answer,
  assertion,
  basic,
  call,
  claimsOf,
  login,
  redeem,
  SECRET,
  social,
  tax,
} from '../support/agencies.ts'
import { openWorld, type World } from '../support/engine.ts'
import { testKey } from '../support/keys.ts'

let world: World
let token: string
beforeEach(async () => {
  world = await openWorld()
  token = (await login(world, world.visitor(), 'tax')).access_token
})
afterEach(() => world.close())

const knock = (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> =>
  call(world, '/token/introspection', { token, ...fields }, headers)

describe('an agency with a secret', () => {
  test('is let in by the secret and by nothing that is kept of it', async () => {
    expect((await knock({}, basic('tax'))).status).toBe(200)
    const hash = createHash('sha256').update(SECRET)
    const kept = world.clients.get('tax')!.secretHash!
    const wrong = [kept, hash.copy().digest('hex'), hash.copy().digest('base64'), `${SECRET}x`, SECRET.slice(1), 'x']
    for (const secret of wrong)
      expect(await knock({}, basic('tax', secret))).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  test('can not be made to fill the audit by somebody who only knows its name', async () => {
    const before = world.entries.length
    const form = { grant_type: 'authorization_code', code: 'x', redirect_uri: 'https://tax.example/callback' }
    for (const headers of [basic('tax', 'wrong'), basic('nobody'), {}]) await call(world, '/token', form, headers)
    expect(world.entries.length).toBe(before)
    await call(world, '/token', form, basic('tax'))
    expect(world.entries.slice(before)).toEqual([expect.objectContaining({ type: 'tokens.refused', client: 'tax' })])
  })

  test('is not let in without it, in the body, or as somebody else', async () => {
    expect((await knock({})).status).toBe(400)
    expect((await knock({ client_id: 'tax' })).status).toBe(401)
    expect((await knock({ client_id: 'tax', client_secret: SECRET })).status).toBe(401)
    expect((await knock({}, basic('social'))).status).toBe(401)
    expect((await knock({ client_id: 'social' }, basic('tax'))).status).toBe(400)
    expect((await knock(await assertion(world), basic('tax'))).status).toBe(400)
  })

  test('can not sign with its secret', async () => {
    const now = Math.floor(world.clock.now() / 1000)
    for (const key of [SECRET, world.clients.get('tax')!.secretHash!]) {
      const signed = await new SignJWT({ iss: 'tax', sub: 'tax', aud: world.url, jti: 'a', exp: now + 60 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(Buffer.from(key))
      const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
      expect((await knock({ client_assertion_type: type, client_assertion: signed })).status).toBe(401)
    }
  })
})

describe('an agency with a key', () => {
  const at = (offset: number) => Math.floor(world.clock.now() / 1000) + offset

  test('is let in by an assertion for the issuer, alone and as a string', async () => {
    expect((await knock(await assertion(world))).status).toBe(200)
    const others = [
      [world.url],
      [world.url, 'https://other.example'],
      `${world.url}/token`,
      `${world.url}/token/introspection`,
      `${world.url}/`,
      'https://evil.example',
      undefined,
    ]
    for (const aud of others) expect((await knock(await assertion(world, { aud }))).status).toBe(401)
  })

  test('is measured by the issuer, whatever Host the request names', async () => {
    const { port } = new URL(world.url)
    const forged = `http://127.0.0.1:${port}`
    const ask = async (aud: string) =>
      (
        await fetch(`${forged}/token/introspection`, {
          method: 'POST',
          body: new URLSearchParams({ token, ...(await assertion(world, { aud })) }),
        })
      ).status
    expect(await ask(forged)).toBe(401)
    expect(await ask(`${forged}/token/introspection`)).toBe(401)
    expect(await ask(world.url)).toBe(200)
  })

  test.each([
    ['iat', -61, 200],
    ['iat', -60, 200],
    ['iat', 0, 200],
    ['iat', 8, 200],
    ['iat', 10, 200],
    ['iat', 61, 401],
    ['nbf', -61, 200],
    ['nbf', 8, 200],
    ['nbf', 10, 200],
    ['nbf', 61, 401],
    ['exp', -11, 401],
    ['exp', -9, 200],
    ['exp', 3600, 200],
    ['exp', 3611, 401],
  ])('with %s %d seconds from now: %d', async (claim, offset, status) => {
    expect((await knock(await assertion(world, { [claim]: at(offset) }))).status).toBe(status)
  })

  test('is told no reason when it is refused, and the operators are', async () => {
    const aud = `${world.url}/token/introspection`
    const answer = await knock(await assertion(world, { aud }))
    expect(answer.body).toEqual({ error: 'invalid_client', error_description: 'client authentication failed' })
    expect(world.refusals.splice(0)).toEqual([
      {
        client: 'social',
        error: 'invalid_client',
        description: 'client authentication failed',
        reason: 'aud (JWT audience) must be the issuer identifier, alone and as a string',
      },
    ])
    // No more of a stranger than that there was one.
    await call(world, '/token', { grant_type: 'authorization_code', code: 'x' }, basic('nobody'))
    await redeem(world, 'tax', 'no-such-code')
    expect(world.refusals).toEqual([
      expect.objectContaining({ error: 'invalid_client', reason: 'client not found' }),
      expect.objectContaining({ client: 'tax', error: 'invalid_grant', reason: 'authorization code not found' }),
    ])
    expect(JSON.stringify(world.refusals)).not.toMatch(/nobody|no-such-code/)
  })

  test('must say who it is, once, and until when', async () => {
    for (const claims of [
      { iss: 'tax' },
      { sub: 'tax' },
      { iss: undefined },
      { jti: undefined },
      { exp: undefined },
      { iat: 'x' },
    ])
      expect((await knock(await assertion(world, claims))).status).toBe(401)
  })

  test('is not let in by another key, algorithm or none', async () => {
    const { client_assertion: good, client_assertion_type } = await assertion(world)
    const claims = claimsOf(good!)
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const publicPem = JSON.stringify(social().metadata)
    const forged = [
      await new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(other),
      await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(rsa),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(publicPem)),
      `${part({ alg: 'none' })}.${part(claims)}.`,
      `${good!.slice(0, -6)}AAAAAA`,
    ]
    for (const client_assertion of forged)
      expect((await knock({ client_assertion_type: client_assertion_type!, client_assertion })).status).toBe(401)
  })

  describe('at an address of its own', () => {
    const [first, second] = [1, 2].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
    const published = (...pairs: (typeof first)[]) =>
      JSON.stringify({ keys: pairs.map((pair) => pair!.publicKey.export({ format: 'jwk' })) })
    let asked: number
    let body: string | undefined
    beforeEach(() => {
      asked = 0
      body = published(first)
      world.clients.set('social', social({ jwks_uri: 'https://social.example/jwks' }))
      world.fetch = async (url, options) => {
        asked++
        expect(url).toBe('https://social.example/jwks')
        expect(options).not.toHaveProperty('dispatcher')
        if (body === undefined) throw new Error('no answer')
        const headers = { 'cache-control': 'max-age=31536000', expires: 'Fri, 01 Jan 2100 00:00:00 GMT' }
        return new Response(body, { headers })
      }
      // It misses its own guard in Jest's realm and says so; ours stands in its place anyway.
      jest.spyOn(console, 'warn').mockReturnValue()
    })
    const wait = async (seconds: number) => {
      world.clock.advance(seconds * 1000)
      token = (await login(world, world.visitor(), 'tax')).access_token
    }
    const knockWith = async (pair: typeof first) =>
      (await knock(await assertion({ ...world, assertionKey: pair!.privateKey }))).status

    test('has its keys fetched once', async () => {
      for (let n = 0; n < 5; n++) expect(await knockWith(first)).toBe(200)
      expect(asked).toBe(1)
    })

    test('may change them, and within twenty minutes the new ones count and the old ones don’t', async () => {
      expect(await knockWith(first)).toBe(200)
      body = published(second)
      await wait(1_201)
      expect(await knockWith(first)).toBe(401)
      expect(await knockWith(second)).toBe(200)
    })

    test('may be unreachable for an hour', async () => {
      expect(await knockWith(first)).toBe(200)
      body = undefined
      await wait(3_599)
      expect(await knockWith(first)).toBe(200)
      await wait(70)
      expect(await knockWith(first)).toBe(401)
      body = published(first)
      expect(await knockWith(first)).toBe(200)
    })

    test('is not listened to for more than 64 KiB', async () => {
      body = `${published(first).slice(0, -1)},"filler":"${'x'.repeat(65 * 1024)}"}`
      expect(await knockWith(first)).toBe(401)
    })
  })
})

describe('the library’s client', () => {
  test('is built once for each version of a registration', async () => {
    const built: unknown[] = []
    const original = world.clients.get.bind(world.clients)
    world.clients.get = (id: string) => {
      const found = original(id)
      built.push(found?.metadata)
      return found
    }
    await knock({}, basic('tax'))
    await knock({}, basic('tax'))
    expect(built.length).toBeGreaterThan(1)
    world.clients.set('tax', tax({ redirect_uris: ['https://new.example/'] }))
    const page = await world
      .visitor()
      .open('/auth?client_id=tax&response_type=code&scope=openid&redirect_uri=https://tax.example/callback')
    expect(page.form?.fields).toMatchObject({ code: 'PRT-3002' })
  })
})

test('a pairwise subject can not be reached by another sector through a clever name', () => {
  const salt = testKey('pairwise')
  const subjects = [
    ['a', 'b'],
    ['a"', 'b'],
    ['ab', ''],
    ['', 'ab'],
    ['a,b', ''],
    ['a', ',b'],
  ].map(([sector, person]) => pairwise(salt, sector!, person!))
  expect(new Set(subjects).size).toBe(subjects.length)
  expect(pairwise(salt, 'a', 'b')).toBe(subjects[0])
  expect(pairwise(testKey('other'), 'a', 'b')).not.toBe(subjects[0])
  expect(subjects[0]).toMatch(/^[\w-]{43}$/)
})
