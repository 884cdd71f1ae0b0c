import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { FetchRefused, jsonIn, type Needs, openFetch } from '../../src/platform/fetch.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

function guarded(needs: Partial<Needs> = {}) {
  const opened = openFetch({ allow: [], ...needs })
  cleanups.push(opened.close)
  return opened
}

/** Counts TCP connections on IPv4 and IPv6 loopback alike: what the guard must never make. */
async function canary() {
  let connections = 0
  const server = createTcpServer((socket) => {
    connections++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '::', ipv6Only: false }, resolve))
  cleanups.push(() => new Promise((resolve) => server.close(resolve)))
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

/** An agency's server under the allowed name `agency.internal`. */
async function agency(listener: RequestListener, needs: Partial<Needs> = {}) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const { fetch, ask } = guarded({ allow: ['agency.internal'], resolve: async () => ['127.0.0.1'], ...needs })
  return { fetch, ask, url: `http://agency.internal:${port}/` }
}

describe('a request to somebody else’s address', () => {
  test.each([
    'https://127.0.0.1:PORT/',
    'https://127.1:PORT/',
    'https://0x7f000001:PORT/',
    'https://2130706433:PORT/',
    'https://0177.0.0.1:PORT/',
    'https://0.0.0.0:PORT/',
    'https://[::1]:PORT/',
    'https://[::]:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://[::ffff:7f00:1]:PORT/',
    'https://[0:0:0:0:0:ffff:127.0.0.1]:PORT/',
    'https://[::127.0.0.1]:PORT/',
    'https://[64:ff9b::127.0.0.1]:PORT/',
    'https://[2002:7f00:1::]:PORT/',
    'https://[fe80::1]:PORT/',
    'https://localhost:PORT/',
    'https://LOCALHOST:PORT/',
    'https://agency.localhost:PORT/',
    'https://１２７.０.０.１:PORT/',
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'https://user@127.0.0.1:PORT/',
    'ftp://127.0.0.1:PORT/',
    'file:///etc/passwd',
    'data:text/plain,hello',
    '//127.0.0.1:PORT/',
    '',
  ])('at %s opens no connection', async (address) => {
    const { port, connections } = await canary()
    const { fetch, ask } = guarded()
    for (const out of [fetch, ask])
      await expect(out(address.replace('PORT', String(port)))).rejects.toBeInstanceOf(FetchRefused)
    expect(connections()).toBe(0)
  })

  test.each([
    ['127.0.0.1'],
    ['::1'],
    ['::ffff:127.0.0.1'],
    ['10.0.0.1'],
    ['169.254.169.254'],
    ['93.184.216.34', '127.0.0.1'],
    ['127.0.0.1', '2606:4700:4700::1111'],
  ])('whose name leads to %s %s opens no connection', async (...found) => {
    const { port, connections } = await canary()
    const { fetch } = guarded({ resolve: async () => found.filter((each) => each !== undefined) })
    await expect(fetch(`https://rp.example:${port}/`)).rejects.toThrow(
      'rp.example leads to an address that is not public',
    )
    expect(connections()).toBe(0)
  })

  test('resolves its name once, so that an answer that changes gains nothing', async () => {
    const { port, connections } = await canary()
    const answers = ['192.0.2.1', '127.0.0.1', '127.0.0.1']
    let asked = 0
    const { fetch } = guarded({ resolve: async () => [answers[asked++]!] })
    await expect(fetch(`https://rebinding.example:${port}/`)).rejects.toThrow(FetchRefused)
    expect([asked, connections()]).toEqual([1, 0])
  })

  test('connects to the very address that was checked', async () => {
    let asked = 0
    const { fetch, url } = await agency((request, response) => response.end(request.headers.host), {
      resolve: async () => {
        asked++
        return ['127.0.0.1']
      },
    })
    const response = await fetch(url)
    expect([await response.text(), asked]).toEqual([new URL(url).host, 1])
  })

  test('lets an operator allow an address as well as a name', async () => {
    const { url } = await agency((_, response) => response.end('here'))
    const { fetch } = guarded({ allow: ['127.0.0.1'] })
    expect(await (await fetch(`http://127.0.0.1:${new URL(url).port}/`)).text()).toBe('here')
    await expect(fetch(`http://localhost:${new URL(url).port}/`)).rejects.toThrow('https only')
  })

  test('follows no redirect', async () => {
    const { port, connections } = await canary()
    const { fetch, url } = await agency((_, response) =>
      response.writeHead(302, { location: `http://agency.internal:${port}/` }).end(),
    )
    const response = await fetch(url, { redirect: 'follow' })
    expect([response.status, connections()]).toEqual([302, 0])
  })

  test('carries method, headers and body', async () => {
    const { fetch, url } = await agency((request, response) => {
      request.pipe(response.writeHead(201, { 'x-was': `${request.method} ${String(request.headers['x-mine'])}` }))
    })
    const body = new URLSearchParams({ logout_token: 'x' })
    const response = await fetch(url, { method: 'POST', headers: new Headers({ 'X-Mine': '1' }), body })
    expect([response.status, response.headers.get('x-was'), await response.text()]).toEqual([
      201,
      'POST 1',
      'logout_token=x',
    ])
  })

  test('of an allowed host that is down says so and names no path', async () => {
    const { port } = await canary()
    const { fetch } = guarded({ allow: ['gone.internal'], resolve: async () => ['127.0.0.1'] })
    await expect(fetch(`http://gone.internal:${port}/secret-path`)).rejects.toThrow(
      /^gone\.internal could not be reached$/,
    )
  })
})

