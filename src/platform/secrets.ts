import { createHmac } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Db, rows } from './db.ts'
import {
  type Master,
  type Masters,
  masterOf,
  openMasters,
  ownMaster,
  refuseReadable,
  replaceFile,
  SecretsRefused,
  type Where,
  writeOnce,
} from './master-key.ts'
import type { Random } from './random.ts'
import type { Sealer, VersionedKey } from './seal.ts'

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

export interface FolderSecrets {
  readonly origin: Origin
  /** Oldest first; the last seals and signs, all open and verify. Never empty. */
  get(name: SecretName): readonly VersionedKey[]
  /** 32 hexadecimal digits that tell these secrets from others and nothing else about them. */
  fingerprint(): string
}

/** One version as it lies in the file; while the master key changes, under the former one still. */
export interface StoredVersion {
  readonly version: number
  /** base64url */
  readonly sealed: string
}

export type StoredSecrets = Readonly<Partial<Record<SecretName, readonly StoredVersion[]>>>

interface Stored {
  readonly origin: Origin
  readonly secrets: StoredSecrets
}

const SECRETS = 'secrets.json'
/** What a version is sealed to. */
export const versionBinding = (origin: Origin, name: string, version: number): string =>
  `secrets|${origin}|${name}|${version}`

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
  const { sealer } = masterOf(masterKey ?? ownMaster(folder, random), random)
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
  const { masters, stored } = openStored({ folder, masterKey, random }, profile)
  const lacking = SECRET_NAMES.filter((name) => (stored.secrets[name] ?? []).length === 0)
  if (lacking.length === 0) return []
  // Opened once before anything is written: a wrong master key would seal the new under another than the old.
  const [name, versions = []] = Object.entries(stored.secrets)[0] ?? []
  let sealer = masters[0].sealer
  for (const one of versions)
    sealer = openOne(path, masters, one, versionBinding(profile, String(name), one.version)).under.sealer
  const secrets = { ...stored.secrets, ...newSecrets(lacking, profile, sealer, random) }
  replaceFile(path, `${JSON.stringify({ ...stored, secrets }, null, 2)}\n`, random)
  return lacking
}

const newSecrets = (names: readonly SecretName[], origin: Origin, sealer: Sealer, random: Random): Stored['secrets'] =>
  Object.fromEntries(
    names.map((name) => [
      name,
      [{ version: 1, sealed: sealer.seal(random.bytes(32), versionBinding(origin, name, 1)).toString('base64url') }],
    ]),
  )

/**
 * @param profile must be that of the keys' maker: a demonstration's keys lie on laptops, and a demonstration has no
 * business with the real ones.
 * @throws SecretsRefused when files are missing, readable by others, another profile's, or sealed under another master key.
 */
export function openSecrets(
  where: Where,
  profile: Origin,
): FolderSecrets & { readonly stored: StoredSecrets; readonly under: Master } {
  const path = join(where.folder, SECRETS)
  const {
    masters,
    stored: { origin, secrets },
  } = openStored(where, profile)
  const opened = new Map<SecretName, VersionedKey[]>()
  let under = masters[0]
  for (const name of SECRET_NAMES) {
    const versions = secrets[name] ?? []
    if (versions.length === 0)
      throw new CopyRefused(`${path} lacks the secret "${name}": \`pratu keys init\` adds what is missing`)
    const keys = versions.map((one) => {
      const found = openOne(path, masters, one, versionBinding(origin, name, one.version))
      under = found.under
      return { version: one.version, key: found.key }
    })
    opened.set(name, keys)
  }
  const fingerprint = fingerprintOf(opened.get('pairwise-salt')!)
  return { origin, get: (name) => opened.get(name)!, fingerprint: () => fingerprint, stored: secrets, under }
}

/** Only what never changes may enter: a new version of anything else must leave the fingerprint alone. */
export const fingerprintOf = (pairwiseSalt: readonly VersionedKey[]): string =>
  createHmac('sha256', pairwiseSalt[0]!.key).update('fingerprint').digest('hex').slice(0, 32)

/** A keys folder whose copy is older than what the database has is brought up to date. @returns whether it was. */
export function writeSecrets({ folder, random }: Where, origin: Origin, secrets: StoredSecrets): boolean {
  const path = join(folder, SECRETS)
  const text = `${JSON.stringify({ origin, secrets } satisfies Stored, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  replaceFile(path, text, random)
  return true
}

function openStored(where: Where, profile: Origin): { masters: Masters; stored: Stored } {
  const { folder } = where
  const path = join(folder, SECRETS)
  if (!existsSync(path)) throw new CopyRefused(`${folder} holds no keys: make them with \`pratu keys init\``)
  refuseReadable(path)
  const stored: Stored = JSON.parse(readFileSync(path, 'utf8'))
  const { origin } = stored
  if (origin !== profile) throw new SecretsRefused(`${folder} holds keys made for ${origin}: ${profile} refuses them`)
  return { masters: openMasters(where), stored }
}

/** A folder's copy that this master key doesn't open, or that lacks what a later version brought: the database may know better. */
export class CopyRefused extends SecretsRefused {}

function openOne(path: string, masters: Masters, { sealed }: StoredVersion, bound: string) {
  let cause: unknown
  for (const under of masters) {
    try {
      return { key: under.sealer.open(Buffer.from(sealed, 'base64url'), bound), under }
    } catch (error) {
      cause = error
    }
  }
  throw new CopyRefused(`${path} was not sealed under this master key, or was changed since`, { cause })
}

/**
 * A database and the secrets that wrote it belong together: with others, nobody would be found and every subject would
 * change. The first start notes the fingerprint in the database; every later one compares.
 * @throws SecretsRefused
 */
export async function bindToDatabase(db: Db, secrets: Pick<FolderSecrets, 'fingerprint'>): Promise<void> {
  const ours = secrets.fingerprint()
  await rows(db, 'insert into key_fingerprint (one, fingerprint) values (true, ?) on conflict do nothing', [ours])
  const [found] = await rows<{ fingerprint: string }>(db, 'select fingerprint from key_fingerprint')
  if (found?.fingerprint !== ours) {
    throw new SecretsRefused(
      'The keys folder and the database do not belong together: this database was written with other keys. Nothing was changed.',
    )
  }
}
