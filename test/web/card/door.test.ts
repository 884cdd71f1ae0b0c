import { randomBytes, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { encoded, nameOf } from '../../../src/demo/cards/certificate.ts'
import {
  get,
  ISSUER,
  locationOf,
  over,
  serverFiles,
  shows,
  startDoor,
  statusOf,
  type TestDoor,
} from '../../support/card-door.ts'
import { DAY, testCardCa } from '../../support/cards.ts'

let door: TestDoor
beforeAll(async () => {
  door = await startDoor()
})
afterAll(() => door.close())

const begun = async () => {
  const { handle } = await door.tickets.begin()
  return { handle, path: door.address(handle) }
}

describe('a browser that shows a card', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'over %s is led back with a ticket for what it showed',
    async (version) => {
      const card = door.ca.card()
      const { handle, path } = await begun()
      const { text } = await over(door.port, get(door, path), {
        ...shows(card),
        minVersion: version,
        maxVersion: version,
      })
      expect(statusOf(text)).toBe(303)
      expect(locationOf(text)).toMatch(new RegExp(`^${ISSUER}/login/sign-in-1/smart-card/return\\?ticket=[\\w-]{43}$`))
      expect(await door.taken(handle, text)).toEqual({ certificate: card.certificate, vouched: true })
    },
  )

  test.each([
    ['expired', () => door.ca.card({ notAfter: door.clock.now() - DAY })],
    ['not valid yet', () => door.ca.card({ notBefore: door.clock.now() + DAY })],
    ['of an unknown CA', () => testCardCa({ clock: door.clock, country: 'XX' }).card()],
    ['of another CA with the same name', () => door.ca.twin().card()],
    [
      'for another purpose',
      () => door.ca.card({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'], keyUsage: ['keyEncipherment'] }),
    ],
    ['with a key of 1024 bits', () => door.ca.card({ rsa: 1024 })],
  ])('%s has a connection all the same, for the sign-in has the page that says so', async (_, make) => {
    const card = make()
    const { handle, path } = await begun()
    const { text, error } = await over(door.port, get(door, path), { ...shows(card), ciphers: 'DEFAULT:@SECLEVEL=0' })
    expect({ error, status: statusOf(text) }).toEqual({ status: 303 })
    expect((await door.taken(handle, text))?.certificate).toEqual(card.certificate)
  })
})

describe('a browser without a certificate', () => {
  test('is led back without a ticket, and its handle still waits for the card', async () => {
    const { handle, path } = await begun()
    const { text } = await over(door.port, get(door, path))
    expect([statusOf(text), locationOf(text)]).toEqual([303, `${ISSUER}/login/sign-in-1/smart-card/return`])
    const again = await over(door.port, get(door, path), shows(door.ca.card()))
    expect(await door.taken(handle, again.text)).toBeDefined()
  })
})

describe('a handle', () => {
  test('shown a second card, or by the back button, leads to the sign-in and makes no ticket', async () => {
    const card = shows(door.ca.card())
    const { path } = await begun()
    await over(door.port, get(door, path), card)
    const before = door.made()
    const { text } = await over(door.port, get(door, path), card)
    expect([statusOf(text), locationOf(text)]).toEqual([303, `${ISSUER}/login/sign-in-1`])
    expect(door.made()).toBe(before)
  })

  test('that nobody was given makes no ticket', async () => {
    const before = door.made()
    const { text } = await over(
      door.port,
      get(door, door.address(randomBytes(32).toString('base64url'))),
      shows(door.ca.card()),
    )
    expect(locationOf(text)).toBe(`${ISSUER}/login/sign-in-1`)
    expect(door.made()).toBe(before)
  })
})

describe('the handshake', () => {
  test('names the issuers, so that browsers offer cards and nothing else', async () => {
    const sent = await handshakeBytes(door.port)
    for (const { subject } of [door.ca.issuing, door.ca.root])
      expect(sent.includes(encoded(nameOf(subject)))).toBe(true)
    expect(sent.includes(encoded(nameOf(door.ca.authority('Not configured').subject)))).toBe(false)
  })

  test.each(['TLSv1', 'TLSv1.1'] as const)('refuses %s', async (version) => {
    const { path } = await begun()
    const { text, error } = await over(door.port, get(door, path), {
      ...shows(door.ca.card()),
      minVersion: version,
      maxVersion: version,
      ciphers: 'DEFAULT:@SECLEVEL=0',
    })
    expect({ text, error }).toEqual({ text: '', error: expect.stringMatching(/PROTOCOL|ALERT|ECONNRESET/) })
  })

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes no %s session: it would show a card that was pulled out',
    async (version) => {
      const options = { minVersion: version, maxVersion: version } as const
      const first = await begun()
      const { sessions, text } = await over(door.port, get(door, first.path), { ...shows(door.ca.card()), ...options })
      expect(statusOf(text)).toBe(303)
      const before = door.made()
      // Without the card from here on, and with whatever the server gave the first time.
      for (const session of sessions.length > 0 ? sessions : [undefined]) {
        const { path } = await begun()
        const again = await over(door.port, get(door, path), { ...options, ...(session && { session }) })
        expect(again.reused).toBe(false)
        expect(locationOf(again.text)).toBe(`${ISSUER}/login/sign-in-1/smart-card/return`)
      }
      expect(door.made()).toBe(before)
    },
  )

  test('is not renegotiated on the way: the card shown first is the one that counts', async () => {
    const { path } = await begun()
    const renegotiated = await new Promise<string>((resolve) => {
      const socket = connectTls(
        {
          port: door.port,
          host: '127.0.0.1',
          servername: 'localhost',
          rejectUnauthorized: false,
          maxVersion: 'TLSv1.2',
        },
        () => {
          socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error ? 'refused' : 'done'))
          socket.write(get(door, path).slice(0, -2))
        },
      )
      socket.on('error', () => resolve('refused'))
      socket.on('close', () => resolve('refused'))
    })
    expect(renegotiated).toBe('refused')
  })

  test('uses a new certificate within seconds of its being laid there, and keeps the old one while the new is broken', async () => {
    const fresh = await startDoor()
    try {
      const seen = () =>
        new Promise<string>((resolve) => {
          const socket = connectTls(
            { port: fresh.port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false },
            () => {
              resolve(socket.getPeerX509Certificate()!.fingerprint256)
              socket.destroy()
            },
          )
        })
      const old = await seen()
      writeFileSync(fresh.files.certificate, 'no certificate')
      await fresh.look()
      expect(fresh.faults).toHaveLength(1)
      expect(await seen()).toBe(old)
      const other = serverFiles(fresh.folder, 'other')
      writeFileSync(fresh.files.key, await readFile(other.key))
      writeFileSync(fresh.files.certificate, await readFile(other.certificate))
      await fresh.look()
      expect(await seen()).toBe(new X509Certificate(await readFile(other.certificate)).fingerprint256)
    } finally {
      await fresh.close()
    }
  }, 20_000)

  test('is refused to an address that opens too many, before it costs anything', async () => {
    const small = await startDoor({ connectionsPerMinute: 2 })
    try {
      const answers = await Promise.all(Array.from({ length: 8 }, () => over(small.port, get(small, '/'))))
      expect(answers.filter(({ text }) => text !== '')).toHaveLength(4)
      small.clock.advance(60_000)
      expect((await over(small.port, get(small, '/'))).text).not.toBe('')
    } finally {
      await small.close()
    }
  })
})

