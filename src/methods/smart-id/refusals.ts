import type { TroubleCode } from '../../identity/trouble.ts'
import type { CardRefusalCode } from '../certificates/verdict.ts'
import { CARD_REFUSALS } from '../certificates/verdict.ts'
import type { Failure } from './wire.ts'

// Every way in which Smart-ID doesn't lead on: its word in the audit, and what the person is told. Where telling more
// would help whoever forges an answer it is PRT-1831.

const ENDED = {
  USER_REFUSED: 'PRT-1801',
  TIMEOUT: 'PRT-1802',
  DOCUMENT_UNUSABLE: 'PRT-1803',
  WRONG_VC: 'PRT-1804',
  REQUIRED_INTERACTION_NOT_SUPPORTED_BY_APP: 'PRT-1805',
  USER_REFUSED_CERT_CHOICE: 'PRT-1806',
  USER_REFUSED_INTERACTION: 'PRT-1807',
  PROTOCOL_FAILURE: 'PRT-1808',
  EXPECTED_LINKED_SESSION: 'PRT-1809',
  SERVER_ERROR: 'PRT-1810',
  ACCOUNT_UNUSABLE: 'PRT-1811',
} as const satisfies Record<Failure, TroubleCode>

/** Of a session that is over. */
export const endedCode = (endResult: string): TroubleCode =>
  Object.hasOwn(ENDED, endResult) ? ENDED[endResult as Failure] : 'PRT-1812'

/** What the provider's service says instead of an answer; any other status is `http-other`. */
const HTTP = {
  'http-400': 'PRT-1820',
  'http-401': 'PRT-1821',
  'http-403': 'PRT-1822',
  'http-404': 'PRT-1823',
  'http-480': 'PRT-1825',
  'http-580': 'PRT-1826',
  'http-429': 'PRT-1827',
  'http-5xx': 'PRT-1828',
  'http-other': 'PRT-1828',
  /** 404 for a session that was opened. */
  'session-lost': 'PRT-1824',
  unreachable: 'PRT-1829',
  /** 200, and nothing that the interface knows. */
  malformed: 'PRT-1830',
} as const satisfies Record<string, TroubleCode>
export type HttpWord = keyof typeof HTTP
export const httpCode = (word: HttpWord): TroubleCode => HTTP[word]

/** What is wrong with an answer that says OK. */
const ANSWERS = {
  'no-document': 'PRT-1831',
  'wrong-protocol': 'PRT-1831',
  'wrong-flow': 'PRT-1831',
  'wrong-interaction': 'PRT-1831',
  'wrong-algorithm': 'PRT-1831',
  'wrong-signature': 'PRT-1831',
  'wrong-profile': 'PRT-1831',
  'wrong-document': 'PRT-1831',
  'no-person': 'PRT-1831',
  'level-too-low': 'PRT-1835',
  'wrong-person': 'PRT-1837',
  /** The app came back with a token, a digest or a verifier that is not of this session. */
  'wrong-callback': 'PRT-1838',
  /** Confirmed by an app that never came back to this browser. */
  'no-callback': 'PRT-1839',
} as const satisfies Record<string, TroubleCode>
export type AnswerWord = keyof typeof ANSWERS

/** The person's own certificate: what differs from a card is what its holder is to do. */
const CERTIFICATES: Partial<Readonly<Record<TroubleCode, TroubleCode>>> = {
  'PRT-1601': 'PRT-1831',
  'PRT-1602': 'PRT-1832',
  'PRT-1603': 'PRT-1836',
  'PRT-1604': 'PRT-1834',
  'PRT-1606': 'PRT-1833',
}

export type Word = AnswerWord | CardRefusalCode

export const wordCode = (word: Word): TroubleCode =>
  Object.hasOwn(ANSWERS, word)
    ? ANSWERS[word as AnswerWord]
    : (CERTIFICATES[CARD_REFUSALS[word as CardRefusalCode].trouble] ?? 'PRT-1831')
