import { createHash, createHmac } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FolderInUse, type FolderLock, lockFolder } from './folder-lock.ts'
import type { Random } from './random.ts'
import { openSealer, type Sealer } from './seal.ts'

// The master key, under which the service's own secrets are sealed: in the keys folder, or handed over from elsewhere. And
// how a file of that folder is written and what it must look like to be read.

/** A folder of keys that can't be used, in one sentence. */
export class SecretsRefused extends Error {}

export interface Where {
  /** The keys folder. */
  readonly folder: string
  /** 32 bytes; master.key in the folder when absent. */
  readonly masterKey?: Buffer | undefined
  readonly random: Random
}

const MASTER = 'master.key'
/** The one that follows, until it takes the other's place (chapter secrets). */
const NEXT_MASTER = 'master.new.key'

/** A master key, by what it does. */
export interface Master {
  /** 16 hexadecimal digits that tell it from others and nothing else about it. */
  readonly name: string
  readonly sealer: Sealer
}
export type Masters = readonly [Master, ...Master[]]

export function masterOf(master: Buffer, random: Random): Master {
  const key = createHash('sha256').update('pratu secrets').update(master).digest()
  const name = createHmac('sha256', master).update('pratu master key').digest('hex').slice(0, 16)
  return { name, sealer: openSealer([{ version: 1, key }], random) }
}

/**
 * What may open the secrets: the one that was given, else the folder's, of which there are two while the master key changes.
 * @throws SecretsRefused where there is none.
 */
export function openMasters({ folder, masterKey, random }: Where): Masters {
  if (masterKey) return [masterOf(masterKey, random)]
  // In this order: the next one may take the other's place in between, by another process's hand.
  const all = [NEXT_MASTER, MASTER].flatMap((name) => readIfThere(join(folder, name)) ?? [])
  const [first = readMaster(folder), ...rest] = all
  return [masterOf(first, random), ...rest.map((one) => masterOf(one, random))]
}

/** Where the next master key lies, and which it is: undefined where there is none. */
export interface NextMaster {
  readonly path: string
  readonly master: Buffer | undefined
}

/** @param path elsewhere than in the folder, for a service that is handed its master key. */
export const nextMaster = ({ folder }: Pick<Where, 'folder'>, path = join(folder, NEXT_MASTER)): NextMaster => ({
  path,
  master: readIfThere(path),
})

/** Made where there is none yet, so that a change that was cut off goes on with the same. */
export const orMade = ({ path, master }: NextMaster, random: Random): Buffer => master ?? made(path, random)

/**
 * The next master key is the folder's own from now on; nothing where there is no next, or it isn't `name`. Every process that
 * has the folder does this when it hears of it, several at once, each alone: between a look at the next key and its renaming another
 * would settle it and an operator begin a further change, whose key would then take the place of the one in use. Who finds
 * another at it leaves it to that one, and to the next look. The price: processes on different machines, or in containers that don't see
 * each other, take each other's lock for one that a crash has left, and are back to that chance.
 */
export function settleMaster({ folder, masterKey, random }: Where, name: string): void {
  const next = join(folder, NEXT_MASTER)
  const isThere = (): boolean => {
    const found = readIfThere(next)
    return found !== undefined && masterOf(found, random).name === name
  }
  if (masterKey || !isThere()) return
  let lock: FolderLock
  try {
    lock = lockFolder(folder)
  } catch (error) {
    if (error instanceof FolderInUse || (error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  try {
    if (isThere()) renameSync(next, join(folder, MASTER))
  } finally {
    lock.release()
  }
}

function readMaster(folder: string): Buffer {
  const path = join(folder, MASTER)
  if (!existsSync(path)) throw new SecretsRefused(`${path} is missing, and PRATU_MASTER_KEY is not set`)
  return readMasterAt(path)
}

const readIfThere = (path: string): Buffer | undefined => ifThere(() => readMasterAt(path))

/** @returns undefined where the file isn't there, or went while it was looked at. */
function ifThere<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readMasterAt(path: string): Buffer {
  refuseReadable(path)
  const text = readFileSync(path, 'utf8').trim()
  // As PRATU_MASTER_KEY has it, so that the same file will do for both.
  const master = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? 'hex' : 'base64url')
  if (master.length !== 32) throw new SecretsRefused(`${path} does not hold 32 bytes in base64url or hexadecimal`)
  return master
}

/** One left by an interrupted `keys init` is taken up again. */
export function ownMaster(folder: string, random: Random): Buffer {
  const path = join(folder, MASTER)
  return readIfThere(path) ?? made(path, random)
}

/** A new one; another process's, where that was faster. */
function made(path: string, random: Random): Buffer {
  try {
    writeOnce(path, `${random.bytes(32).toString('base64url')}\n`, random)
  } catch (error) {
    if (!existsSync(path)) throw error
  }
  return readMasterAt(path)
}

export function refuseReadable(path: string): void {
  const mode = statSync(path).mode & 0o777
  if ((mode & 0o077) !== 0) {
    throw new SecretsRefused(
      `${path} can be read by others (mode ${mode.toString(8)}): chmod 600 it, and think about who may have read it`,
    )
  }
}

/** Whole or not at all, on the disk before it takes the other's place. */
export function replaceFile(path: string, content: string, random: Random): void {
  const draft = `${path}.${random.token(64)}`
  try {
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Whole or not at all, and never over another: written beside, then linked, which fails where the name exists. */
export function writeOnce(path: string, content: string, random: Random): void {
  const draft = `${path}.${random.token(64)}`
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true })
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
