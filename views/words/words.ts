// The texts of all pages by language. English is the master of the shape; each language is one file.
import type { Language } from '../../src/identity/language.ts'
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { enFaults } from './card-en.ts'
import { etFaults } from './card-et.ts'
import type { WebEidFault } from './card-shape.ts'
import { thFaults } from './card-th.ts'
import { en, type Vocabulary } from './en.ts'
import { et } from './et.ts'
import { enPasskeyFaults } from './passkey-en.ts'
import { etPasskeyFaults } from './passkey-et.ts'
import type { PasskeyFault } from './passkey-shape.ts'
import { thPasskeyFaults } from './passkey-th.ts'
import { th } from './th.ts'
import { enTrouble } from './trouble-en.ts'
import { etTrouble } from './trouble-et.ts'
import type { Text, TroubleValues, TroubleWords } from './trouble-shape.ts'
import { thTrouble } from './trouble-th.ts'

const vocabularies: Record<Language, Vocabulary> = { th, en, et }
const troubles: Record<Language, Record<TroubleCode, TroubleWords>> = { th: thTrouble, en: enTrouble, et: etTrouble }
const faults: Record<Language, Record<WebEidFault, TroubleWords>> = { th: thFaults, en: enFaults, et: etFaults }
const passkeyFaults: Record<Language, Record<PasskeyFault, TroubleWords>> = {
  th: thPasskeyFaults,
  en: enPasskeyFaults,
  et: etPasskeyFaults,
}

export const wordsIn = (language: Language): Vocabulary => vocabularies[language]
export const troubleIn = (language: Language, code: TroubleCode): TroubleWords => troubles[language][code]
/** What the Web eID extension said, in the person's words. */
export const faultIn = (language: Language, fault: WebEidFault): TroubleWords => faults[language][fault]
/** What the browser said of a passkey, in the person's words. */
export const passkeyFaultIn = (language: Language, fault: PasskeyFault): TroubleWords => passkeyFaults[language][fault]
export const worded = (text: Text, values: TroubleValues): string => (typeof text === 'string' ? text : text(values))
