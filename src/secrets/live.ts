import { hostname } from 'node:os'
import type { Clock, pause } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { openFollower } from '../platform/follow.ts'
import { type Masters, openMasters, SecretsRefused, settleMaster, type Where } from '../platform/master-key.ts'
import type { Keys, VersionedKey } from '../platform/seal.ts'
import {
  bindToDatabase,
  CopyRefused,
  fingerprintOf,
  type Origin,
  openSecrets,
  SECRET_NAMES,
  type SecretName,
  type StoredSecrets,
  versionBinding,
  writeSecrets,
} from '../platform/secrets.ts'
import * as store from './store.ts'

// The secrets chapter: the service's own secrets while it runs. Owns their versions in the database, each process's copy of
// them, and how they change (rotation.ts, master.ts) and what they seal is sealed anew (reseal.ts); does not own the keys
// folder's form (platform/secrets) nor what each secret is for. Called by parts, which hands every chapter the keys it needs,
// and by the operator's command. The database is where new versions come from: sealed under the master key, which is not
// in it, they reach every process before any of them seals with one.

export interface Secrets {
  readonly origin: Origin
  /** As they are now: whoever opened a sealer with it follows every change. */
  get(name: SecretName): Keys
  /** For what never changes. */
  lasting(name: 'pairwise-salt'): Buffer
  /** 32 hexadecimal digits that tell these secrets from others and nothing else about them. */
  fingerprint(): string
  /** What this process can open secrets with, the one that it was given first. */
  masters(): Masters
  /** Brings this process's copy up to what was committed before the call, and says what it holds. */
  refresh(): Promise<void>
  /** Refreshes now and every two seconds until `close`. */
  watch(): Promise<void>
  close(): Promise<void>
}

/** What the keys folder holds; or why its copy can't be used, which the database may make good. */
export type Folder = { readonly held: ReturnType<typeof openSecrets> } | { readonly refused: CopyRefused }

/** @throws SecretsRefused for what no database makes good: another profile's, readable by others, no master key at all. */
export function openFolder(where: Where, profile: Origin): Folder {
  try {
    return { held: openSecrets(where, profile) }
  } catch (refused) {
    if (!(refused instanceof CopyRefused)) throw refused
    return { refused }
  }
}

export interface Needs {
  readonly db: Db
  readonly where: Where
  readonly folder: Folder
  readonly profile: Origin
  readonly clock: Clock
  /** Versions of `signing-keys` under which files of the keys folder lie, after they were brought up to date where they can be. */
  readonly files: (keys: Keys) => Promise<readonly number[]>
  readonly onFault: (fault: unknown) => void
  readonly pause?: typeof pause
}

interface Copy {
  readonly keys: ReadonlyMap<SecretName, readonly VersionedKey[]>
  /** `name version madeAt`, in order: the same text, the same copy. */
  readonly seen: string
}

