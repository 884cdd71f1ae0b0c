import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { type LinkType, PROTOCOL } from './wire.ts'

// Links that a telephone takes up, as a picture or as an app's own address (RP API 3, "Device link flows"). Made here and
// nowhere else: the key of their authCode is the session's secret, which no browser ever sees.

/** What of an opened session its links are made from. */
export interface Linked {
  /** `smart-id`, or `smart-id-demo` at the provider's own demo. */
  readonly schemeName: string
  readonly rpName: string
  /** base64, as it was sent. */
  readonly rpChallenge: string
  /** base64, as they were sent. */
  readonly interactions: string
  /** As it was sent; absent: there is no same-device link. */
  readonly callback?: string | undefined
  readonly deviceLinkBase: string
  readonly sessionToken: string
  /** base64 */
  readonly sessionSecret: string
  /** ISO 639-2, of the pages that a browser without the app is shown. */
  readonly lang: string
}

/**
 * @param elapsed whole seconds since the session was opened; of pictures only, and different in each.
 * @returns the address with its authCode; nothing of it is to be encoded.
 */
export function deviceLink(session: Linked, type: LinkType, elapsed?: number): string {
  const { deviceLinkBase, sessionToken, lang } = session
  const seconds = type === 'QR' ? `&elapsedSeconds=${elapsed ?? 0}` : ''
  const link = `${deviceLinkBase}?deviceLinkType=${type}${seconds}&sessionToken=${sessionToken}&sessionType=auth&version=1.0&lang=${lang}`
  return `${link}&authCode=${authCode(session, type, link)}`
}

function authCode(session: Linked, type: LinkType, link: string): string {
  const payload = authCodePayload({
    schemeName: session.schemeName,
    signatureProtocol: PROTOCOL,
    challenge: session.rpChallenge,
    rpName: session.rpName,
    interactions: session.interactions,
    callback: type === 'QR' ? '' : (session.callback ?? ''),
    link,
  })
  return keyed(session.sessionSecret, payload)
}

/** @param secret base64. @returns base64url. */
export const keyed = (secret: string, payload: string): string =>
  createHmac('sha256', Buffer.from(secret, 'base64')).update(payload).digest('base64url')

export interface AuthCodeParts {
  readonly schemeName: string
  /** Empty where a certificate is asked for. */
  readonly signatureProtocol: string
  readonly challenge: string
  readonly rpName: string
  /** Of whoever signs in through a broker. */
  readonly brokeredRpName?: string
  readonly interactions: string
  readonly callback: string
  /** Without its authCode. */
  readonly link: string
}

export const authCodePayload = (parts: AuthCodeParts): string =>
  [
    parts.schemeName,
    parts.signatureProtocol,
    parts.challenge,
    base64(parts.rpName),
    base64(parts.brokeredRpName ?? ''),
    parts.interactions,
    parts.callback,
    parts.link,
  ].join('|')

const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Whether what the app brought back belongs to this session. */
export const isDigestOf = (digest: string, secret: string): boolean =>
  same(digest, hash('sha256', Buffer.from(secret, 'base64'), 'base64url'))

/** Whether the challenge that the telephone signed was made from what its app brought back. */
export const isVerifierOf = (verifier: string, userChallenge: string): boolean =>
  same(userChallenge, hash('sha256', Buffer.from(verifier, 'ascii'), 'base64url'))

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}