describe('an answer', () => {
  test('that is larger than the limit breaks off, whatever it said of its length', async () => {
    let sent = 0
    const { fetch, url } = await agency(
      (_, response) => {
        const more = () => {
          while (!response.destroyed && sent < 50_000_000) {
            sent += 10_000
            if (!response.write('x'.repeat(10_000))) return
          }
          response.end()
        }
        response.on('drain', more)
        more()
      },
      { limit: 30_000 },
    )
    const response = await fetch(url)
    await expect(response.text()).rejects.toThrow('agency.internal: the answer is larger than 30000 bytes')
    expect(sent).toBeLessThan(50_000_000)
  })

  test('is measured as it unfolds, not as it was packed', async () => {
    const bomb = gzipSync('x'.repeat(1_000_000))
    expect(bomb.length).toBeLessThan(30_000)
    const { fetch, url } = await agency(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      { limit: 30_000 },
    )
    await expect((await fetch(url)).text()).rejects.toThrow('larger than 30000 bytes')
  })

  test('of exactly the limit comes whole', async () => {
    const { fetch, url } = await agency((_, response) => response.end('x'.repeat(30_000)), { limit: 30_000 })
    expect(await (await fetch(url)).text()).toHaveLength(30_000)
  })

  test.each([
    ['never begins', () => {}],
    ['never ends', (_: unknown, response: { write(text: string): void }) => response.write('{"keys":')],
  ])('that %s is given up after the time limit', async (_name, listener) => {
    const { fetch, url } = await agency(listener, { timeout: 100 })
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow(
      'agency.internal did not answer in time',
    )
  })

  test('is not waited for longer than the caller’s own signal says', async () => {
    const { fetch, url } = await agency(() => {})
    const leave = new AbortController()
    const waiting = fetch(url, { signal: leave.signal })
    leave.abort()
    await expect(waiting).rejects.toBeInstanceOf(FetchRefused)
  })

  test('may not call itself fresh for longer than the ceiling', async () => {
    const { fetch, url } = await agency((_, response) =>
      response
        .writeHead(200, { 'cache-control': 'public, max-age=31536000', expires: 'Fri, 01 Jan 2100 00:00:00 GMT' })
        .end(),
    )
    const { headers } = await fetch(url)
    expect([headers.get('cache-control'), headers.get('expires')]).toEqual(['max-age=1200', null])
  })

  test('keeps a shorter freshness as it is', async () => {
    const { fetch, url } = await agency((_, response) =>
      response.writeHead(200, { 'cache-control': 'max-age=60' }).end(),
    )
    expect((await fetch(url)).headers.get('cache-control')).toBe('max-age=60')
  })
})

