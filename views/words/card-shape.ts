// What the words about cards must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type CardTrouble = Extract<TroubleCode, `PRT-16${string}`>

/** What the Web eID extension, or our script in its place, says when no token comes: `ERR_WEBEID_` and this. */
export const WEB_EID_FAULTS = [
  'EXTENSION_UNAVAILABLE',
  'NATIVE_UNAVAILABLE',
  'VERSION_MISMATCH',
  'VERSION_INVALID',
  'NATIVE_FATAL',
  'USER_CANCELLED',
  'USER_TIMEOUT',
  'ACTION_TIMEOUT',
  'ACTION_PENDING',
  'CONTEXT_INSECURE',
  'NATIVE_INVALID_ARGUMENT',
  'MISSING_PARAMETER',
  'UNKNOWN_ERROR',
] as const
export type WebEidFault = (typeof WEB_EID_FAULTS)[number]
