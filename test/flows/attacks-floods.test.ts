import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { UNSEEN_INTERACTION } from '../../src/oidc/lifetimes.ts'
import { address } from '../support/guessing.ts'
import { FORM, kept, raw } from '../support/raw-request.ts'
import { type OwnTestRedis, ownRedis } from '../support/redis.ts'
import { callback, redeem, request, signIn, startService, type TestService } from '../support/service.ts'

// Security bar §3 rows 30 to 33 and R17, in small: what floods cost, and that people get through meanwhile. The long
// forms, with the bar's own figures, stand in test/long/attacks-floods.

const PER_MINUTE = 200

let redis: OwnTestRedis
let at: TestService
/** Tells the service by how many milliseconds it came late to its work. */
let late: (ms: number) => void
beforeAll(async () => {
  redis = await ownRedis()
  at = await startService({
    redisUrl: redis.url,
    settings: { PRATU_SIGN_INS_PER_MINUTE: String(PER_MINUTE) },
    watchLateness: async (_ms, tell) => {
      late = tell
    },
  })
})
afterAll(async () => {
  await at.close()
  await redis.close()
})

const memory = async () => Number(/used_memory:(\d+)/.exec(await redis.client.info('memory'))?.[1])

/** A whole sign-in, down to the tokens. */
async function enter(): Promise<number> {
  const asked = request(at.issuer, 'tax')
  const { code } = callback(await signIn(at, at.visitor(), at.citizens[0]!, asked))
  return (await redeem(at.issuer, 'tax', code!, asked.verifier)).status
}

/** The largest request that is let in at all. */
const padded = () =>
  new URL(
    request(at.issuer, 'tax', {
      state: 's'.repeat(1_000),
      nonce: 'n'.repeat(1_000),
      claims: JSON.stringify({ id_token: { acr: null }, userinfo: { name: { value: 'v'.repeat(1_400) } } }),
    }).url,
  )

describe('a flood of requests that nobody follows (row 33, F7)', () => {
  const REQUESTS = 2_000
  const PER_SECOND = 1_000
  const MOST = 200 * 1024 * 1024

  test('of the largest kind leaves at a thousand a second less than 200 MB, and everybody else gets in', async () => {
    await enter()
    const { pathname, search } = padded()
    const before = await memory()
    const statuses: Record<number, number> = {}
    let entered = 0
    for (let begun = 0; begun < REQUESTS; begun += 50) {
      const burst = Array.from({ length: 50 }, (_, n) =>
        raw(at.issuer, { path: pathname + search, from: address(begun + n) }),
      )
      if (begun % 500 === 0) {
        expect(await enter()).toBe(200)
        entered++
      }
      for (const { status } of await Promise.all(burst)) statuses[status] = (statuses[status] ?? 0) + 1
    }
    expect([statuses, entered]).toEqual([{ 303: REQUESTS }, 4])
    const each = ((await memory()) - before) / REQUESTS
    expect(each * PER_SECOND * UNSEEN_INTERACTION).toBeLessThan(MOST)
    // And it goes by itself.
    const keys = await redis.client.keys('*')
    const lives = await Promise.all(keys.map((key) => redis.client.pttl(key)))
    expect(lives.filter((ms) => ms < 0)).toEqual([])
    expect(lives.filter((ms) => ms <= UNSEEN_INTERACTION * 1_000).length).toBeGreaterThanOrEqual(REQUESTS)
  })

  test.each([
    ['14 KiB in the state', { state: 's'.repeat(14 * 1024) }],
    ['3 KiB in the state', { state: 's'.repeat(3 * 1024) }],
    ['1.1 KiB in the nonce', { nonce: 'n'.repeat(1_100) }],
    ['5 KiB in the claims', { claims: JSON.stringify({ userinfo: { name: { value: 'v'.repeat(5_000) } } }) }],
    ['4 KiB over all', { state: 's'.repeat(1_000), nonce: 'n'.repeat(1_000), ui_locales: 'en '.repeat(700) }],
  ])('with %s leaves nothing', async (_what, more) => {
    const before = await kept(at, redis)
    const { pathname, search } = new URL(request(at.issuer, 'tax', more).url)
    const { status, headers } = await raw(at.issuer, { path: pathname + search })
    expect([413, 431, 303]).toContain(status)
    if (status === 303) expect(String(headers.location)).toMatch(/[?&]error=invalid_request&/)
    const after = await kept(at, redis)
    // The flood before is going away meanwhile.
    expect(after.redis!).toBeLessThanOrEqual(before.redis!)
    expect({ ...after, redis: 0 }).toEqual({ ...before, redis: 0 })
  })
})