describe('a question to a service', () => {
  test('brings status, type and body, and no redirect is followed', async () => {
    const { ask, url } = await agency((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => {
        body += part.toString()
      })
      request.on('end', () => {
        response.writeHead(request.url === '/away' ? 302 : 201, {
          location: 'http://127.0.0.1:1/',
          'content-type': 'application/json',
        })
        response.write('[')
        response.end(`${JSON.stringify([request.method, request.headers['x-asked'], body])}]`)
      })
    })
    const answer = await ask(`${url}?a=b`, { method: 'POST', headers: { 'x-asked': '1' }, body: 'text' })
    expect(answer).toMatchObject({ status: 201, type: 'application/json' })
    expect(jsonIn(answer)).toEqual([['POST', '1', 'text']])
    expect((await ask(`${url}away`)).status).toBe(302)
  })

  test('is given up when its answer is too large, packed, broken off or too slow', async () => {
    const { ask, url } = await agency(
      ({ url: path }, response) => {
        if (path === '/empty') response.writeHead(204).end()
        else if (path === '/large') response.end('x'.repeat(20_000))
        else if (path === '/exact') response.end('x'.repeat(10_000))
        else if (path === '/packed') response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'))
        else if (path === '/broken') {
          response.writeHead(200, { 'content-length': '10' }).write('12345')
          setImmediate(() => response.destroy())
        } else if (path === '/slow') response.write('[')
        else response.flushHeaders()
      },
      { limit: 10_000, timeout: 300 },
    )
    const empty = await ask(`${url}empty`)
    expect([empty.status, empty.type, empty.body.length, jsonIn(empty)]).toEqual([204, undefined, 0, undefined])
    expect((await ask(`${url}exact`)).body.length).toBe(10_000)
    const refused = { large: 'larger than 10000 bytes', packed: 'packed', broken: 'could not be reached' }
    for (const [path, words] of Object.entries({ ...refused, slow: 'in time', silent: 'in time' }))
      await expect(ask(`${url}${path}`)).rejects.toThrow(words)
  })

  test('keeps no part of an answer in memory that the next one is read into', async () => {
    const { ask, url } = await agency(({ url: path }, response) => response.end(path!.slice(1).repeat(500)))
    const all = await Promise.all(['a', 'b', 'c'].map((name) => ask(url + name)))
    expect(all.map(({ body }) => body.toString())).toEqual(['a', 'b', 'c'].map((name) => name.repeat(500)))
  })

  test('that nobody waits for any more is gone at once, also before there is a connection', async () => {
    const closed: string[] = []
    const stop = new AbortController()
    const { ask, url } = await agency(
      (request) => {
        request.once('close', () => closed.push('closed'))
        stop.abort('nobody waits any more')
      },
      { connections: 1 },
    )
    const [first, queued] = [ask(url, { signal: stop.signal }), ask(url, { signal: stop.signal })]
    await expect(first).rejects.toThrow(FetchRefused)
    await expect(queued).rejects.toThrow(FetchRefused)
    await expect(ask(url, { signal: stop.signal })).rejects.toThrow(FetchRefused)
    while (closed.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(closed.length).toBe(1)
  })

  test('reaches no private address by a name', async () => {
    const { port, connections } = await canary()
    const { ask } = guarded({ plain: true, resolve: async () => ['127.0.0.1'] })
    await expect(ask(`http://agency.example:${port}/`)).rejects.toThrow('not public')
    expect(connections()).toBe(0)
  })
})
