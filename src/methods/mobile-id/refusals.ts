import type { TroubleCode } from '../../identity/trouble.ts'
import { CARD_REFUSALS, type CardRefusalCode } from '../certificates/verdict.ts'
import type { Failure } from './wire.ts'

// Every way in which Mobile-ID doesn't lead on: its word in the audit, and what the person is told. Where telling more
// would help whoever forges an answer it is PRT-1720.

const ENDED = {
  NOT_MID_CLIENT: 'PRT-1702',
  TIMEOUT: 'PRT-1703',
  /** The client of the provider's own takes it for the same. */
  EXPIRED_TRANSACTION: 'PRT-1703',
  USER_CANCELLED: 'PRT-1704',
  SIGNATURE_HASH_MISMATCH: 'PRT-1705',
  PHONE_ABSENT: 'PRT-1706',
  DELIVERY_ERROR: 'PRT-1707',
  SIM_ERROR: 'PRT-1708',
} as const satisfies Record<Failure, TroubleCode>

/** A result that nobody knows is a failure, whatever it may mean. */
const UNKNOWN = 'PRT-1709'

export const isFailure = (result: string): result is Failure => Object.hasOwn(ENDED, result)
export const endedCode = (result: string): TroubleCode => (isFailure(result) ? ENDED[result] : UNKNOWN)

/** What the service says instead of an answer; any other status is `http-other`. */
const HTTP = {
  'http-400': 'PRT-1711',
  'http-401': 'PRT-1712',
  /** Of a session that was just to begin. */
  'http-404': 'PRT-1714',
  'http-405': 'PRT-1714',
  'http-other': 'PRT-1714',
  /** 404 for a session that was begun. */
  'session-lost': 'PRT-1713',
  'http-429': 'PRT-1715',
  'http-5xx': 'PRT-1716',
  'http-503': 'PRT-1717',
  unreachable: 'PRT-1718',
  /** 200, and nothing that the interface knows. */
  malformed: 'PRT-1719',
} as const satisfies Record<string, TroubleCode>
export type HttpWord = keyof typeof HTTP
export const httpCode = (word: HttpWord): TroubleCode => HTTP[word]

/** What is wrong with an answer that says OK. */
const ANSWERS = {
  'wrong-profile': 'PRT-1720',
  'wrong-algorithm': 'PRT-1720',
  'no-person': 'PRT-1720',
  'wrong-person': 'PRT-1724',
  'wrong-signature': 'PRT-1725',
} as const satisfies Record<string, TroubleCode>
export type AnswerWord = keyof typeof ANSWERS

/** The person's own certificate: what differs from a card is what its holder is to do. */
const CERTIFICATES: Partial<Readonly<Record<TroubleCode, TroubleCode>>> = {
  'PRT-1601': 'PRT-1720',
  'PRT-1602': 'PRT-1721',
  'PRT-1603': 'PRT-1726',
  'PRT-1604': 'PRT-1723',
  'PRT-1606': 'PRT-1722',
}

export type Word = AnswerWord | CardRefusalCode

export const wordCode = (word: Word): TroubleCode =>
  Object.hasOwn(ANSWERS, word)
    ? ANSWERS[word as AnswerWord]
    : (CERTIFICATES[CARD_REFUSALS[word as CardRefusalCode].trouble] ?? 'PRT-1720')
