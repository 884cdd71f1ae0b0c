import { FAILURES } from '../../methods/smart-id/wire.ts'

// What the service can be told to do wrong: at /manage, by order(), or by a telephone's switch.

/** In place of a session, when one is to be opened. */
export const AT_OPENING = [
  'http-400',
  'http-401',
  'http-403',
  'http-404',
  'http-429',
  'http-480',
  'http-500',
  'http-503',
  'http-580',
  'garbage',
  'hang',
] as const
export type AtOpening = (typeof AT_OPENING)[number]

/** In place of a session's state, when it is asked for. */
export const AT_POLL = ['poll-404', 'poll-429', 'poll-500', 'poll-503', 'poll-garbage'] as const
export type AtPoll = (typeof AT_POLL)[number]

/** Ways in which a telephone's answer can be none. */
export const FORGERIES = [
  'no-document',
  'another-document',
  'another-protocol',
  'another-flow',
  'another-interaction',
  'another-hash',
  'another-salt',
  'another-mask',
  'another-trailer',
  'broken-signature',
  'signed-for-the-other-scheme',
  'another-challenge',
  'another-name',
  'replayed',
  'basic-account',
  'basic-certificate',
  'expired-certificate',
  'revoked-certificate',
  'unknown-certificate',
  'signing-certificate',
  'forged-certificate',
  'no-certificate',
  'another-person',
  'another-verifier',
  'another-secret',
  'no-members',
] as const
export type Forgery = (typeof FORGERIES)[number]

/** Ways of not saying OK, and one that nobody knows. */
export const ENDINGS = [...FAILURES, 'SOMETHING_NEW'] as const
export type Ending = (typeof ENDINGS)[number]

export type Order = AtOpening | AtPoll | Forgery | Ending
export const ORDERS: readonly Order[] = [...AT_OPENING, ...AT_POLL, ...FORGERIES, ...ENDINGS]

const isIn =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): text is Word =>
    words.some((word) => word === text)
export const isAtOpening = isIn<AtOpening>(AT_OPENING)
export const isAtPoll = isIn<AtPoll>(AT_POLL)
export const isForgery = isIn<Forgery>(FORGERIES)
export const isEnding = isIn<Ending>(ENDINGS)
