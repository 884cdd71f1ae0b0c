import type { DeviceLinkSession, NotificationSession, SessionStatus } from './wire.ts'

// From what a service answered to what the interface knows: members that are needed must be there with their types, any
// others are passed over, for the provider adds some from time to time. What a value means is judged elsewhere.

type Fields = Readonly<Record<string, unknown>>

const fields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined
const text = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST
const texts = (holder: Fields, ...names: string[]): boolean => names.every((name) => text(holder[name]))
const LONGEST = 16_384

/** Where a link leads, and what stands in it, is put together unescaped: nothing else than these signs may come. */
const ID = /^[\w-]{1,64}$/
const TOKEN = /^[\w-]{1,128}$/
const BASE = /^https?:\/\/[\w.:-]+\/[\w./-]*$/
const BASE64 = /^[A-Za-z0-9+/]{16,128}={0,2}$/

export function readDeviceLinkSession(value: unknown): DeviceLinkSession | undefined {
  const { sessionID, sessionToken, sessionSecret, deviceLinkBase } = fields(value) ?? {}
  if (!text(sessionID) || !text(sessionToken) || !text(sessionSecret) || !text(deviceLinkBase)) return undefined
  const sound =
    ID.test(sessionID) && TOKEN.test(sessionToken) && BASE64.test(sessionSecret) && BASE.test(deviceLinkBase)
  return sound ? { sessionID, sessionToken, sessionSecret, deviceLinkBase } : undefined
}

export function readNotificationSession(value: unknown): NotificationSession | undefined {
  const { sessionID } = fields(value) ?? {}
  return text(sessionID) && ID.test(sessionID) ? { sessionID } : undefined
}

/** @returns undefined for what is no answer to the question at all. */
export function readStatus(value: unknown): SessionStatus | undefined {
  const status = fields(value)
  if (status?.state === 'RUNNING') return { state: 'RUNNING' }
  if (status?.state !== 'COMPLETE') return undefined
  const result = fields(status.result)
  if (!result || !texts(result, 'endResult')) return undefined
  if (result.endResult !== 'OK') return status as unknown as SessionStatus
  const whole = isSignature(status.signature) && isCertificate(status.cert) && texts(status, 'signatureProtocol')
  const sound =
    whole && texts(status, 'interactionTypeUsed') && ['string', 'undefined'].includes(typeof result.documentNumber)
  return sound ? (status as unknown as SessionStatus) : undefined
}

function isSignature(value: unknown): boolean {
  const signature = fields(value)
  const parameters = fields(signature?.signatureAlgorithmParameters)
  const mask = fields(parameters?.maskGenAlgorithm)
  const inMask = fields(mask?.parameters)
  return (
    signature !== undefined &&
    texts(signature, 'value', 'serverRandom', 'userChallenge', 'flowType', 'signatureAlgorithm') &&
    parameters !== undefined &&
    texts(parameters, 'hashAlgorithm', 'trailerField') &&
    typeof parameters.saltLength === 'number' &&
    mask !== undefined &&
    texts(mask, 'algorithm') &&
    inMask !== undefined &&
    texts(inMask, 'hashAlgorithm')
  )
}

function isCertificate(value: unknown): boolean {
  const certificate = fields(value)
  return certificate !== undefined && texts(certificate, 'value', 'certificateLevel')
}
