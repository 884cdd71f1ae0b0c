import type { Language } from '../../identity/language.ts'
import type { Kind } from '../../jobs/worker.ts'
import { ANNOUNCEMENT, type Announcement, type NoticeKind } from '../../persons/notices.ts'
import type { SmsGateway } from './gateway.ts'

// What the queue does with an announcement: puts it into the person's language as it is now, and hands it to the gateway.
// The job's id is the message's, so that a repetition after a crash arrives once where the gateway looks at it.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** As sign-outs are delivered: soon at first, then hourly for a day. */
const WAITS = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, ...Array.from({ length: 24 }, () => HOUR)]
const KEEP = 30 * 24 * HOUR

type AnnouncementText = (means: string, phone: string) => string

export interface AnnouncementWords {
  readonly added: AnnouncementText
  readonly removed: AnnouncementText
  readonly recovered: AnnouncementText
  readonly wiped: AnnouncementText
  readonly blocked: AnnouncementText
  readonly opened: AnnouncementText
  readonly addressChanged: AnnouncementText
  readonly addressRemoved: AnnouncementText
  readonly newDevice: AnnouncementText
  /** After one of these: where to say that it was somebody else. */
  readonly orHere: (link: string) => string
}

export interface Needs {
  readonly gateway: Pick<SmsGateway, 'serves' | 'send'>
  readonly languageOf: (person: Announcement['person']) => Promise<Language>
  readonly words: (language: Language) => AnnouncementWords
  /** What the pages call a means. */
  readonly nameOf: (means: string, language: Language) => string
  readonly helpPhone: string
  /** The address that a notice's link has; absent where text messages carry none. */
  readonly linkOf?: ((link: string) => string) | undefined
}

const WORDS = {
  'means-added': 'added',
  'means-removed': 'removed',
  recovered: 'recovered',
  wiped: 'wiped',
  'method-blocked': 'blocked',
  'method-opened': 'opened',
  'address-changed': 'addressChanged',
  'address-removed': 'addressRemoved',
  'new-device': 'newDevice',
} as const satisfies Record<NoticeKind, Exclude<keyof AnnouncementWords, 'orHere'>>

export function announcements({ gateway, languageOf, words, nameOf, helpPhone, linkOf }: Needs): Kind {
  return {
    name: ANNOUNCEMENT,
    waits: WAITS,
    keep: KEEP,
    async attempt({ id, payload }) {
      const { to, person, kind, method = '', device, link } = payload as unknown as Announcement
      if (!gateway.serves(to)) return 'refused'
      const language = await languageOf(person)
      const means = method.split(',').flatMap((one) => (one ? [nameOf(one, language)] : []))
      const { [WORDS[kind]]: say, orHere } = words(language)
      const said = say([...means, ...(device === undefined ? [] : [device])].join(', '), helpPhone)
      const text = link !== undefined && linkOf ? `${said} ${orHere(linkOf(link))}` : said
      const sent = await gateway.send(id, { to, text, language, purpose: 'announcement' })
      return sent === 'sent' ? 'done' : sent
    },
  }
}
