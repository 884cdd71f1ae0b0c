import type { TroubleCode } from '../../identity/trouble.ts'

// Why a passkey's answer is not believed: the word for the audit, the page's code, and what `pratu explain` says of it.

export const PASSKEY_REFUSALS = {
  malformed: { trouble: 'PRT-2102', says: 'what came is no answer of an authenticator' },
  'other-ceremony': {
    trouble: 'PRT-2102',
    says: 'an answer to the making of a key came for a sign-in, or the reverse',
  },
  'other-challenge': { trouble: 'PRT-2103', says: 'it answers another question than the one that was asked' },
  'other-origin': {
    trouble: 'PRT-2102',
    says: 'the browser says that another page asked: a false site, a frame, or PRATU_ISSUER is not what people see',
  },
  'other-service': { trouble: 'PRT-2102', says: "the key was made for another host name than the issuer's" },
  'not-verified': { trouble: 'PRT-2109', says: 'nobody was there, or the device asked for no PIN, finger or face' },
  'not-bound-as-before': {
    trouble: 'PRT-2102',
    says: 'the key could not leave its device when it was made, and now it can',
  },
  signature: { trouble: 'PRT-2102', says: 'the signature is not by the key that we keep' },
  unknown: { trouble: 'PRT-2101', says: 'no such passkey is kept: it was removed, or never made here' },
  'other-holder': { trouble: 'PRT-2101', says: 'the key says that it is somebody else’s than we have it' },
  'unknown-question': {
    trouble: 'PRT-2103',
    says: 'the question was never asked, is older than five minutes, or was answered',
  },
  'counted-back': { trouble: 'PRT-2106', says: 'its count did not grow: there may be a copy of the key. Remove it' },
} as const satisfies Readonly<Record<string, { readonly trouble: TroubleCode; readonly says: string }>>

export type PasskeyRefusal = keyof typeof PASSKEY_REFUSALS
export const isPasskeyRefusal = (word: string): word is PasskeyRefusal => Object.hasOwn(PASSKEY_REFUSALS, word)
