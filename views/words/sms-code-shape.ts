// What the words about codes by text message must cover, the same in every language.
import type { TroubleCode } from '../../src/identity/trouble.ts'

export type SmsTrouble = Extract<TroubleCode, `PRT-19${string}`>

type CodeText = (code: string, agency: string) => string
/** `means`: as the pages call it; `phone`: the help desk's. */
type Announcement = (means: string, phone: string) => string

export interface SmsCodeShape {
  readonly who: { readonly title: string; readonly lead: string; readonly send: string }
  readonly code: {
    readonly title: string
    readonly sent: string
    /** Before the end of the number. */
    readonly sentTo: string
    readonly label: string
    /** Until what time of day. */
    readonly hint: (until: string) => string
    readonly again: string
    /** `when`: in so many seconds, or from what time on. */
    readonly from: (when: string) => string
    readonly anew: string
    readonly never: string
  }
  /** What is sent, without the last line that browsers read. */
  readonly messages: {
    /** The longest first; the first that fits into one message is taken. */
    readonly code: readonly [CodeText, ...CodeText[]]
    readonly added: Announcement
    readonly removed: Announcement
    readonly recovered: Announcement
    readonly wiped: Announcement
    readonly blocked: Announcement
    readonly opened: Announcement
    readonly addressChanged: Announcement
    readonly addressRemoved: Announcement
    readonly newDevice: Announcement
    /** After one of these: where to say that it was somebody else. */
    readonly orHere: (link: string) => string
  }
}
