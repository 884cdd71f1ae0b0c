import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadEntry } from '../../src/audit/read.ts'
import { openCardWorld } from '../../src/demo/cards/world.ts'
import type { Behaviour } from '../../src/demo/mobile-id-service/behaviours.ts'
import { type MobileIdService, openMobileIdService } from '../../src/demo/mobile-id-service/service.ts'
import { openOutside } from '../../src/demo/outside.ts'
import { openPhones, type Phones } from '../../src/demo/phones/phones.ts'
import { phoneRoutes } from '../../src/demo/phones/routes.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { testClock } from './clock.ts'
import { freePorts } from './ports.ts'
import { type Options, PEOPLE, startService, type TestService } from './service.ts'

// The whole service with Mobile-ID, and outside it the demo's provider with telephones, its CA and that CA's responder:
// three servers that speak with each other over HTTP and nothing else.

export interface MobileIdWorld {
  readonly at: TestService
  readonly phones: Phones
  readonly provider: MobileIdService
  /** Of the world outside. */
  readonly outside: string
  readonly responder: ReturnType<typeof openCardWorld>['responder']
  /** By person code. */
  phoneOf(code: string): string
  /** By the management API. */
  tell(phone: string, behaviour: Behaviour): Promise<void>
  audited(): Promise<readonly ReadEntry[]>
  close(): Promise<void>
}

/** As the demo gives them. */
const PHONES: Readonly<Record<string, string>> = {
  '1999900001010': '+66100000101',
  '1999900002024': '+66100000102',
  '60001019906': '+37210001109',
}

/** @param lead for how long the page shows its number first, in milliseconds. */
export async function startMobileId({
  lead = 50,
  ...options
}: Options & { lead?: number } = {}): Promise<MobileIdWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-mobile-id-'))
  let at: TestService | undefined
  const before = testClock()
  const clock = { now: () => (at?.clock ?? before).now() }
  const random = systemRandom
  const [port = 0, cardPort = 0] = await freePorts(2)
  const cards = openCardWorld({ data: folder, port: cardPort, issuer: '', origin: '', clock, random })
  const people = PEOPLE.map((person) => ({ ...person, phone: PHONES[person.code]! }))
  const phones = openPhones({ people })
  const provider = openMobileIdService({ data: folder, cards, phones, clock, random, lead })
  const outside = openOutside({ port, routes: [...phoneRoutes({ phones }), ...provider.routes] })
  await Promise.all([outside.listen(), cards.responder.listen()])
  const { address, relyingParty, issuers } = provider.settings(outside.origin())
  at = await startService({
    ...options,
    settings: {
      PRATU_MOBILE_ID_ADDRESS: address,
      PRATU_MOBILE_ID_RP_UUID: relyingParty.uuid,
      PRATU_MOBILE_ID_RP_NAME: relyingParty.name,
      PRATU_MOBILE_ID_ISSUERS: issuers,
      PRATU_MOBILE_ID_LEAD: String(lead),
      ...options.settings,
    },
  })
  const started = at
  return {
    at,
    phones,
    provider,
    outside: outside.origin(),
    responder: cards.responder,
    phoneOf: (code) => PHONES[code]!,
    async tell(phone, behaviour) {
      const body = JSON.stringify({ phone, behaviour })
      const headers = { 'content-type': 'application/json' }
      const { ok } = await fetch(`${outside.origin()}/mid-api/manage`, { method: 'POST', headers, body })
      if (!ok) throw new Error(`the provider does not know ${behaviour}`)
    },
    async audited() {
      const { parts } = started.service
      const reader = { kind: 'operator', name: 'test' } as const
      const entries = await parts.auditReading.read(parts.db, reader, { limit: 1_000, persons: true })
      return entries.filter(({ type }) => type.startsWith('sign-in.'))
    },
    async close() {
      await started.close()
      provider.close()
      await outside.close()
      await cards.responder.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
