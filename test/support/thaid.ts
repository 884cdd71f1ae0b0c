import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadEntry } from '../../src/audit/read.ts'
import { openOutside } from '../../src/demo/outside.ts'
import { inventedPeople } from '../../src/demo/people.ts'
import { openPhones, type Phones } from '../../src/demo/phones/phones.ts'
import { phoneRoutes } from '../../src/demo/phones/routes.ts'
import { thaidBeside } from '../../src/demo/thaid-service/beside.ts'
import type { Thaid } from '../../src/demo/thaid-service/service.ts'
import type { Clock } from '../../src/platform/clock.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { freePorts } from './ports.ts'
import { type Options, type Request, startService, type TestService } from './service.ts'
import type { Page, Visitor } from './visitor.ts'

// The whole service with ThaID beside it: the simulator on a port of its own, and telephones of invented people.

export interface ThaidService {
  readonly at: TestService
  readonly thaid: Thaid
  readonly phones: Phones
  /** Of the world outside. */
  readonly origin: string
  /** From the agency's request to ThaID's question, as this browser's address there. */
  leave(visitor: Visitor, asked: Request): Promise<string>
  /** What that address leads back to, once the holder of the telephone has answered. */
  answer(question: string, how?: 'confirm' | 'refuse', phone?: string): Promise<string>
  /** What was written about sign-ins, newest last. */
  audited(type?: string): Promise<readonly ReadEntry[]>
  close(): Promise<void>
}

/** Who the first citizen of the test service is. */
export const PHONE = '+66100000101'

export async function startThaidService(options: Options = {}): Promise<ThaidService> {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-thaid-'))
  const [port = 0] = await freePorts(1)
  const origin = `http://localhost:${port}`
  const phones = openPhones({ people: inventedPeople() })
  // Both need each other's address before either is there.
  const [own = 0] = await freePorts(1)
  const issuer = `http://localhost:${own}`
  const clock: Clock = { now: () => at.clock.now() }
  const beside = thaidBeside({ config: { data: folder, issuer }, origin, phones, clock, random: systemRandom })
  const settings = {
    ...options.settings,
    PRATU_PORT: String(own),
    PRATU_ISSUER: issuer,
    PRATU_UPSTREAMS: beside.settings,
  }
  const at: TestService = await startService({ ...options, settings })
  const { thaid } = beside
  const outside = openOutside({ port, routes: [...phoneRoutes({ phones }), ...beside.routes] })
  await outside.listen()
  return {
    at,
    thaid,
    phones,
    origin,
    async leave(visitor, asked) {
      const page = await visitor.open(asked.url)
      const left = page.form ? await visitor.submit(page, { method: 'thaid' }) : page
      return locationOf(left)
    },
    async answer(question, how = 'confirm', phone = PHONE) {
      const waiting = await follow(question)
      const id = /\/wait\/([\w-]+)/.exec(waiting)![1]!
      if (!thaid.scan(id, phone)) throw new Error('nobody could scan it')
      const [ring] = phones.find(phone)!.rings
      phones.answer(phone, ring!.id, how)
      return follow(waiting)
    },
    audited: (type = 'sign-in.refused') =>
      at.service.parts.auditReading.read(
        at.service.parts.db,
        { kind: 'operator', name: 'test' },
        { type, persons: true },
      ),
    async close() {
      await at.close()
      await outside.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** One hop at the world outside. */
async function follow(address: string): Promise<string> {
  const response = await fetch(address, { redirect: 'manual' })
  const to = response.headers.get('location')
  if (to === null)
    throw new Error(`${address} leads nowhere: ${response.status} ${(await response.text()).slice(0, 200)}`)
  return new URL(to, address).href
}

export function locationOf(page: Page): string {
  const to = page.headers.get('location')
  if (to === null) throw new Error(`${page.url} leads nowhere: ${page.status}\n${page.html.slice(0, 500)}`)
  return to
}
