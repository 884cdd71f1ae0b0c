import type { Place, TlsFiles } from './listener.ts'
import type { FrontProxy, ProxyForm } from './shown.ts'

// What the settings of the card door mean together: TLS of its own, or behind a proxy at a port or a unix socket.

export interface CardDoorSettings {
  /** https, and not the issuer's. */
  readonly origin: string
  readonly place: Place
  /** Exactly one of these. */
  readonly tls?: TlsFiles
  readonly proxy?: FrontProxy
}

export interface Values {
  readonly issuer: string | undefined
  readonly listen: string
  readonly cardIssuers: string | undefined
  readonly cardOrigin: string | undefined
  readonly cardPort: number | undefined
  readonly cardTlsCert: string | undefined
  readonly cardTlsKey: string | undefined
  readonly cardProxySocket: string | undefined
  readonly cardProxySecret: string | undefined
  readonly cardProxyForm: ProxyForm
}

const SECRET_LENGTH = 32

/** @returns undefined where there is to be no card door; `mistakes`: one sentence each, where the settings don't fit together. */
export function readCardDoor(config: Values): {
  readonly door?: CardDoorSettings
  readonly mistakes: readonly string[]
} {
  const {
    issuer,
    listen,
    cardOrigin,
    cardPort,
    cardTlsCert,
    cardTlsKey,
    cardProxySocket,
    cardProxySecret,
    cardProxyForm,
  } = config
  const given = [cardOrigin, cardPort, cardTlsCert, cardTlsKey, cardProxySocket, cardProxySecret]
  if (given.every((value) => value === undefined)) return { mistakes: [] }

  const ownTls = cardTlsCert !== undefined && cardTlsKey !== undefined
  const demands: [boolean, string][] = [
    [cardOrigin === undefined, 'PRATU_CARD_ORIGIN is missing: the card door needs an address of its own'],
    [
      config.cardIssuers === undefined,
      'PRATU_CARD_ISSUERS is missing: the card door needs to know whose cards are believed',
    ],
    [cardOrigin?.startsWith('http://') === true, 'PRATU_CARD_ORIGIN must begin with https://'],
    [cardOrigin !== undefined && cardOrigin === issuer, 'PRATU_CARD_ORIGIN must be another address than PRATU_ISSUER'],
    [
      (cardPort === undefined) === (cardProxySocket === undefined),
      'PRATU_CARD_PORT or PRATU_CARD_PROXY_SOCKET: the card door needs exactly one of them',
    ],
    [
      (cardTlsCert === undefined) !== (cardTlsKey === undefined),
      'PRATU_CARD_TLS_CERT and PRATU_CARD_TLS_KEY go together',
    ],
    [
      cardTlsCert !== undefined && (cardProxySocket !== undefined || cardProxySecret !== undefined),
      'PRATU_CARD_TLS_CERT: either Pratu ends TLS at the card door or a proxy does (PRATU_CARD_PROXY_SOCKET, PRATU_CARD_PROXY_SECRET)',
    ],
    [
      cardPort !== undefined && cardTlsCert === undefined && cardTlsKey === undefined && cardProxySecret === undefined,
      'PRATU_CARD_PORT needs PRATU_CARD_TLS_CERT and PRATU_CARD_TLS_KEY, or PRATU_CARD_PROXY_SECRET where a proxy ends TLS',
    ],
    [
      cardProxySecret !== undefined && !fits(cardProxySecret),
      `PRATU_CARD_PROXY_SECRET must be at least ${SECRET_LENGTH} letters, digits, dashes or underscores`,
    ],
  ]
  const mistakes = demands.filter(([broken]) => broken).map(([, words]) => words)
  if (mistakes.length > 0 || cardOrigin === undefined) return { mistakes }

  const place: Place =
    cardProxySocket === undefined ? { port: cardPort ?? 0, address: listen } : { path: cardProxySocket }
  const secret = cardProxySecret === undefined ? {} : { secret: cardProxySecret }
  const door: CardDoorSettings = ownTls
    ? { origin: cardOrigin, place, tls: { certificate: cardTlsCert, key: cardTlsKey } }
    : { origin: cardOrigin, place, proxy: { form: cardProxyForm, ...secret } }
  return { door, mistakes }
}

/** It travels in a header, and must not be guessed. */
const fits = (secret: string): boolean => secret.length >= SECRET_LENGTH && /^[\w-]+$/.test(secret)
