import { eraseOld } from './audit/erase.ts'
import { openSchedule, type Work } from './jobs/schedule.ts'
import { type Attempted, type Kind, openWorker } from './jobs/worker.ts'
import { type Needs as ConsequencesNeeds, openConsequences } from './login/consequences.ts'
import type { Parts } from './parts.ts'
import { openDb } from './platform/db.ts'
import { openSealer } from './platform/seal.ts'
import type { Signals } from './platform/signals.ts'
import type { Closing } from './sessions/closing.ts'

// What a node does when nobody asks: tries what the queue holds, acts upon what was changed elsewhere, and does in its turn
// what is due every minute, hour or day. On connections of its own, without the patience of requests.

export interface Needs {
  readonly parts: Parts
  readonly databaseUrl: string
  readonly signals: Signals
  readonly closing: Closing
  /** Agencies that agreed to hear of what has changed about a person. */
  readonly tell: ConsequencesNeeds['tell']
  /** What the queue holds. */
  readonly kinds: readonly Kind[]
  heard(kind: string, outcome: Attempted | 'given-up'): void
}

export interface Background {
  /** Does what is due of the schedule, without waiting for its minute. @returns what that was. */
  look(): Promise<readonly string[]>
  /** Ends after the work in hand. */
  close(): Promise<void>
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** The queue, the schedule, what follows from changes, and one to spare: a purge that takes long holds up nothing else. */
const CONNECTIONS = 4

export async function openBackground(needs: Needs): Promise<Background> {
  const { parts, databaseUrl, signals, closing, tell, kinds, heard } = needs
  const { clock, log, random, secrets } = parts
  const opened: (() => unknown)[] = []
  const close = async () => {
    for (const end of opened.splice(0).toReversed()) await end()
  }
  try {
    const patient = openDb({ url: databaseUrl, connections: CONNECTIONS, patience: 0 })
    opened.push(() => patient.close())
    const { db } = patient
    const onFault = (job: string, error: unknown) => log.fault('job-failed', error, { job })
    const worker = openWorker({
      ...{ db, clock, kinds, onFault, heard },
      sealer: openSealer(secrets.get('personal-data'), random),
    })
    opened.push(() => worker.close(), signals.on('jobs', worker.wake))
    const consequences = openConsequences({
      ...{ db, persons: parts.persons, sessions: parts.live, tell },
      onFault: (error) => log.fault('register-not-acted-upon', error),
    })
    opened.push(() => consequences.close(), signals.on('register', consequences.heard))
    const schedule = openSchedule({
      ...{ db, clock, onFault },
      work: [
        ...purges(parts),
        { name: 'seek-receivers', every: MINUTE, run: (tx) => worker.seek(tx) },
        { name: 'end-lapsed-sessions', every: MINUTE, run: () => closing.lapse() },
        { name: 'purge-jobs', every: HOUR, run: (tx) => worker.purge(tx) },
      ],
    })
    opened.push(() => schedule.close())
    await closing.watch()
    await consequences.watch()
    return { look: schedule.look, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** What is forgotten, and how often it is looked for; how long each is kept is its own chapter's. */
function purges(parts: Parts): Work[] {
  const { throttle, prompts, credentials, codeCards, audit, config, clock, live, rotation, log, requests } = parts
  const { secretRotation, cardKeys } = parts
  const { ownHistory, links, cases } = parts
  return [
    {
      name: 'rotate-keys',
      every: MINUTE,
      async run(tx) {
        const did = await rotation.advance(tx, { kind: 'service', part: 'schedule' })
        for (const step of did) log.warn(`key-${step.did}`, { reason: step.kid })
      },
    },
    {
      name: 'rotate-secrets',
      every: MINUTE,
      async run(tx) {
        const did = await secretRotation.advance(tx, { kind: 'service', part: 'schedule' })
        for (const { name, version, did: step } of did) log.warn(`secret-${step}`, { reason: `${name} ${version}` })
      },
    },
    { name: 'purge-sessions', every: HOUR, run: (tx) => live.purge(tx) },
    { name: 'purge-throttle', every: HOUR, run: (tx) => throttle.purge(tx) },
    { name: 'purge-own-links', every: 24 * HOUR, run: (tx) => links.purge(tx) },
    { name: 'purge-cases', every: 24 * HOUR, run: (tx) => cases.purge(tx) },
    { name: 'purge-prompts', every: HOUR, run: (tx) => prompts.purge(tx) },
    { name: 'purge-card-keys', every: 24 * HOUR, run: (tx) => cardKeys.purge(tx, new Date(clock.now())) },
    { name: 'purge-code-cards', every: 24 * HOUR, run: (tx) => codeCards.purge(tx) },
    { name: 'purge-operator-requests', every: 24 * HOUR, run: (tx) => requests.purge(tx) },
    { name: 'make-history-months', every: 24 * HOUR, run: (tx) => ownHistory.makeMonths(tx) },
    { name: 'drop-history-months', every: 24 * HOUR, run: (tx) => ownHistory.dropMonths(tx) },
    { name: 'purge-letters', every: 24 * HOUR, run: (tx) => credentials.purge(tx) },
    {
      name: 'erase-audit-payloads',
      every: 24 * HOUR,
      run: (tx) => eraseOld(tx, { audit, clock, retentionDays: config.auditRetentionDays }),
    },
  ]
}
