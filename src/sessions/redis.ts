import { hash } from 'node:crypto'
import type { Json } from '../identity/json.ts'
import type { Clock } from '../platform/clock.ts'
import type { RedisClient, RedisDoor, Word } from '../platform/redis.ts'
import { cell, type Sealer } from '../platform/seal.ts'
import { type Artifacts, ArtifactsUnavailable, type Kind, type SessionRecord } from './artifacts.ts'
import { belongs, bounded, entryMark } from './merging.ts'
import { openRecent } from './recent.ts'
import { CONSUME, END, PROLONG, PUT, SAVE, SAVE_KNOWN, type Script, UNUSED } from './scripts.ts'

// The sessions store of a country: Redis, Sentinel or Cluster, one command for each call of the contract. A plain record
// is ten digits (its use) and one sealed value under the hash of its id. A session is a Redis hash with one sealed
// field for the body and one for each relying party, so that Redis can merge what it can't read; session and tombstone
// lie in one slot, named by the hash of the uid.

export interface Needs {
  readonly redis: RedisDoor
  /** Sealed under the key of the sessions (`sessions` among the secrets). */
  readonly sealer: Sealer
  readonly clock: Clock
}

type Head = { readonly id: string; readonly body: Json }
type Entry = { readonly client: string; readonly value: Json }

const LETTER: Readonly<Record<Kind, string>> = {
  code: 'c',
  'access-token': 'a',
  'refresh-token': 'r',
  grant: 'g',
  interaction: 'i',
  'pushed-request': 'q',
  attempt: 't',
  'card-visit': 'v',
  'card-ticket': 'k',
  'passkey-question': 'pq',
  watch: 'w',
  redeemed: 'rd',
}

/** Of these, one that comes back costs nobody anything: the code, the grant, the session, the card's ticket decide. */
const FORGETTABLE: ReadonlySet<Kind> = new Set(['interaction', 'attempt', 'card-visit', 'watch', 'redeemed'])

/** These, and a session, are asked for within a second of their making; what people read in between is not. */
const SOON: ReadonlySet<Kind> = new Set(['code', 'access-token', 'grant'])

const digest = (text: string): string => hash('sha256', text, 'base64url')
/** Which service somebody visited is nobody's business either: a party's name differs from session to session. */
const partyName = (uid: string, client: string): string => digest(`${uid}\n${client}`).slice(0, 22)
const GRACE_END = /.{56}/gs

