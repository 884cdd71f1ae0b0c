import { moment } from '../../views/dates.ts'
import { wordsIn } from '../../views/words/words.ts'
import type { Language } from '../identity/language.ts'
import type { Needs as MailNeeds } from '../persons/mail-notices.ts'
import type { Announcement } from '../persons/notices.ts'
import { meansName } from './message-words.ts'

// What stands in e-mails: the words are in views/, and persons, which sends them, can't read there.

/** Where the link of a notice leads (web/portal/not-me-link). */
export const LINKED = '/n'

export interface Needs {
  readonly issuer: string
  readonly helpPhone: string
  readonly timeZone: string
}

export function openLetters({ issuer, helpPhone, timeZone }: Needs): MailNeeds['write'] {
  function notice(announcement: Announcement, language: Language) {
    const { kind, method = '', at, device, place, link } = announcement
    const words = wordsIn(language).mail
    const means = method.split(',').flatMap((one) => (one ? [meansName(one, language)] : []))
    const facts = [moment(at, language, timeZone), ...means, device, place?.[language]].filter(Boolean)
    const lines = [words.what[kind], '', facts.join(' · '), '']
    if (link === undefined) lines.push(words.callOnly(helpPhone))
    else lines.push(words.wasYou, '', words.notYou, `${issuer}${LINKED}/${link}`, words.call(helpPhone))
    return { subject: words.subject[kind], text: [...lines, '', words.never, '', issuer, ''].join('\n') }
  }
  return {
    notice,
    code({ code, language }) {
      const words = wordsIn(language).mail
      const text = [words.code.text(code), '', words.code.not, '', words.never, '', issuer, ''].join('\n')
      return { subject: words.code.subject(code), text }
    },
  }
}
