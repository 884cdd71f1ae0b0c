import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Look } from '../../src/methods/method.ts'
import { COOKIES, openKeygrip } from '../../src/oidc/cookies.ts'
import { ArtifactsUnavailable } from '../../src/sessions/artifacts.ts'
import { openPoll } from '../../src/web/login/poll.ts'
import { testKeys } from '../support/keys.ts'

const keygrip = openKeygrip(testKeys('cookies'))
const server = createServer()
const asked: string[] = []
const faults: unknown[] = []
let look: () => Promise<Look>
let origin: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
  const take = openPoll({
    issuer: origin,
    keygrip,
    flow: {
      look: (interaction, method) => {
        asked.push(`${interaction} ${method}`)
        return look()
      },
    },
    onFault: (error) => void faults.push(error),
  })
  server.on('request', (request, response) => {
    if (!take(request, response)) response.writeHead(404).end('not a poll')
  })
})
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
)
afterEach(() => {
  asked.length = 0
  faults.length = 0
})

const cookie = (id: string, signed = keygrip.sign(`${COOKIES.interaction}=${id}`)): string =>
  `other=1; ${COOKIES.interaction}=${id}; ${COOKIES.interaction}.sig=${signed}`

async function poll(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(`${origin}${path}`, { method, headers })
  return { status: answer.status, body: await answer.text(), headers: answer.headers }
}

test('the browser that began is told what the method says', async () => {
  look = async () => ({ come: false })
  const quiet = await poll('/login/abc/mobile-id/poll', { cookie: cookie('abc') })
  expect([quiet.status, quiet.body]).toEqual([200, '{"come":false}'])
  expect(quiet.headers.get('cache-control')).toBe('no-store')
  expect(quiet.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(asked).toEqual(['abc mobile-id'])
  look = async () => ({ come: false, show: { picture: 'x' }, next: 1_000 })
  const shown = await poll('/login/abc/smart-id/poll', { cookie: cookie('abc') })
  expect(JSON.parse(shown.body)).toEqual({ come: false, show: { picture: 'x' }, next: 1_000 })
  // What came is not told here: the page itself says it.
  look = async () => ({ come: true, show: 'secret' })
  expect((await poll('/login/abc/mobile-id/poll', { cookie: cookie('abc') })).body).toBe('{"come":true}')
})

test.each([
  ['no cookie', undefined],
  ['another sign-in of this browser', cookie('other')],
  ['a cookie without a signature', `${COOKIES.interaction}=abc`],
  [
    'a cookie signed by somebody else',
    cookie('abc', openKeygrip(testKeys('stranger')).sign(`${COOKIES.interaction}=abc`)),
  ],
  ['a signature of another cookie', cookie('abc', keygrip.sign(`${COOKIES.resume}=abc`))],
])('with %s nothing is looked up', async (_what, given) => {
  look = async () => ({ come: false, show: 'secret' })
  const { status, body } = await poll('/login/abc/mobile-id/poll', given === undefined ? {} : { cookie: given })
  expect([status, body]).toEqual([200, '{"come":true}'])
  expect(asked).toEqual([])
})

test('a name that is not ours is told nothing', async () => {
  look = async () => ({ come: false })
  const { port } = new URL(origin)
  const answer = await fetch(`http://127.0.0.1:${port}/login/abc/mobile-id/poll`, {
    headers: { cookie: cookie('abc') },
  })
  expect(await answer.text()).toBe('{"come":true}')
  expect(asked).toEqual([])
})

test('where the store is away the page is told to ask again, and a fault of ours is told besides', async () => {
  look = async () => {
    throw new ArtifactsUnavailable('away')
  }
  const away = await poll('/login/abc/mobile-id/poll', { cookie: cookie('abc') })
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '5'])
  expect(faults).toEqual([])
  look = async () => {
    throw new Error('ours')
  }
  expect((await poll('/login/abc/mobile-id/poll', { cookie: cookie('abc') })).status).toBe(503)
  expect(faults).toHaveLength(1)
})

test.each([
  ['POST', '/login/abc/mobile-id/poll'],
  ['GET', '/login/abc/mobile-id/poll?x=1'],
  ['GET', '/login/abc/mobile-id/poll/'],
  ['GET', '/login/abc/poll'],
  ['GET', `/login/${'a'.repeat(65)}/mobile-id/poll`],
])('%s %s is none', async (method, path) => {
  expect((await poll(path, {}, method)).status).toBe(404)
})
