import type { PersonKey } from '../identity/identifiers.ts'
import type { Language } from '../identity/language.ts'
import type { Kind } from '../jobs/worker.ts'
import type { Clock } from '../platform/clock.ts'
import type { Smtp } from '../platform/smtp.ts'
import { type Announcement, MAIL } from './notices.ts'

// What the queue does with an e-mail: puts it into the person's language as it is now, and hands it to the server. The job's
// id is the message's own, so that a repetition after a crash is known for one.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** As sign-outs are delivered: soon at first, then hourly for a day. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, ...Array.from({ length: 24 }, () => HOUR)]
const KEEP = 30 * 24 * HOUR

/** A code that proves an address: worth nothing after `until`, epoch milliseconds. */
export interface CodeMail {
  readonly to: string
  readonly person: PersonKey
  readonly code: string
  readonly until: number
  /** Of the page on which it was asked for. */
  readonly language: Language
}

export interface Letter {
  readonly subject: string
  readonly text: string
}

export interface Needs {
  readonly smtp: Pick<Smtp, 'send'>
  readonly clock: Clock
  readonly languageOf: (person: PersonKey) => Promise<Language>
  readonly write: {
    notice(announcement: Announcement, language: Language): Letter
    code(code: CodeMail): Letter
  }
}

export function mailNotices({ smtp, clock, languageOf, write }: Needs): Kind {
  return {
    name: MAIL,
    waits: WAITS,
    keep: KEEP,
    async attempt({ id, payload }) {
      const mail = payload as unknown as Announcement | CodeMail
      if ('code' in mail && clock.now() >= mail.until) return 'refused'
      const letter = 'code' in mail ? write.code(mail) : write.notice(mail, await languageOf(mail.person))
      const sent = await smtp.send({ id, to: mail.to, ...letter })
      return sent === 'sent' ? 'done' : sent
    },
  }
}
