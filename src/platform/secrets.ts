import { createHash, createHmac } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Db, rows } from './db.ts'
import type { Random } from './random.ts'
import { openSealer, type Sealer, type VersionedKey } from './seal.ts'

// The service's own secrets: named, versioned, 32 random bytes each, in keys/secrets.json, sealed under the master key
// (keys/master.key, or PRATU_MASTER_KEY). Owns the folder's format and the refusal of folders that others can read or
// that don't belong to the database. Signing keys are another matter (chapter signing), sealed under the same master.

/** What each secret is for. Whoever adds one adds it here; `pratu keys init` then fills it in where it is missing. */
export const SECRET_NAMES = [
  'personal-data', // seals the person register and enrolled means
  'blind-index', // finds people by identifier without storing it
  'audit-payload', // seals the personal part of audit entries
  'sessions', // seals and names what the sessions store holds
  'cookies', // signs cookies
  'pairwise-salt', // makes the subject that each sector sees; never changes, or every agency loses every citizen
  'one-time-codes', // hashes activation codes
  'known-browsers', // signs the mark of a browser that has signed a person in
  'throttle', // hides whose failures are counted
  'signing-keys', // seals the private halves of the signing keys
  'pins', // the pepper of PINs; never taken away while a PIN is hashed with it
] as const
export type SecretName = (typeof SECRET_NAMES)[number]
export type Origin = 'demo' | 'production'

export interface Secrets {
  readonly origin: Origin
  /** Oldest first; the last seals and signs, all open and verify. Never empty. */
  get(name: SecretName): readonly VersionedKey[]
  /** 32 hexadecimal digits that tell these secrets from others and nothing else about them. */
  fingerprint(): string
}

/** A folder of keys that can't be used, in one sentence. */
export class SecretsRefused extends Error {}

interface Stored {
  readonly origin: Origin
  readonly secrets: Readonly<Partial<Record<SecretName, readonly { version: number; sealed: string }[]>>>
}

interface Where {
  /** The keys folder. */
  readonly folder: string
  /** 32 bytes; master.key in the folder when absent. */
  readonly masterKey?: Buffer | undefined
  readonly random: Random
}

const MASTER = 'master.key'
const SECRETS = 'secrets.json'
const binding = (origin: Origin, name: string, version: number): string => `secrets|${origin}|${name}|${version}`

export const secretsExist = ({ folder }: { readonly folder: string }): boolean => existsSync(join(folder, SECRETS))

/** Who made these keys, without opening them: lets a command in a demo clone know where it is. */
export function originOf({ folder }: { readonly folder: string }): Origin | undefined {
  if (!secretsExist({ folder })) return undefined
  const { origin }: Partial<Stored> = JSON.parse(readFileSync(join(folder, SECRETS), 'utf8'))
  return origin
}

/**
 * Makes the first secrets, all of them, and the master key unless it is given.
 * @throws SecretsRefused where secrets already exist: they are never overwritten.
 */
export function createSecrets({ folder, masterKey, random }: Where, origin: Origin): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (secretsExist({ folder })) throw new SecretsRefused(`${folder} already holds keys: nothing was changed`)
  const sealer = masterSealer(masterKey ?? ownMaster(folder, random), random)
  const secrets = newSecrets(SECRET_NAMES, origin, sealer, random)
  writeOnce(join(folder, SECRETS), `${JSON.stringify({ origin, secrets } satisfies Stored, null, 2)}\n`, random)
}

/**
 * Adds the secrets that a later version brought and this folder lacks; those that are there stay as they are. On one
 * machine: several that did it each for themselves would have different secrets.
 * @returns what was added; the file is untouched where that is nothing.
 * @throws SecretsRefused as openSecrets does.
 */
