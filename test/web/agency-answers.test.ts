import { request as ask, createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Json } from '../../src/identity/json.ts'
import { type AgencyAnswers, openAgencyAnswers } from '../../src/web/agency-answers.ts'
import { testRandom } from '../support/keys.ts'

// What is answered before koa, with a stand-in for the engine; what goes on to koa here says so.

let answer: (request: IncomingMessage, name: string | undefined) => Promise<Json | undefined>
let answers: AgencyAnswers
let told: [string, number][]
let working = 0
let url: URL
let close: () => Promise<void>
beforeEach(async () => {
  told = []
  const server = createServer((request, response) => {
    void (async () => {
      if (answers.mayBe(request) && (await answers.take(request, response))) return
      try {
        answers.goOn(request)
        response.end(`koa ${answers.nameOf(request) ?? 'nobody'}`)
      } catch (error) {
        response.statusCode = 503
        response.end(`${(error as Error).message} ${answers.nameOf(request)}`)
      }
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = new URL(`http://localhost:${(server.address() as AddressInfo).port}`)
  answers = openAgencyAnswers({
    issuer: url.origin,
    calls: { mayBe: ({ url: path }) => path === '/userinfo', answer: (request, name) => answer(request, name) },
    overload: {
      enter: () => {
        working++
        return () => void working--
      },
    },
    random: testRandom(),
    begin: () => (name, status) => void told.push([name, status]),
  })
  close = () => new Promise((resolve) => server.close(() => resolve()))
})
afterEach(() => close())

const get = (path: string, headers: string[] = ['Host', url.host]) =>
  new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>((resolve, reject) => {
    const call = ask({ host: '127.0.0.1', port: url.port, path, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    call.on('error', reject).end()
  })

describe('an agency’s call', () => {
  test('is answered as JSON that nobody keeps, under the name that the engine was given, and counted', async () => {
    let named: string | undefined
    answer = async (_request, name) => {
      named = name
      expect(working).toBe(1)
      return { sub: 'สมชาย' }
    }
    const { status, headers, text } = await get('/userinfo')
    expect([status, JSON.parse(text)]).toEqual([200, { sub: 'สมชาย' }])
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      vary: 'Origin',
      'x-request-id': named,
    })
    expect(told).toEqual([[named, 200]])
    expect(working).toBe(0)
  })

  test('that the engine leaves alone goes on under the same name', async () => {
    let named: string | undefined
    answer = async (_request, name) => {
      named = name
      return undefined
    }
    expect((await get('/userinfo')).text).toBe(`koa ${named}`)
    expect([told, working]).toEqual([[], 0])
  })

  test('that failed meets the boundary for errors with what went wrong', async () => {
    answer = async () => Promise.reject(new Error('the store is away'))
    const { status, text } = await get('/userinfo')
    expect([status, text]).toEqual([503, expect.stringMatching(/^the store is away [\w-]{22}$/)])
    expect(working).toBe(0)
  })

  test.each([
    ['for another host', () => ['Host', 'evil.example']],
    ['for two hosts', () => ['Host', url.host, 'Host', 'evil.example']],
  ])('%s is not looked at here', async (_what, headers) => {
    answer = () => Promise.reject(new Error('asked'))
    expect((await get('/userinfo', headers())).text).not.toContain('asked')
  })
})
