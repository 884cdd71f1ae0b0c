import type { Words } from '../../identity/language.ts'
import { FAILURES } from '../../methods/mobile-id/wire.ts'

// What a telephone, or the service for it, can be told to do: by a person at the telephone, by a test at /mid-api/manage.

/** As documented. */
const HOLDER = {
  usual: { th: 'รอให้เจ้าของเครื่องตอบ', en: 'waits for its holder', et: 'ootab omanikku' },
  'at-once': { th: 'ยืนยันเองทันที', en: 'confirms by itself', et: 'kinnitab ise' },
  slow: {
    th: 'ช้า: ตอบเองหลัง 10 วินาที',
    en: 'is slow: confirms after 10 seconds',
    et: 'on aeglane: kinnitab 10 sekundi pärast',
  },
  off: { th: 'ปิดเครื่อง', en: 'is switched off', et: 'on välja lülitatud' },
} as const satisfies Record<string, Words>

/** What only somebody who cheats, or is broken, would answer. */
export const FORGED = [
  'wrong-key',
  'wrong-person',
  'expired',
  'not-yet-valid',
  'revoked',
  'for-documents',
  'with-purpose',
  'other-policy',
  'unknown-ca',
  'another-hash',
  'der-signature',
  'other-algorithm',
  'replay',
  'no-signature',
  'unknown-result',
] as const
export type Forged = (typeof FORGED)[number]

/** What the service says in place of an answer, when a session is to begin or when it is asked for. */
export const HTTP = [
  'start-400',
  'start-401',
  'start-404',
  'start-405',
  'start-429',
  'start-500',
  'start-503',
  'start-garbage',
  'start-418',
  'poll-401',
  'poll-404',
  'poll-429',
  'poll-500',
  'poll-503',
  'poll-garbage',
  'poll-cut',
] as const
export type HttpAnswer = (typeof HTTP)[number]

export type Behaviour = keyof typeof HOLDER | (typeof FAILURES)[number] | Forged | HttpAnswer

/** A name of the wire is the same in every language. */
const same = (name: string): Words => ({ th: name, en: name, et: name })

export const BEHAVIOURS: readonly { readonly id: Behaviour; readonly label: Words }[] = [
  ...(Object.entries(HOLDER) as [keyof typeof HOLDER, Words][]).map(([id, label]) => ({ id, label })),
  ...[...FAILURES, ...FORGED, ...HTTP].map((id) => ({ id, label: same(id) })),
]

export const isBehaviour = (text: unknown): text is Behaviour => BEHAVIOURS.some(({ id }) => id === text)
export const isForged = (one: Behaviour): one is Forged => (FORGED as readonly string[]).includes(one)
