import { measure } from '../../formats/short-message.ts'
import type { Language } from '../../identity/language.ts'
import type { DisplayTextFormat, PhoneLanguage } from './wire.ts'

// What the telephone shows besides the number: in which language it speaks around it, and as much of the text as fits.

const LONGEST: Readonly<Record<DisplayTextFormat, number>> = { 'GSM-7': 100, 'UCS-2': 50 }
/** `€ [ ] ^ | { } \` and `~` take an escape each; of these the service takes so many. */
const MOST_ESCAPED = 5

export interface Displayed {
  readonly displayText: string
  readonly displayTextFormat: DisplayTextFormat
}

/**
 * The whole text where it fits, else its beginning with `…` (`...` in GSM-7, which has no ellipsis), cut between what
 * readers take for letters: a Thai vowel sign never stands alone. UCS-2 as soon as one character is outside GSM-7.
 */
export function displayed(text: string): Displayed {
  const plain = text.replaceAll(/\s+/g, ' ').trim()
  const displayTextFormat = isGsm(plain) ? 'GSM-7' : 'UCS-2'
  const most = LONGEST[displayTextFormat]
  if (plain.length <= most) return { displayText: plain, displayTextFormat }
  const end = displayTextFormat === 'GSM-7' ? '...' : '…'
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(plain)) {
    if (kept.length + segment.length + end.length > most) break
    kept += segment
  }
  return { displayText: kept.trimEnd() + end, displayTextFormat }
}

function isGsm(text: string): boolean {
  const { alphabet, length } = measure(text)
  return alphabet === 'gsm-7' && length - text.length <= MOST_ESCAPED
}

const SPOKEN: Readonly<Record<Language, PhoneLanguage>> = { th: 'ENG', en: 'ENG', et: 'EST' }

/** Lithuanian SIMs speak no Estonian: the service would say it in English without a word. */
export const phoneLanguage = (language: Language, phone: string): PhoneLanguage =>
  SPOKEN[language] === 'EST' && phone.startsWith('+370') ? 'ENG' : SPOKEN[language]
