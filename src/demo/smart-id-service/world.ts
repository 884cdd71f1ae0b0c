import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Route } from '../../web/router.ts'
import type { InventedPerson } from '../people.ts'
import type { Phones } from '../phones/phones.ts'
import { openAccounts } from './accounts.ts'
import { openAccountKey } from './key.ts'
import { smartIdRoutes } from './routes.ts'
import { openSmartIdService, type SmartIdService, type SmartIdSettings } from './service.ts'

// The world of Smart-ID around the demo: everybody's account, the provider's service, its pages. Called by the demo's start,
// before the service reads its issuers.

export interface Needs {
  readonly data: string
  /** Scheme, host and port at which the routes will stand. */
  readonly origin: string
  readonly people: readonly InventedPerson[]
  readonly phones: Phones
  readonly clock: Clock
  readonly random: Random
  /** Instead of one of the real length: for the tests. */
  readonly key?: () => Promise<KeyObject>
  readonly notification?: SmartIdSettings['notification']
}

export interface SmartIdWorld {
  readonly service: SmartIdService
  readonly routes: readonly Route[]
  /** What the real client is told. */
  readonly settings: SmartIdSettings
  close(): Promise<void>
}

export function openSmartIdWorld(needs: Needs): SmartIdWorld {
  const { data, origin, people, phones, clock, random, notification } = needs
  const made = needs.key ? { key: needs.key, close: async () => {} } : openAccountKey(data)
  const accounts = openAccounts({ data, key: made.key, clock, random })
  const issuers = join(data, 'smart-id-issuers')
  accounts.writeIssuers(issuers, `${origin}/smart-id-rp/ocsp`)
  const service = openSmartIdService({
    people: people.map(({ scheme, code, phone, ...names }) => ({
      scheme,
      code,
      phone,
      document: `PNO${scheme}-${code}-DEMO-Q`,
      level: 'QUALIFIED' as const,
      given: (scheme === 'TH' ? names.given_name_latin : names.given_name)?.toUpperCase(),
      family: (scheme === 'TH' ? names.family_name_latin : names.family_name)?.toUpperCase(),
    })),
    phones,
    accounts,
    issuers,
    clock,
    random,
    ...(notification && { notification }),
    closing: made.close,
  })
  return {
    service,
    routes: smartIdRoutes({ service, accounts, origin: () => origin, clock }),
    settings: service.settings(origin),
    close: () => service.close(),
  }
}