describe('sockets that are held open and say little (row 32)', () => {
  test('three hundred of them stand in nobody’s way', async () => {
    const { host, port } = new URL(at.issuer)
    const beginnings = [
      // No end of headers, no end of a body, and nobody who reads the answer.
      `GET /auth HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `,
      `POST /token HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${FORM['content-type']}\r\nContent-Length: 10000\r\n\r\na=`,
      `GET /assets/pratu.css HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(20),
    ]
    const sockets: Socket[] = await Promise.all(
      Array.from(
        { length: 300 },
        (_, n) =>
          new Promise<Socket>((resolve) => {
            const socket = connect(Number(port), '127.0.0.1', () => {
              socket.write(beginnings[n % 3]!)
              socket.pause()
              resolve(socket)
            })
            socket.on('error', () => {})
          }),
      ),
    )
    for (let n = 0; n < 5; n++) {
      for (const [place, socket] of sockets.entries()) if (place % 3 < 2) socket.write('x')
      const began = performance.now()
      expect(await enter()).toBe(200)
      expect(performance.now() - began).toBeLessThan(3_000)
    }
    for (const socket of sockets) socket.destroy()
  })
})

describe('more than a node can serve (R17)', () => {
  test('turns new sign-ins away with a page that says when to come back, and lets those inside finish', async () => {
    // Now, for time brings a source its beginnings back.
    at.clock.advance(30_000)
    const visitor = at.visitor()
    const asked = request(at.issuer, 'tax')
    const page = await visitor.open(asked.url)
    const { pathname, search } = new URL(request(at.issuer, 'tax').url)
    const knock = () => raw(at.issuer, { path: pathname + search, headers: { accept: 'text/html' }, from: '127.9.9.9' })
    // Whoever has begun much is turned away first.
    for (let n = 0; n < PER_MINUTE / 4; n++) await knock()
    for (let n = 0; n < 3; n++) late(180)
    let answer = await knock()
    for (let n = 0; n < 20 && answer.status !== 503; n++) answer = await knock()
    expect(answer.status).toBe(503)
    expect(answer.headers['retry-after']).toBe('5')
    expect(answer.body).toContain('PRT-5005')
    expect(answer.headers['set-cookie']).toBeUndefined()

    const [citizen] = at.citizens
    const fields = { scheme: 'TH', person_code: citizen!.code, code: citizen!.oneTimeCode() }
    const { code } = callback(await visitor.submit(page, fields))
    expect((await redeem(at.issuer, 'tax', code!, asked.verifier)).status).toBe(200)
    expect((await knock()).status).toBe(503)

    for (let n = 0; n < 10; n++) late(0)
    expect((await knock()).status).toBe(200)
    // Told once when it began and once when it ended, not at every request.
    expect(at.log().match(/"event":"overloaded"/g)).toHaveLength(1)
    expect(at.log()).toContain('"event":"overload-over"')
    expect(at.log()).not.toContain('PRT-5005')
  })
})

describe('a text that makes a pattern think (row 30)', () => {
  const SIZE = 50 * 1024
  const texts: Record<string, string> = {
    letters: 'a'.repeat(SIZE),
    digits: '1'.repeat(SIZE),
    hyphens: '-'.repeat(SIZE),
    spaces: ' '.repeat(SIZE),
    'spaces and a digit': `${' '.repeat(SIZE)}1`,
    'digits and hyphens': '1-'.repeat(SIZE / 2),
    'Thai digits': '๑'.repeat(SIZE / 9),
    'slashes and dots': '/.'.repeat(SIZE / 2),
    escapes: '%41'.repeat(SIZE / 3),
    ampersands: '&'.repeat(SIZE),
    brackets: '['.repeat(SIZE),
    angles: '<a '.repeat(SIZE / 3),
    commas: ','.repeat(SIZE),
    dots: 'a.'.repeat(SIZE / 2),
    'at signs': 'a@'.repeat(SIZE / 2),
    'combining signs': '\u0301'.repeat(SIZE / 6),
  }
  /** CPU of this process for one request, the least of several. */
  async function cpu(make: () => Promise<{ status: number }>): Promise<number> {
    let least = Number.POSITIVE_INFINITY
    for (let n = 0; n < 12 && least > 50; n++) {
      const before = process.cpuUsage()
      const { status } = await make()
      const { user, system } = process.cpuUsage(before)
      least = Math.min(least, (user + system) / 1_000)
      expect(status).toBeLessThan(500)
    }
    return least
  }

  test.each(Object.entries(texts))('50 KiB of %s in every field cost less than 50 ms', async (_what, text) => {
    const visitor = at.visitor()
    const page = new URL((await visitor.open(request(at.issuer, 'tax').url)).url).pathname
    const cookie = visitor
      .cookies()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const slow: string[] = []
    const judge = async (where: string, make: () => Promise<{ status: number }>) => {
      const took = await cpu(make)
      if (took > 50) slow.push(`${where}: ${took} ms`)
    }
    const forms: [string, string[]][] = [
      [`${page}/totp`, ['scheme', 'person_code', 'code']],
      ['/activate', ['scheme', 'person_code', 'code']],
      ['/token', ['grant_type', 'code', 'code_verifier', 'client_assertion', 'client_id']],
      ['/request', ['client_id', 'redirect_uri', 'scope', 'claims', 'request', 'acr_values']],
      ['/session/end', ['id_token_hint', 'post_logout_redirect_uri']],
      ['/auth', ['redirect_uri', 'ui_locales', 'id_token_hint']],
    ]
    for (const [path, fields] of forms)
      for (const field of fields) {
        // Just below the bounds, where there are any: what is refused by its size proves nothing.
        for (const size of path === '/activate' ? [SIZE, 7_000, 900] : [7_000]) {
          const body = new URLSearchParams({ [field]: text.slice(0, size) }).toString().slice(0, SIZE)
          await judge(`${path} ${field} ${size}`, () =>
            raw(at.issuer, { method: 'POST', path, headers: { ...FORM, cookie }, body: body.replace(/%.?$/, '') }),
          )
        }
      }
    const plain = text.slice(0, 7_000).replaceAll(/[^!-~ ]/g, 'x')
    for (const name of [
      'cookie',
      'authorization',
      'accept-language',
      'accept',
      'x-forwarded-for',
      'content-type',
      'origin',
    ])
      await judge(name, () => raw(at.issuer, { path: '/', headers: { [name]: plain } }))
    for (const cookieName of ['__Host-pratu_browser', '__Host-pratu_language', '__Host-idp_sid'])
      await judge(cookieName, () => raw(at.issuer, { path: '/', headers: { cookie: `${cookieName}=${plain}` } }))
    expect(slow).toEqual([])
  })
})