export function completeSecrets({ folder, masterKey, random }: Where, profile: Origin): readonly SecretName[] {
  const path = join(folder, SECRETS)
  const { sealer, stored } = openStored({ folder, masterKey, random }, profile)
  const lacking = SECRET_NAMES.filter((name) => (stored.secrets[name] ?? []).length === 0)
  if (lacking.length === 0) return []
  // Opened once before anything is written: a wrong master key would seal the new under another than the old.
  const [name, versions = []] = Object.entries(stored.secrets)[0] ?? []
  for (const { version, sealed } of versions) openOne(path, sealer, sealed, binding(profile, String(name), version))
  const secrets = { ...stored.secrets, ...newSecrets(lacking, profile, sealer, random) }
  const draft = `${path}.${random.token(64)}`
  writeFileSync(draft, `${JSON.stringify({ ...stored, secrets }, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(draft, path)
  return lacking
}

const newSecrets = (names: readonly SecretName[], origin: Origin, sealer: Sealer, random: Random): Stored['secrets'] =>
  Object.fromEntries(
    names.map((name) => [
      name,
      [{ version: 1, sealed: sealer.seal(random.bytes(32), binding(origin, name, 1)).toString('base64url') }],
    ]),
  )

/**
 * @param profile must be that of the keys' maker: a demonstration's keys lie on laptops, and a demonstration has no
 * business with the real ones.
 * @throws SecretsRefused when files are missing, readable by others, another profile's, or sealed under another master key.
 */
export function openSecrets(where: Where, profile: Origin): Secrets {
  const path = join(where.folder, SECRETS)
  const {
    sealer,
    stored: { origin, secrets },
  } = openStored(where, profile)
  const opened = new Map<SecretName, VersionedKey[]>()
  for (const name of SECRET_NAMES) {
    const versions = secrets[name] ?? []
    if (versions.length === 0)
      throw new SecretsRefused(`${path} lacks the secret "${name}": \`pratu keys init\` adds what is missing`)
    opened.set(
      name,
      versions.map(({ version, sealed }) => ({
        version,
        key: openOne(path, sealer, sealed, binding(origin, name, version)),
      })),
    )
  }
  // Only what never changes may enter: a new version of anything else must leave the fingerprint alone.
  const lasting = opened.get('pairwise-salt')![0]!.key
  const fingerprint = createHmac('sha256', lasting).update('fingerprint').digest('hex').slice(0, 32)
  return { origin, get: (name) => opened.get(name)!, fingerprint: () => fingerprint }
}

function openStored({ folder, masterKey, random }: Where, profile: Origin): { sealer: Sealer; stored: Stored } {
  const path = join(folder, SECRETS)
  if (!existsSync(path)) throw new SecretsRefused(`${folder} holds no keys: make them with \`pratu keys init\``)
  refuseReadable(path)
  const stored: Stored = JSON.parse(readFileSync(path, 'utf8'))
  const { origin } = stored
  if (origin !== profile) throw new SecretsRefused(`${folder} holds keys made for ${origin}: ${profile} refuses them`)
  return { sealer: masterSealer(masterKey ?? readMaster(folder), random), stored }
}

function openOne(path: string, key: Sealer, sealed: string, bound: string): Buffer {
  try {
    return key.open(Buffer.from(sealed, 'base64url'), bound)
  } catch (error) {
    const words = `${path} was not sealed under this master key, or was changed since`
    throw new SecretsRefused(words, { cause: error })
  }
}

/**
 * A database and the secrets that wrote it belong together: with others, nobody would be found and every subject would
 * change. The first start notes the fingerprint in the database; every later one compares.
 * @throws SecretsRefused
 */
export async function bindToDatabase(db: Db, secrets: Pick<Secrets, 'fingerprint'>): Promise<void> {
  const ours = secrets.fingerprint()
  await rows(db, 'insert into key_fingerprint (one, fingerprint) values (true, ?) on conflict do nothing', [ours])
  const [found] = await rows<{ fingerprint: string }>(db, 'select fingerprint from key_fingerprint')
  if (found?.fingerprint !== ours) {
    throw new SecretsRefused(
      'The keys folder and the database do not belong together: this database was written with other keys. Nothing was changed.',
    )
  }
}

function masterSealer(master: Buffer, random: Random): Sealer {
  const key = createHash('sha256').update('pratu secrets').update(master).digest()
  return openSealer([{ version: 1, key }], random)
}

function readMaster(folder: string): Buffer {
  const path = join(folder, MASTER)
  if (!existsSync(path)) throw new SecretsRefused(`${path} is missing, and PRATU_MASTER_KEY is not set`)
  refuseReadable(path)
  const master = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (master.length !== 32) throw new SecretsRefused(`${path} does not hold 32 bytes in base64url`)
  return master
}

/** One left by an interrupted `keys init` is taken up again. */
function ownMaster(folder: string, random: Random): Buffer {
  const path = join(folder, MASTER)
  if (!existsSync(path)) writeOnce(path, `${random.bytes(32).toString('base64url')}\n`, random)
  return readMaster(folder)
}

function refuseReadable(path: string): void {
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new SecretsRefused(
      `${path} can be read by others (mode ${mode.toString(8)}): chmod 600 it, and think about who may have read it`,
    )
  }
}

/** Whole or not at all, and never over another: written beside, then linked, which fails where the name exists. */
function writeOnce(path: string, content: string, random: Random): void {
  const draft = `${path}.${random.token(64)}`
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' })
  chmodSync(draft, 0o600)
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new SecretsRefused(`${path} already exists: nothing was changed`, { cause: error })
  } finally {
    rmSync(draft)
  }
}
