// What the words about passkeys and about the desk must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type PasskeyTrouble = Extract<TroubleCode, `PRT-21${string}`>
export type DeskTrouble = Extract<TroubleCode, `PRT-220${string}`>

/**
 * What the browser says when no answer comes: the names of DOMExceptions (WebAuthn §5.1.3 and §5.1.4). `NotMade` stands
 * for NotAllowedError where a key was to be made, `NoPasskeys` for a browser that knows none.
 */
export const PASSKEY_FAULTS = [
  'NotAllowedError',
  'NotMade',
  'InvalidStateError',
  'NotSupportedError',
  'SecurityError',
  'ConstraintError',
  'AbortError',
  'NoPasskeys',
  'UnknownError',
] as const
export type PasskeyFault = (typeof PASSKEY_FAULTS)[number]