describe('an answer', () => {
  test('ends the connection, and is kept by nobody', async () => {
    const { path } = await begun()
    const { text } = await over(door.port, get(door, path, 'Connection: keep-alive'), shows(door.ca.card()))
    for (const line of ['connection: close', 'cache-control: no-store', 'referrer-policy: no-referrer'])
      expect(text.toLowerCase()).toContain(line)
    expect(text.toLowerCase()).not.toContain('set-cookie')
  })

  test.each<[string, (path: string) => string, number]>([
    ['another host', (path) => get(door, path).replace(/Host: .*/, 'Host: id.example'), 421],
    ['two hosts', (path) => get(door, path, 'Host: localhost'), 421],
    ['no host', (path) => get(door, path).replace(/Host: .*\r\n/, ''), 421],
    ['another method', (path) => get(door, path).replace('GET', 'POST'), 405],
    ['HEAD', (path) => get(door, path).replace('GET', 'HEAD'), 405],
    ['a body', (path) => `${get(door, path, 'Content-Length: 1')}x`, 400],
    ['an upgrade', (path) => get(door, path, 'Connection: Upgrade', 'Upgrade: websocket'), 400],
    ['an image, a script or a fetch of another site', (path) => get(door, path, 'Sec-Fetch-Mode: no-cors'), 403],
    ['another address', () => get(door, '/'), 404],
    ['a query behind it', (path) => get(door, `${path}?a=1`), 404],
    ['an escaped address', (path) => get(door, path.replace('card', 'c%61rd')), 404],
    ['dots in the address', (path) => get(door, `/x/..${path}`), 404],
    ['a header too large', (path) => get(door, path, `X: ${'x'.repeat(40_000)}`), 431],
  ])('to %s is a refusal that makes no ticket', async (_, make, status) => {
    const { path } = await begun()
    const before = door.made()
    const { text } = await over(door.port, make(path), shows(door.ca.card()))
    expect(statusOf(text)).toBe(status)
    expect(door.made()).toBe(before)
  })

  test('is given to the first request of a connection alone: the second makes no ticket', async () => {
    const [first, second] = [await begun(), await begun()]
    const before = door.made()
    const { text } = await over(door.port, get(door, first.path) + get(door, second.path), shows(door.ca.card()))
    expect(text.match(/HTTP\/1\.1 \d{3}/g) ?? []).not.toHaveLength(2)
    expect(door.made() - before).toBeLessThanOrEqual(1)
    expect(await door.tickets.present(second.handle, { certificate: Buffer.of(0), vouched: true })).toBeDefined()
  })

  test('is counted by what came of it', async () => {
    const { path } = await begun()
    await over(door.port, get(door, path))
    expect(await door.metrics()).toMatch(/pratu_card_door_total\{came="none"\} \d+/)
  })

  test('in plain HTTP to the TLS port is none', async () => {
    const text = await new Promise<string>((resolve) => {
      const chunks: Buffer[] = []
      const socket = connect(door.port, '127.0.0.1', () => socket.write(get(door, '/')))
      socket.on('data', (chunk) => chunks.push(chunk))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    })
    expect(text).not.toMatch(/HTTP\/1\.1 [23]/)
  })
})

/** What the server sends until it asks for the certificate: in TLS 1.2 that is not encrypted. */
async function handshakeBytes(port: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  const passage = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    far.on('data', (chunk) => chunks.push(chunk))
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on('error', () => undefined)
      socket.on('close', () => other.destroy())
      socket.pipe(other)
    }
  })
  await new Promise<void>((resolve) => passage.listen(0, '127.0.0.1', resolve))
  await over((passage.address() as AddressInfo).port, get(door, '/'), { maxVersion: 'TLSv1.2' })
  await new Promise((resolve) => passage.close(resolve))
  return Buffer.concat(chunks)
}
