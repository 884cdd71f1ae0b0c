import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import type { ReadEntry } from '../../src/audit/read.ts'
import type { Responder } from '../../src/demo/cards/responder.ts'
import { get, locationOf, over, serverFiles, statusOf } from './card-door.ts'
import { type TestCardCa, testCardCa } from './cards.ts'
import { testClock } from './clock.ts'
import { freePorts } from './ports.ts'
import { type Options, startService, type TestService } from './service.ts'
import type { Page } from './visitor.ts'

// The whole service with cards: a test CA among its issuers, that CA's responder, and the card door.

export interface CardService {
  readonly at: TestService
  readonly ca: TestCardCa
  readonly responder: Responder
  /** The card door's address and port; the port is its proxy's business where it is behind one. */
  readonly origin: string
  readonly port: number
  readonly folder: string
  /** What was written about sign-ins, newest last. */
  audited(): Promise<readonly ReadEntry[]>
  close(): Promise<void>
}

export interface CardOptions extends Options {
  /** Settings of the card door instead of its own TLS; `folder` is where a socket may lie. */
  readonly door?: (folder: string, port: number) => Readonly<Record<string, string>>
  readonly origin?: (port: number) => string
  /** What issuers.txt says of the CA besides its certificates and its responder. */
  readonly issuer?: string
}

export async function startCardService({
  door,
  origin,
  issuer = 'schemes=EE,TH assurance=high test',
  ...options
}: CardOptions = {}): Promise<CardService> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-cards-'))
  let at: TestService | undefined
  const before = testClock()
  const ca = testCardCa({ clock: { now: () => (at?.clock ?? before).now() } })
  const responder = await ca.responder()
  writeFileSync(join(folder, 'issuing.pem'), ca.issuing.pem)
  writeFileSync(join(folder, 'root.pem'), ca.root.pem)
  writeFileSync(join(folder, 'issuers.txt'), `test-cards ca=issuing.pem,root.pem ocsp=${responder.url()} ${issuer}\n`)
  const { certificate, key } = serverFiles(folder)
  const [port = 0] = await freePorts(1)
  const here = origin?.(port) ?? `https://localhost:${port}`
  at = await startService({
    ...options,
    settings: {
      PRATU_CARD_ISSUERS: folder,
      PRATU_CARD_ORIGIN: here,
      ...(door?.(folder, port) ?? {
        PRATU_CARD_PORT: String(port),
        PRATU_CARD_TLS_CERT: certificate,
        PRATU_CARD_TLS_KEY: key,
      }),
      ...options.settings,
    },
  })
  const { parts } = at.service
  const started = at
  return {
    at,
    ca,
    responder,
    origin: here,
    port,
    folder,
    async audited() {
      const entries = await parts.auditReading.read(
        parts.db,
        { kind: 'operator', name: 'test' },
        { limit: 1_000, persons: true },
      )
      return entries.filter(({ type }) => type.startsWith('sign-in.'))
    },
    async close() {
      await started.close()
      await responder.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The address at the card door that this answer leads to. */
export function doorOf(page: Page): URL {
  const location = page.headers.get('location')
  if (!location?.includes('/card/'))
    throw new Error(`not led to the card door: ${page.status} ${page.html.slice(0, 500)}`)
  return new URL(location)
}

/** Goes there with a card, or without, and says where it is led. */
export async function showAt(address: URL, options: ConnectionOptions = {}): Promise<string> {
  const { text, error } = await over(Number(address.port), get(address, address.pathname), options)
  const to = locationOf(text)
  if (statusOf(text) !== 303 || to === undefined) throw new Error(`the card door: ${error ?? text}`)
  return to
}
