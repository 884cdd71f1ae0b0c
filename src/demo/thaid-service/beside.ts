import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Random } from '../../platform/random.ts'
import type { Route } from '../../web/router.ts'
import type { Phones } from '../phones/phones.ts'
import { THAID_PREFIX, thaidRoutes } from './routes.ts'
import { openThaid, type Thaid } from './service.ts'

// ThaID beside the service: its routes for the world outside, and what the service must know of it, written as an operator
// would write it for the real one.

export interface Needs {
  readonly config: { readonly data: string; readonly issuer: string }
  /** Of the world outside. */
  readonly origin: string
  readonly phones: Phones
  readonly clock: Clock
  readonly random: Random
}

export interface Beside {
  readonly thaid: Thaid
  readonly routes: readonly Route[]
  /** The file for PRATU_UPSTREAMS, made anew at each start. */
  readonly settings: string
}

const CLIENT = 'pratu-demo'

export function thaidBeside({ config, origin, phones, clock, random }: Needs): Beside {
  const issuer = `${origin}${THAID_PREFIX}`
  const client = { id: CLIENT, secret: random.token(256), redirect: `${config.issuer}/return/thaid` }
  const thaid = openThaid({ issuer, client, phones, clock, random })
  const settings = join(config.data, 'upstreams.json')
  const document = {
    thaid: {
      issuer,
      client_id: client.id,
      client_secret: client.secret,
      scope: 'openid pid given_name family_name ial',
      person_claim: 'pid',
      scheme: 'TH',
      level_claim: 'ial',
      levels: { '2.1': 'low', '2.2': 'low', '2.3': 'substantial', '3': 'high' },
      // Its manual knows none; one that comes back must be right.
      nonce: 'if-returned',
    },
  }
  writeFileSync(settings, `${JSON.stringify(document, null, 2)}\n`, { mode: 0o600 })
  return { thaid, routes: thaidRoutes({ thaid }), settings }
}
