import { constants, createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, lstat, readFile, unlink } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { type Clock, pause as realPause } from '../../platform/clock.ts'
import { type Follower, openFollower } from '../../platform/follow.ts'
import { openBuckets } from '../limits.ts'
import type { Answer } from './door.ts'

// The sockets of the card door: TLS of its own, or plain HTTP for a proxy that ends TLS, at a port or a unix socket. Owns
// the handshake: a certificate is asked for and none refused (the sign-in's page says what is wrong with it), and no
// session is ever resumed, for a resumed one shows a card that may have been pulled out since.

export type Place =
  | { readonly port: number; readonly address: string }
  /** A unix socket: whoever may open it is believed. */
  | { readonly path: string }

/** Files in PEM: the certificate with its chain, and the key. */
export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

export interface Needs {
  readonly place: Place
  /** Absent: a proxy ends TLS. */
  readonly tls?: TlsFiles
  /** PEM of the CAs whose names are sent, so that browsers offer cards and nothing else. */
  readonly authorities: readonly string[]
  readonly answer: Answer
  /** Connections that one address may open in a minute where Pratu ends TLS: a handshake costs more than a page. */
  readonly connectionsPerMinute: number
  readonly clock: Clock
  /** A changed certificate could not be used; the earlier one stays. */
  readonly onFault: (error: unknown) => void
  /** Between two looks at the files. */
  readonly pause?: typeof realPause
}

export interface CardListener {
  /** @throws Error EADDRINUSE and its like; Error in one sentence when certificate and key are unusable. */
  listen(): Promise<void>
  /** As the main door's: serves on for `leave` ms, then lets requests in flight end, at the latest after `patience` ms. */
  drain(leave: number, patience: number): Promise<void>
}

/** As the main door's (web/app), less keep-alive: nobody asks twice here. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 32 * 1024,
  insecureHTTPParser: false,
  requireHostHeader: false,
} as const
/** Time to put the card in and type the PIN is spent inside the handshake. */
const HANDSHAKE = 120_000
const MOST_CONNECTIONS = 2_000

const { SSL_OP_NO_TICKET, SSL_OP_NO_RENEGOTIATION, SSL_OP_CIPHER_SERVER_PREFERENCE } = constants

export function openCardListener(needs: Needs): CardListener {
  const { place, tls, authorities, answer, clock, onFault, pause = realPause } = needs
  let server: Server | TlsServer | undefined
  let follower: Follower | undefined

  async function openTls(files: TlsFiles): Promise<TlsServer> {
    let used = await readPair(files)
    const context = ({ certificate, key }: Pair) => ({
      cert: certificate,
      key,
      ca: [...authorities],
      ...HANDSHAKE_RULES,
    })
    const made = createTlsServer(
      {
        ...LIMITS,
        ...context(used),
        requestCert: true,
        rejectUnauthorized: false,
        handshakeTimeout: HANDSHAKE,
        ALPNProtocols: ['http/1.1'],
      },
      answer,
    )
    const buckets = openBuckets({ perMinute: needs.connectionsPerMinute, clock })
    made.prependListener('connection', (socket: Socket) => {
      try {
        buckets.take(socket.remoteAddress ?? '')
      } catch {
        // Before the handshake nothing can be said, and the handshake is what the flood would cost.
        socket.destroy()
      }
    })
    follower = openFollower({
      onFault,
      pause,
      async load() {
        const found = await readPair(files)
        if (found.certificate === used.certificate && found.key === used.key) return
        made.setSecureContext(context(found))
        used = found
      },
    })
    await follower.watch()
    return made
  }

  return {
    async listen() {
      const made = tls ? await openTls(tls) : createServer(LIMITS, answer)
      made.maxConnections = MOST_CONNECTIONS
      if ('path' in place) await removeLeftOver(place.path)
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        if ('path' in place) made.listen(place.path, resolve)
        else made.listen(place.port, place.address, resolve)
      })
      server = made
      // The proxy is another user of this machine: it shares the group, nobody else gets in.
      if ('path' in place) await chmod(place.path, 0o660)
    },
    async drain(leave, patience) {
      await realPause(leave)
      await follower?.close()
      const open = server
      if (!open?.listening) return
      await new Promise<void>((resolve) => {
        const drained = new AbortController()
        open.close(() => {
          drained.abort()
          resolve()
        })
        open.closeIdleConnections()
        void realPause(patience, drained.signal).then(() => open.closeAllConnections())
      })
    },
  }
}

const HANDSHAKE_RULES = {
  minVersion: 'TLSv1.2',
  // Tickets would resume without asking for the certificate again; OpenSSL keeps no sessions of its own for Node.
  secureOptions: SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE,
  sessionTimeout: 1,
} as const

interface Pair {
  readonly certificate: string
  readonly key: string
}

/** @throws Error in one sentence, naming the file. */
async function readPair({ certificate, key }: TlsFiles): Promise<Pair> {
  const pair = { certificate: await readText(certificate), key: await readText(key) }
  let fits: boolean
  try {
    fits = new X509Certificate(pair.certificate).checkPrivateKey(createPrivateKey(pair.key))
  } catch (error) {
    throw new Error(`the card door's ${certificate} and ${key} are no certificate and key in PEM`, { cause: error })
  }
  if (!fits) throw new Error(`the card door's key ${key} is not that of its certificate ${certificate}`)
  return pair
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Error(`the card door can't read ${path} (${code})`, { cause: error })
  }
}

/** A process that was killed leaves its socket behind; one that somebody listens on is theirs. */
async function removeLeftOver(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (!found?.isSocket()) return
  const taken = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
  if (!taken) await unlink(path)
}
