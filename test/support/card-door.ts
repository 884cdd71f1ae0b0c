import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect } from 'node:tls'
import { makeCertificate, PURPOSES } from '../../src/demo/cards/certificate.ts'
import { type CardTickets, openCardTickets, type Shown } from '../../src/methods/smart-card/tls.ts'
import { openLog } from '../../src/platform/log.ts'
import { openMetrics } from '../../src/platform/metrics.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { openMemoryArtifacts } from '../../src/sessions/memory.ts'
import { openCardDoor } from '../../src/web/card/door.ts'
import { type CardListener, openCardListener, type Place } from '../../src/web/card/listener.ts'
import { type FrontProxy, openSightOfHeaders, sightOfHandshake } from '../../src/web/card/shown.ts'
import { type TestCard, type TestCardCa, testCardCa } from './cards.ts'
import { type TestClock, testClock } from './clock.ts'
import { freePorts } from './ports.ts'

// The card door by itself, with a store in memory and cards of a test CA, and clients that show them.

export const ISSUER = 'http://localhost:9'

export interface Files {
  readonly certificate: string
  readonly key: string
}

/** A certificate for `localhost` and its key, as an operator lays them beside the service. */
export function serverFiles(folder: string, name = 'server'): Files {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = [['CN', 'localhost']] as const
  const der = makeCertificate(
    {
      subject,
      publicKey,
      serial: systemRandom.bytes(8).fill(1, 0, 1),
      notBefore: Date.parse('2020-01-01T00:00:00Z'),
      notAfter: Date.parse('2090-01-01T00:00:00Z'),
      extendedKeyUsage: [PURPOSES.serverAuth],
      hosts: ['localhost'],
    },
    { subject, key: privateKey },
  )
  const files = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) }
  writeFileSync(files.certificate, pem('CERTIFICATE', der))
  writeFileSync(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  return files
}

export const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`

export interface TestDoor {
  readonly clock: TestClock
  readonly ca: TestCardCa
  readonly origin: string
  readonly port: number
  readonly folder: string
  readonly files: Files
  readonly tickets: CardTickets
  readonly listener: CardListener
  readonly faults: unknown[]
  /** Has the listener look at its files anew. */
  look(): Promise<void>
  /** A handle's address. */
  address(handle: string, uid?: string): string
  /** What a ticket in this answer's Location carries, for the handle. */
  taken(handle: string, answer: string): Promise<Shown | undefined>
  /** Tickets made so far. */
  made(): number
  metrics(): Promise<string>
  close(): Promise<void>
}

export interface Wish {
  readonly proxy?: FrontProxy
  /** A unix socket in the folder instead of a port. */
  readonly socket?: boolean
  readonly origin?: string
  readonly connectionsPerMinute?: number
}

export async function startDoor(wish: Wish = {}): Promise<TestDoor> {
  const clock = testClock()
  const folder = mkdtempSync(join(tmpdir(), 'pratu-card-'))
  const files = serverFiles(folder)
  const ca = testCardCa({ clock })
  const [port = 0] = await freePorts(1)
  const origin = wish.origin ?? `https://localhost:${port}`
  const artifacts = openMemoryArtifacts({ clock })
  const tickets = openCardTickets({ artifacts, random: systemRandom, clock })
  let made = 0
  const metrics = openMetrics()
  const faults: unknown[] = []
  let looks: (() => void) | undefined
  let waits: (() => void) | undefined
  const answer = openCardDoor({
    issuer: ISSUER,
    origin,
    sight: wish.proxy ? openSightOfHeaders(wish.proxy) : sightOfHandshake,
    tickets: {
      async present(handle, shown) {
        const ticket = await tickets.present(handle, shown)
        if (ticket) made++
        return ticket
      },
    },
    log: openLog({ level: 'error', clock, destination: { write: () => undefined } }),
    metrics,
    random: systemRandom,
  })
  const place: Place = wish.socket ? { path: join(folder, 'door.sock') } : { port, address: '127.0.0.1' }
  const listener = openCardListener({
    place,
    ...(!wish.proxy && { tls: files }),
    authorities: [ca.issuing.pem, ca.root.pem],
    answer,
    connectionsPerMinute: wish.connectionsPerMinute ?? 6_000,
    clock,
    onFault: (error) => faults.push(error),
    pause(_, signal) {
      waits?.()
      return new Promise((resolve) => {
        looks = resolve
        signal?.addEventListener('abort', () => resolve())
      })
    },
  })
  await listener.listen()
  return {
    clock,
    ca,
    origin,
    port,
    folder,
    files,
    tickets,
    listener,
    faults,
    look: () =>
      new Promise((resolve) => {
        waits = resolve
        looks?.()
      }),
    address: (handle, uid = 'sign-in-1') => `/card/${uid}/${handle}`,
    async taken(handle, text) {
      const [, ticket] = /^location: .*[?]ticket=([\w-]+)\r?$/im.exec(text) ?? []
      return ticket === undefined ? undefined : tickets.take(handle, ticket)
    },
    made: () => made,
    metrics: () => metrics.text(),
    async close() {
      await listener.drain(0, 0)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** How a browser shows a card. */
export const shows = ({ pem: cert, key }: TestCard): ConnectionOptions => ({
  cert,
  key: key.export({ type: 'pkcs8', format: 'pem' }),
})

export interface Said {
  /** Everything that came back. */
  readonly text: string
  /** An alert or a closed connection instead of an answer. */
  readonly error?: string
  readonly reused: boolean
  /** Sessions that the server offered to resume. */
  readonly sessions: Buffer[]
}

/** Opens a TLS connection, writes the bytes, and reads until the other side closes. */
export function over(port: number, text: string | Buffer, options: ConnectionOptions = {}): Promise<Said> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const sessions: Buffer[] = []
    let error: string | undefined
    let reused = false
    const socket = connect(
      { port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, ...options },
      () => {
        reused = socket.isSessionReused()
        socket.write(text)
      },
    )
    socket.setTimeout(3_000, () => socket.destroy())
    socket.on('session', (session) => sessions.push(session))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (fault: NodeJS.ErrnoException) => (error = fault.code ?? fault.message))
    socket.on('close', () =>
      resolve({ text: Buffer.concat(chunks).toString('latin1'), ...(error && { error }), reused, sessions }),
    )
  })
}

export const get = (door: Pick<TestDoor, 'origin'>, path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, `Host: ${new URL(door.origin).host}`, ...headers, '', ''].join('\r\n')

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
export const locationOf = (answer: string): string | undefined => /^location: (.*?)\r?$/im.exec(answer)?.[1]
