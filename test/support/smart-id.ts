import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import decodeQR from 'qr/decode.js'
import { openOutside } from '../../src/demo/outside.ts'
import { openPhones, type Phones } from '../../src/demo/phones/phones.ts'
import { phoneRoutes } from '../../src/demo/phones/routes.ts'
import type { Person, SmartIdService } from '../../src/demo/smart-id-service/service.ts'
import { openSmartIdWorld } from '../../src/demo/smart-id-service/world.ts'
import type { SmartIdSettings } from '../../src/methods/smart-id/settings.ts'
import { systemRandom } from '../../src/platform/random.ts'
import { linesOf, type Picture } from '../../views/login/smart-id-wait.ts'
import { testClock } from './clock.ts'
import { freePorts } from './ports.ts'
import { type Options, PEOPLE, startService, type TestService } from './service.ts'
import type { Page } from './visitor.ts'

// The whole service with Smart-ID, and outside its door the provider's service with everybody's app.

export interface SmartIdTest {
  readonly at: TestService
  readonly provider: SmartIdService
  readonly phones: Phones
  /** Scheme, host and port of the world outside. */
  readonly outside: string
  readonly people: readonly Person[]
  close(): Promise<void>
}

let key: KeyObject | undefined
/** One for all tests of a file: shorter than real ones, for it is made in a moment. */
export const accountKey = async (): Promise<KeyObject> => {
  key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return key
}

export interface SmartIdOptions extends Options {
  readonly notification?: SmartIdSettings['notification']
}

export async function startSmartId({ notification, ...options }: SmartIdOptions = {}): Promise<SmartIdTest> {
  const data = mkdtempSync(join(tmpdir(), 'pratu-smart-id-'))
  const [port = 0] = await freePorts(1)
  const origin = `http://localhost:${port}`
  let at: TestService | undefined
  const before = testClock()
  const clock = { now: () => (at?.clock ?? before).now() }
  const people = PEOPLE.map((person, index) => ({ ...person, phone: `+6610000010${index + 1}` }))
  const phones = openPhones({ people })
  const world = openSmartIdWorld({
    data,
    origin,
    people,
    phones,
    clock,
    random: systemRandom,
    key: accountKey,
    ...(notification && { notification }),
  })
  const outside = openOutside({ port, routes: [...phoneRoutes({ phones }), ...world.routes] })
  await outside.listen()
  const { settings } = world
  at = await startService({
    ...options,
    settings: {
      PRATU_SMART_ID_ADDRESS: settings.address,
      PRATU_SMART_ID_RP_UUID: settings.rpUuid,
      PRATU_SMART_ID_RP_NAME: settings.rpName,
      PRATU_SMART_ID_ISSUERS: settings.issuers,
      PRATU_SMART_ID_SCHEME: settings.scheme,
      PRATU_SMART_ID_NOTIFICATION: settings.notification,
      ...options.settings,
    },
  })
  const started = at
  return {
    at,
    provider: world.service,
    phones,
    outside: origin,
    people: world.service.people,
    async close() {
      await started.close()
      await outside.close()
      await world.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/** What a camera reads of these points. */
export function readPicture(picture: Picture): string {
  const scale = 4
  const side = (picture.size + 8) * scale
  const data = new Uint8Array(side * side * 4).fill(255)
  for (const [, x = '', y = '', run = ''] of linesOf(picture).matchAll(/M(\d+) (\d+)\.5h(\d+)/g))
    for (let row = (Number(y) + 4) * scale; row < (Number(y) + 5) * scale; row++)
      for (let column = (Number(x) + 4) * scale; column < (Number(x) + 4 + Number(run)) * scale; column++)
        data.set([0, 0, 0], (row * side + column) * 4)
  return decodeQR({ width: side, height: side, data })
}

/** The same, of the page without its script. */
export function readPageCode({ html }: Page): string {
  const side = Number(/viewBox="-4 -4 (\d+)/.exec(html)?.[1]) - 8
  const bytes = new Uint8Array(Math.ceil((side * side) / 8))
  const lines = /id="square-lines" d="([^"]*)"/.exec(html)?.[1] ?? ''
  for (const [, x = '', y = '', run = ''] of lines.matchAll(/M(\d+) (\d+)\.5h(\d+)/g))
    for (let column = Number(x); column < Number(x) + Number(run); column++) {
      const point = Number(y) * side + column
      bytes[point >> 3]! |= 0x80 >> (point & 7)
    }
  return readPicture({ size: side, bits: Buffer.from(bytes).toString('base64url') })
}
