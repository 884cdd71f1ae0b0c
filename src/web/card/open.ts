import type { CardTickets } from '../../methods/smart-card/tls.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import { openCardDoor } from './door.ts'
import { type CardListener, openCardListener } from './listener.ts'
import type { CardDoorSettings } from './settings.ts'
import { openSightOfHeaders, sightOfHandshake } from './shown.ts'

export interface Needs {
  readonly settings: CardDoorSettings
  readonly issuer: string
  readonly tickets: Pick<CardTickets, 'present'>
  /** PEM of the CAs whose names are sent in the handshake. */
  readonly authorities: readonly string[]
  readonly connectionsPerMinute: number
  readonly log: Log
  readonly metrics: Metrics
  readonly random: Random
  readonly clock: Clock
}

/** The card door as it is configured, not yet listening. */
export function openCard({ settings, authorities, connectionsPerMinute, ...needs }: Needs): CardListener {
  const { origin, place, tls, proxy } = settings
  return openCardListener({
    place,
    ...(tls && { tls }),
    authorities,
    answer: openCardDoor({ ...needs, origin, sight: proxy ? openSightOfHeaders(proxy) : sightOfHandshake }),
    connectionsPerMinute,
    clock: needs.clock,
    onFault: (error) => needs.log.fault('card-certificate-not-changed', error),
  })
}
