import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import { type Artifacts, ArtifactsUnavailable, type Found, type Kind, type SessionRecord } from './artifacts.ts'
import { belongs, bounded, entryMark, HISTORY, OLD_IDS } from './merging.ts'

// The sessions store of one process: for a newcomer, an agency's laptop and the tests. Bounded like a Redis that must
// not evict: when it is full, saving is refused while ending a session still works. Values are kept as JSON text, so
// that a caller who changes what it has stored changes nothing here.

export interface Needs {
  readonly clock: Clock
  /** So many records and sessions at most; about 1 kB each. */
  readonly limit?: number
}

interface Party {
  readonly json?: string
  /** Marks of what this entry is and was, newest first: what it was before is not brought back by a late save. */
  readonly marks: readonly string[]
}

type Entry = { until: number } & (
  | { readonly is: 'record'; json: string; consumed?: number }
  | { readonly is: 'marker' }
  | {
      readonly is: 'session'
      id: string
      json: string
      prolonged?: number
      old: readonly { readonly id: string; readonly until: number }[]
      readonly parties: Map<string, Party>
    }
)
type Session = Extract<Entry, { is: 'session' }>

const STEPS_PER_WRITE = 4

export function openMemoryArtifacts({ clock, limit = 100_000 }: Needs): Artifacts {
  const entries = new Map<string, Entry>()
  let hand = entries.entries()
  let sweptAt = 0

  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    return entry && entry.until > clock.now() ? entry : undefined
  }
  const record = (kind: Kind, id: string) => {
    const entry = live(`${kind} ${id}`)
    return entry?.is === 'record' ? entry : undefined
  }
  const session = (uid: string): Session | undefined => {
    const entry = live(`session ${uid}`)
    return entry?.is === 'session' ? entry : undefined
  }
  const until = (seconds: number) => clock.now() + bounded(seconds) * 1000

  /** Every write looks at a few others, so that what has expired is gone after a while without a timer. */
  function sweep(): void {
    for (let step = 0; step < STEPS_PER_WRITE; step++) {
      const next = hand.next()
      if (next.done) {
        hand = entries.entries()
        return
      }
      if (next.value[1].until <= clock.now()) entries.delete(next.value[0])
    }
  }

  function makeRoom(key: string): void {
    sweep()
    if (entries.size < limit || entries.has(key)) return
    if (clock.now() - sweptAt >= 1000) {
      sweptAt = clock.now()
      for (const [other, entry] of entries) if (entry.until <= clock.now()) entries.delete(other)
    }
    if (entries.size >= limit) throw new ArtifactsUnavailable(`the sessions store in memory is full (${limit} records)`)
  }

  const shown = (uid: string, found: Session): SessionRecord => ({
    ...(found.prolonged !== undefined && { until: found.prolonged }),
    uid,
    id: found.id,
    body: JSON.parse(found.json) as Json,
    parties: new Map(
      [...found.parties].flatMap(([client, party]) =>
        party.json === undefined ? [] : [[client, JSON.parse(party.json) as Json]],
      ),
    ),
  })

  return {
    async put(kind, id, value, ttl) {
      const key = `${kind} ${id}`
      makeRoom(key)
      const before = record(kind, id)
      const json = JSON.stringify(value)
      if (before?.consumed === undefined) entries.set(key, { is: 'record', json, until: until(ttl) })
      else Object.assign(before, { json, until: Math.max(before.until, until(ttl)) })
    },
    async get(kind, id, keep) {
      const found = record(kind, id)
      if (!found) return undefined
      if (keep !== undefined) found.until = until(keep)
      const value = JSON.parse(found.json) as Json
      return found.consumed === undefined ? { value } : ({ value, consumed: found.consumed } satisfies Found)
    },
    async consume(kind, id, at, keep) {
      const found = record(kind, id)
      if (!found) return 'missing'
      if (found.consumed !== undefined) return 'already'
      found.consumed = Math.floor(at)
      found.until = Math.max(found.until, until(keep))
      return 'consumed'
    },
    async remove(kind, id) {
      entries.delete(`${kind} ${id}`)
    },
    async once(id, ttl) {
      const key = `once ${id}`
      if (live(key)) return false
      makeRoom(key)
      entries.set(key, { is: 'marker', until: until(ttl) })
      return true
    },

    async saveSession({ uid, id, body, parties, dropped = [], replaces }, ttl) {
      if (!belongs(uid, id)) throw new Error('a session id must begin with its uid and a dot')
      if (live(`ended ${uid}`)) return 'ended'
      const now = clock.now()
      const key = `session ${uid}`
      makeRoom(key)
      const before = session(uid)
      const kept: Session = before ?? { is: 'session', id, json: '', old: [], parties: new Map(), until: 0 }
      const leads = kept.id === id || kept.id === replaces?.id
      if (kept.id !== id && replaces) {
        const living = kept.old.filter((old) => old.until > now)
        if (kept.id !== replaces.id) {
          const grace = living.find((old) => old.id === replaces.id)
          if (grace) kept.old = [{ id, until: grace.until }, ...living].slice(0, OLD_IDS)
        } else if (replaces.grace > 0) {
          kept.old = [{ id: kept.id, until: now + replaces.grace * 1000 }, ...living].slice(0, OLD_IDS)
        } else kept.old = []
      }
      if (leads) {
        Object.assign(kept, { id, json: JSON.stringify(body), until: until(ttl) })
        delete kept.prolonged
      }
      for (const client of dropped) {
        const party = kept.parties.get(client)
        if (party?.json !== undefined) kept.parties.set(client, { marks: party.marks })
      }
      for (const [client, value] of parties) {
        const json = JSON.stringify(value)
        const mark = entryMark(uid, client, json)
        const marks = kept.parties.get(client)?.marks ?? []
        if (!marks.includes(mark)) kept.parties.set(client, { json, marks: [mark, ...marks].slice(0, HISTORY) })
      }
      entries.set(key, kept)
      return 'saved'
    },
    async findSession(id) {
      const uid = id.split('.', 1)[0]!
      const found = session(uid)
      if (!found) return undefined
      const fits = found.id === id || found.old.some((old) => old.id === id && old.until > clock.now())
      return fits ? shown(uid, found) : undefined
    },
    async findSessionByUid(uid) {
      const found = session(uid)
      return found && shown(uid, found)
    },
    async prolongSession(uid, prolonged, ttl) {
      const found = session(uid)
      if (found) Object.assign(found, { prolonged, until: Math.max(found.until, until(ttl)) })
      return found !== undefined
    },
    async endSession(uid, tombstone) {
      entries.delete(`session ${uid}`)
      entries.set(`ended ${uid}`, { is: 'marker', until: until(tombstone) })
      sweep()
    },

    check: () => Promise.resolve(),
    async close() {
      entries.clear()
    },
  }
}
