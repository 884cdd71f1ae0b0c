import { wordsIn } from '../../views/words/words.ts'
import type { Language } from '../identity/language.ts'
import type { AnnouncementWords } from '../methods/sms-code/announcement.ts'
import type { MessageWords } from '../methods/sms-code/message.ts'

// The words of text messages, which stand with all others in views/ and are sent by methods, which can't read there.

export const messageWords = (language: Language): MessageWords & AnnouncementWords => wordsIn(language).smsCode.messages

/** What the pages call a means: a method's id or `pin`. */
export function meansName(means: string, language: Language): string {
  const { methods } = wordsIn(language)
  return means in methods ? methods[means as keyof typeof methods].title : means.toUpperCase()
}
