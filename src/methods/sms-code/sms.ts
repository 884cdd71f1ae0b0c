import type { Language } from '../../identity/language.ts'
import type { Kind } from '../../jobs/worker.ts'
import type { Log } from '../../platform/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import type { Random } from '../../platform/random.ts'
import type { Indexer } from '../../platform/seal.ts'
import type { Artifacts } from '../../sessions/artifacts.ts'
import type { Guard } from '../guard.ts'
import type { Prompts } from '../prompts.ts'
import { type AnnouncementWords, type Needs as Announcing, announcements } from './announcement.ts'
import { openCodes } from './codes.ts'
import { openSmsGateway } from './gateway.ts'
import type { MessageWords } from './message.ts'
import { BETWEEN, type Needs as MethodNeeds } from './method.ts'
import { type NumberProof, openNumberProof } from './number-proof.ts'
import type { SmsSettings } from './settings.ts'

// Everything that sends text messages, put together: the sign-in, the proof of a number, the announcements.

/** What rings for how long, so that another code is sent a minute after the last (login's prompts). */
export const BELL = { shared: 'sms-code', life: BETWEEN } as const

export interface Sms {
  readonly method: MethodNeeds
  /** For the citizen's own page, with a guard of its own. */
  readonly proof: NumberProof
  /** Done from the queue. */
  readonly announcing: Kind
  close(): Promise<void>
}

export interface Needs
  extends Pick<
      MethodNeeds,
      'db' | 'credentials' | 'prompts' | 'isKnown' | 'guard' | 'secondFactor' | 'clock' | 'schemes'
    >,
    Pick<Announcing, 'languageOf' | 'nameOf' | 'helpPhone' | 'linkOf'> {
  readonly settings: SmsSettings
  readonly prompts: Prompts
  readonly guard: Guard
  /** Keyed hash of codes. */
  readonly indexer: Indexer
  readonly artifacts: Pick<Artifacts, 'once'>
  readonly random: Random
  readonly words: (language: Language) => MessageWords & AnnouncementWords
  /** The address of this service. */
  readonly issuer: string
  readonly log: Log
  readonly metrics: Metrics
}

export function openSms(needs: Needs): Sms {
  const { settings, clock, random, log, metrics, words, prompts, guard } = needs
  const counted = metrics.counter('text_messages_total', 'Text messages, with what the gateway said', [
    'purpose',
    'sent',
  ])
  const gateway = openSmsGateway({
    settings,
    clock,
    random,
    heard: (purpose, sent) => counted.add({ purpose, sent }),
    changed: (state) => log.warn(state === 'opened' ? 'sms-gateway-left-alone' : 'sms-gateway-back'),
    onFault: (error) => log.fault('text-message-not-sent', error),
  })
  const codes = openCodes({ indexer: needs.indexer, artifacts: needs.artifacts, clock, random })
  const host = new URL(needs.issuer).hostname
  return {
    method: { ...needs, gateway, codes, host },
    proof: openNumberProof({ gateway, codes, prompts, guard, words, home: settings.home, host }),
    announcing: announcements({ ...needs, gateway }),
    close: gateway.close,
  }
}
