// The texts of all pages by language. English is the master of the shape; each language is one file.
import type { Language } from '../../src/identity/language.ts'
import type { TroubleCode } from '../../src/identity/trouble.ts'
import { en, enTrouble } from './en.ts'
import { et, etTrouble } from './et.ts'
import { th, thTrouble } from './th.ts'

/** What the sentences about trouble may mention: when it lifts, already worded (`in 30 seconds`, `from 09:41`). */
export interface TroubleValues {
  readonly when?: string | undefined
}
export type Text = string | ((values: TroubleValues) => string)
/** `¦` marks where a title may begin a new line (see `broken` in html.ts). */
export interface TroubleWords {
  readonly title: string
  readonly happened: string
  /** What did not happen: the fear that the page takes away. */
  readonly not?: string
  readonly now: Text
}
export type Vocabulary = typeof en

const vocabularies: Record<Language, Vocabulary> = { th, en, et }
const troubles: Record<Language, Record<TroubleCode, TroubleWords>> = { th: thTrouble, en: enTrouble, et: etTrouble }

export const wordsIn = (language: Language): Vocabulary => vocabularies[language]
export const troubleIn = (language: Language, code: TroubleCode): TroubleWords => troubles[language][code]
export const worded = (text: Text, values: TroubleValues): string => (typeof text === 'string' ? text : text(values))
