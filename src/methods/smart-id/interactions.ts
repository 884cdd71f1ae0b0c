import type { Language, Words } from '../../identity/language.ts'
import type { Interaction } from './wire.ts'

// The words on the telephone's screen: where its holder is about to sign in, so that a stranger's sign-in looks wrong
// to them. An app that can't show the longer one with a button of its own shows the shorter one above its PIN.

const LEADS: Words = {
  th: 'เข้าสู่ระบบ: ',
  en: 'Sign in to: ',
  et: 'Sisselogimine: ',
}
const SHORT = 60
const LONG = 200

/** Device links: by preference, each type once. */
export const forDeviceLink = (towards: Words, language: Language): Interaction[] => [
  { type: 'confirmationMessage', displayText200: cut(LEADS[language] + towards[language], LONG) },
  { type: 'displayTextAndPIN', displayText60: cut(LEADS[language] + towards[language], SHORT) },
]

/** Notifications: the holder must pick the right one of three codes, so that nobody confirms without looking. */
export const forNotification = (towards: Words, language: Language): Interaction[] => [
  {
    type: 'confirmationMessageAndVerificationCodeChoice',
    displayText200: cut(LEADS[language] + towards[language], LONG),
  },
]

/** The exact text that is sent, hashed and signed. */
export const written = (interactions: readonly Interaction[]): string =>
  Buffer.from(JSON.stringify(interactions)).toString('base64')

/** In characters as people count them, so that no Thai vowel is left without its consonant. */
function cut(text: string, most: number): string {
  if (text.length <= most) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    if (kept.length + segment.length + 1 > most) break
    kept += segment
  }
  return `${kept}…`
}