export function openRedisArtifacts({ redis, sealer, clock }: Needs): Artifacts {
  async function ask<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    try {
      return await redis.ask(work)
    } catch (error) {
      // Its words only: the library's errors carry the whole command, and a log should not.
      throw new ArtifactsUnavailable((error as Error).message)
    }
  }

  const run = (script: Script, keys: string[], values: (string | Buffer)[]): Promise<number> =>
    ask(async (client) => {
      try {
        return (await client.evalsha(script.sha, keys.length, ...keys, ...values)) as number
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
        return (await client.eval(script.text, keys.length, ...keys, ...values)) as number
      }
    })

  /** What must not be forgotten when another server takes over. */
  async function keep(name: string, words: readonly Word[]): Promise<unknown> {
    try {
      return await redis.keep(name, words)
    } catch (error) {
      throw new ArtifactsUnavailable((error as Error).message)
    }
  }

  async function runKept({ sha, text }: Script, keys: string[], values: string[]): Promise<number> {
    const words = [keys.length, ...keys, ...values]
    try {
      return (await keep('EVALSHA', [sha, ...words])) as number
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
      return (await keep('EVAL', [text, ...words])) as number
    }
  }

  const recent = openRecent(sealer)
  const seal = (value: Json, binding: string) => recent.seal(JSON.stringify(value), binding)
  const sealOf = (kind: Kind, value: Json, binding: string) =>
    SOON.has(kind) ? seal(value, binding) : sealer.seal(JSON.stringify(value), binding)

  /** What can't be opened (a lost key, another row's value) counts as not there: the person signs in again. */
  function unseal(sealed: Buffer | undefined, binding: string): Json | undefined {
    if (!sealed) return undefined
    try {
      return JSON.parse(recent.open(sealed, binding)) as Json
    } catch {
      return undefined
    }
  }

  const recordKey = (kind: Kind, id: string) => `${LETTER[kind]}:${digest(id)}`
  const recordCell = (kind: Kind, key: string) => cell('sessions', kind, key)
  const sessionKeys = (uid: string): [string, string] => {
    const tag = digest(uid)
    return [`s:{${tag}}`, `e:{${tag}}`]
  }

  /** In capitals: else the library makes an object of the fields, whose names differ from session to session, and V8 a shape of each. */
  async function fieldsOf(key: string): Promise<ReadonlyMap<string, Buffer>> {
    const flat = (await ask((client) => client.callBuffer('HGETALL', key))) as readonly Buffer[]
    const fields = new Map<string, Buffer>()
    for (let at = 0; at + 1 < flat.length; at += 2) fields.set(flat[at]!.toString('latin1'), flat[at + 1]!)
    return fields
  }

  async function read(uid: string, fits: (id: string, old: string | undefined) => boolean) {
    const [key] = sessionKeys(uid)
    const fields = await fieldsOf(key)
    const current = fields.get('i')
    if (!current || !fits(current.toString(), fields.get('o')?.toString())) return undefined
    const head = unseal(fields.get('b'), cell('sessions', 'body', key)) as Head | undefined
    if (!head) return undefined
    const parties = new Map<string, Json>()
    for (const [name, sealed] of fields) {
      if (!name.startsWith('p')) continue
      const entry = unseal(sealed, cell('sessions', name, key)) as Entry | undefined
      if (!entry) return undefined
      parties.set(entry.client, entry.value)
    }
    const until = unseal(fields.get('u'), cell('sessions', 'until', key))
    const prolonged = typeof until === 'number' && { until }
    return { uid, id: head.id, body: head.body, parties, ...prolonged } satisfies SessionRecord
  }

  return {
    async put(kind, id, value, ttl) {
      const key = recordKey(kind, id)
      await run(PUT, [key], [sealOf(kind, value, recordCell(kind, key)), milliseconds(ttl)])
    },
    async get(kind, id, keep) {
      const key = recordKey(kind, id)
      const stored = await ask((client) =>
        keep === undefined ? client.getBuffer(key) : client.getexBuffer(key, 'PX', milliseconds(keep)),
      )
      const value = unseal(stored?.subarray(UNUSED.length), recordCell(kind, key))
      if (!stored || value === undefined) return undefined
      const mark = stored.toString('latin1', 0, UNUSED.length)
      return mark === UNUSED ? { value } : { value, consumed: Number(mark) }
    },
    async consume(kind, id, at, lasting) {
      const mark = String(Math.floor(at)).padStart(UNUSED.length, '0')
      const how = FORGETTABLE.has(kind) ? run : runKept
      const outcome = await how(CONSUME, [recordKey(kind, id)], [mark, milliseconds(lasting)])
      return outcome === 1 ? 'consumed' : outcome === 0 ? 'already' : 'missing'
    },
    async remove(kind, id) {
      if (FORGETTABLE.has(kind)) await ask((client) => client.del(recordKey(kind, id)))
      else await keep('DEL', [recordKey(kind, id)])
    },
    async once(id, ttl) {
      const answer = await keep('SET', [`o:${digest(id)}`, '1', 'EX', bounded(ttl), 'NX'])
      return answer === 'OK'
    },

    async saveSession({ uid, id, body, parties, dropped = [], replaces, known }, ttl) {
      if (!belongs(uid, id)) throw new Error('a session id must begin with its uid and a dot')
      const keys = sessionKeys(uid)
      const [key] = keys
      const now = clock.now()
      const entries = [...parties].flatMap(([client, value]) => {
        const name = partyName(uid, client)
        const mark = entryMark(uid, client, JSON.stringify(value))
        return [name, mark, seal({ client, value }, cell('sessions', `p${name}`, key))]
      })
      const saved = await run(known ? SAVE_KNOWN : SAVE, keys, [
        String(now),
        milliseconds(ttl),
        digest(id),
        seal({ id, body }, cell('sessions', 'body', key)),
        replaces ? digest(replaces.id) : '',
        replaces && replaces.grace > 0 ? String(Math.floor(now + replaces.grace * 1000)) : '0',
        String(dropped.length),
        ...dropped.map((client) => partyName(uid, client)),
        ...entries,
      ])
      return saved === 1 ? 'saved' : 'ended'
    },
    findSession(id) {
      const wanted = digest(id)
      return read(id.split('.', 1)[0]!, (current, replaced) => {
        if (current === wanted) return true
        const old = replaced?.match(GRACE_END) ?? []
        return old.some((entry) => entry.startsWith(wanted) && Number(entry.slice(43)) > clock.now())
      })
    },
    findSessionByUid: (uid) => read(uid, () => true),
    async prolongSession(uid, until, ttl) {
      const [key] = sessionKeys(uid)
      const sealed = seal(until, cell('sessions', 'until', key))
      return (await run(PROLONG, [key], [sealed, milliseconds(ttl)])) === 1
    },
    async endSession(uid, tombstone) {
      await runKept(END, sessionKeys(uid), [milliseconds(tombstone)])
    },

    async check() {
      try {
        await redis.check()
      } catch (error) {
        throw new ArtifactsUnavailable((error as Error).message)
      }
    },
    close: () => redis.close(),
  }
}

const milliseconds = (seconds: number): string => String(bounded(seconds) * 1000)
