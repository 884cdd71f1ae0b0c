import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { isBeginning, openTurnedAway } from '../../src/web/turned-away.ts'
import { testClock } from '../support/clock.ts'
import { testRandom } from '../support/keys.ts'

// What is said to those whom a full node doesn't let in. That the whole service says it: test/flows/attacks-floods.

const clock = testClock()
let rendered = 0
const turnAway = openTurnedAway({
  render: (language, requestId) => `<html lang="${language}">${++rendered} ${requestId} again ${requestId}</html>`,
  https: true,
  random: testRandom(),
  clock,
})
const server = createServer((request, response) => {
  if (isBeginning(request)) turnAway(request, response)
  else response.writeHead(204).end()
})
let at: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(at + path, { method, headers: { accept: 'text/html', ...headers } })

test('the page carries the headers of every page, when to come back and a name of its own', async () => {
  const [one, other] = [await ask('/auth?x=1'), await ask('/auth')]
  const names = [one, other].map(({ headers }) => headers.get('x-request-id')!)
  expect(names[0]).not.toBe(names[1])
  for (const [n, answer] of [one, other].entries()) {
    expect(await answer.text()).toMatch(new RegExp(`\\d ${names[n]} again ${names[n]}`))
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'none'")
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.getSetCookie()).toEqual([])
    expect(answer.headers.get('connection')).toBe('keep-alive')
  }
})

test('it is made once a minute and language', async () => {
  clock.advance(60_000)
  const before = rendered
  for (let n = 0; n < 5; n++)
    for (const language of ['th', 'en', 'et']) await ask('/auth', { 'accept-language': language })
  expect(rendered - before).toBe(3)
  clock.advance(60_000)
  await ask('/auth', { 'accept-language': 'en' })
  expect(rendered - before).toBe(4)
})

test.each([
  [
    'the wish of the agency',
    '/auth?ui_locales=xx+et&x=1',
    { cookie: '__Host-pratu_language=en.1', 'accept-language': 'th' },
    'et',
  ],
  ['what was chosen before', '/auth', { cookie: 'a=b; __Host-pratu_language=en.1', 'accept-language': 'th' }, 'en'],
  ['what the browser speaks', '/auth', { 'accept-language': 'fi, et;q=0.8' }, 'et'],
  ['Thai', '/auth', {}, 'th'],
])('its language is %s', async (_what, path, headers, language) => {
  expect(await (await ask(path, headers)).text()).toContain(`lang="${language}"`)
})

test('a program is told in its own words', async () => {
  const answer = await ask('/auth', { accept: 'application/json' })
  expect([answer.status, await answer.json()]).toEqual([
    503,
    expect.objectContaining({ error: 'temporarily_unavailable', code: 'PRT-5005' }),
  ])
})

test.each([
  ['a form of an agency', '/auth', 'POST'],
  ['the way back', '/auth/abc', 'GET'],
  ['another address', '/authority', 'GET'],
  ['the token endpoint', '/token', 'POST'],
])('%s is no beginning', async (_what, path, method) => {
  expect((await ask(path, {}, method)).status).toBe(204)
})