/** @throws SecretsRefused for keys that are missing, made by the demo for production, or of another database. */
export async function openLive({ db, where, folder, profile, clock, files, onFault, pause }: Needs): Promise<Secrets> {
  const process = where.random.uuid()
  let masters = mastersOf()
  /** By name, version and when it was made: what was opened once stays, whatever becomes of the master key. */
  const opened = new Map<string, Buffer>()
  let lying: readonly number[] = []
  let sealedFor: readonly VersionedKey[] | undefined

  function keyOf({ name, version, madeAt, wraps }: store.VersionRow): Buffer | undefined {
    const id = `${name} ${version} ${madeAt.getTime()}`
    const known = opened.get(id)
    if (known) return known
    for (const { name: master, sealer } of masters) {
      const wrap = wraps.find((one) => one.master === master)
      if (!wrap) continue
      const key = sealer.open(wrap.sealed, versionBinding(profile, name, version))
      opened.set(id, key)
      return key
    }
    return undefined
  }

  function copyOf(all: readonly store.VersionRow[]): Copy {
    const keys = new Map<SecretName, readonly VersionedKey[]>()
    const seen: string[] = []
    for (const name of SECRET_NAMES) {
      const own: VersionedKey[] = []
      for (const row of all.filter((one) => one.name === name)) {
        const key = keyOf(row)
        if (key) own.push({ version: row.version, key })
        // One that nobody seals with yet: the others wait for this process, and the list says why.
        else if (row.activeAt) throw new SecretsRefused(foreign(name, row.version))
        if (key) seen.push(`${name} ${row.version} ${row.madeAt.getTime()} ${row.activeAt !== null}`)
      }
      if (own.length === 0)
        throw new SecretsRefused(`the secret "${name}" is missing: \`pratu keys init\` adds what is missing`)
      keys.set(name, own)
    }
    return { keys, seen: seen.join('\n') }
  }

  const stored = await begin()
  let copy = copyOf(stored)
  bringUp(stored)

  /** A database without secrets takes over the folder's, and so do those of a later version. */
  async function begin(): Promise<store.VersionRow[]> {
    const before = await store.all(db)
    if ('refused' in folder) {
      const known = before.some(({ wraps }) => wraps.some(({ master }) => masters.some(({ name }) => name === master)))
      if (!known) throw folder.refused
      return before
    }
    const { held } = folder
    await bindToDatabase(db, held)
    const lacking = SECRET_NAMES.filter((name) => !before.some((row) => row.name === name))
    if (lacking.length > 0)
      await transaction(db, async (tx) => {
        await store.lock(tx)
        const now = await store.all(tx)
        for (const name of lacking.filter((one) => !now.some((row) => row.name === one)))
          for (const { version, sealed } of held.stored[name] ?? [])
            await store.insert(tx, {
              name,
              version,
              at: new Date(clock.now()),
              active: true,
              wraps: [{ master: held.under.name, sealed: Buffer.from(sealed, 'base64url') }],
            })
      })
    return store.all(db)
  }

  /** The folder's copy, where it may be written (a file of it may be a mount: EBUSY); else it is older, and `begin` knows what to do. */
  function bringUp(all: readonly store.VersionRow[]): void {
    try {
      writeSecrets(where, profile, asStored(all))
      const names = new Set(all.flatMap(({ wraps }) => wraps.map(({ master }) => master)))
      const [only] = names
      if (names.size === 1 && only !== undefined) {
        settleMaster(where, only)
        masters = reopened()
      }
    } catch (error) {
      if (!/^(EROFS|EACCES|EPERM|EBUSY)$/.test(String((error as NodeJS.ErrnoException).code))) throw error
    }
  }

  function mastersOf(): Masters {
    try {
      return openMasters(where)
    } catch (error) {
      // Without a master key there is no telling whether the database would do.
      throw 'refused' in folder ? folder.refused : error
    }
  }

  /** A further master key may have come into the folder, and one that lay there may have been taken elsewhere. */
  function reopened(): Masters {
    try {
      return openMasters(where)
    } catch (error) {
      if (error instanceof SecretsRefused) return masters
      throw error
    }
  }

  async function load(): Promise<void> {
    masters = reopened()
    const all = await store.all(db)
    const next = copyOf(all)
    if (next.seen !== copy.seen) copy = { ...next, keys: kept(copy.keys, next.keys) }
    bringUp(all)
    if (sealedFor !== copy.keys.get('signing-keys')) {
      lying = await files(secrets.get('signing-keys'))
      sealedFor = copy.keys.get('signing-keys')
    }
    await say()
  }

  const say = () =>
    store.report(db, {
      process,
      host: hostname(),
      master: masters[0].name,
      holds: Object.fromEntries([...copy.keys].map(([name, keys]) => [name, keys.map(({ version }) => version)])),
      files: lying,
    })

  const follower = openFollower({ load, onFault, pause })
  // Once at a time: whoever can write to a table could make us look for ever otherwise.
  let looking = false
  function missed(): void {
    if (looking) return
    looking = true
    void follower
      .refresh()
      .catch(onFault)
      .finally(() => {
        looking = false
      })
  }

  const handed = new Map<SecretName, Keys>(
    SECRET_NAMES.map((name) => [name, Object.assign(() => copy.keys.get(name)!, { missed })]),
  )
  const secrets: Secrets = {
    origin: profile,
    get: (name) => handed.get(name)!,
    lasting: (name) => copy.keys.get(name)![0]!.key,
    fingerprint: () => fingerprintOf(copy.keys.get('pairwise-salt')!),
    masters: () => masters,
    refresh: follower.refresh,
    watch: follower.watch,
    async close() {
      await follower.close()
      await store.withdraw(db, process).catch(onFault)
    },
  }
  await bindToDatabase(db, secrets)
  return secrets
}

const foreign = (name: string, version: number): string =>
  `The database's secret "${name}" (version ${version}) was not sealed under this master key.`

/** Names whose keys are as they were keep their array: whoever made something of it needs not make it anew. */
function kept(
  before: ReadonlyMap<SecretName, readonly VersionedKey[]>,
  now: ReadonlyMap<SecretName, readonly VersionedKey[]>,
): ReadonlyMap<SecretName, readonly VersionedKey[]> {
  const same = (one: readonly VersionedKey[], other: readonly VersionedKey[]): boolean =>
    one.length === other.length && one.every(({ key }, at) => key === other[at]!.key)
  return new Map([...now].map(([name, keys]) => [name, same(keys, before.get(name)!) ? before.get(name)! : keys]))
}

/** As the folder's file has them: in one order, so that every process writes the same. */
function asStored(all: readonly store.VersionRow[]): StoredSecrets {
  return Object.fromEntries(
    SECRET_NAMES.map((name) => [
      name,
      all
        .filter((row) => row.name === name)
        .map(({ version, wraps: [first] }) => ({ version, sealed: first!.sealed.toString('base64url') })),
    ]),
  )
}
