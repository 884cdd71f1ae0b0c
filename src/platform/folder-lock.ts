import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isSame, markOf, type ProcessMark } from './owned-process.ts'

// One process at a time owns a folder. The lock is a file naming its owner, so that a lock left by a crash is told from
// one that is held: Node offers no flock, and a bare pid file can't tell a process from a later one with its number.

export interface FolderLock {
  release(): void
}

/** Somebody else holds the folder, and is running. */
export class FolderInUse extends Error {
  readonly pid: number
  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}. Stop that one first, or choose another folder with PRATU_DATA.`)
    this.pid = pid
  }
}

const LOCK = 'owner.json'

/** @throws FolderInUse */
export function lockFolder(folder: string): FolderLock {
  const path = join(folder, LOCK)
  const draft = `${path}.${process.pid}`
  const me = markOf(process.pid)
  writeFileSync(draft, JSON.stringify(me), { mode: 0o600 })
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        linkSync(draft, path) // atomic: fails where the name exists
        return { release: () => rmSync(path, { force: true }) }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 20) throw error
      }
      const owner = ownerOf(folder)
      if (owner) throw new FolderInUse(folder, owner.pid)
      takeAway(path, `${draft}.stale`)
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/** The running owner of a folder. */
export function ownerOf(folder: string): ProcessMark | undefined {
  const mark = read(join(folder, LOCK))
  return mark && isSame(mark) ? mark : undefined
}

/** Two that find the same stale lock: the slower must not take away the lock that the faster has just made. */
function takeAway(path: string, aside: string): void {
  try {
    renameSync(path, aside)
  } catch {
    return // somebody was faster
  }
  const moved = read(aside)
  if (moved && isSame(moved)) {
    try {
      linkSync(aside, path)
    } catch {
      // A third one has locked meanwhile; the one we moved will find out by its own means. Practically unreachable.
    }
  }
  rmSync(aside, { force: true })
}

function read(path: string): ProcessMark | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined
    return { pid: Number(value.pid), started: String(value.started) }
  } catch {
    return undefined
  }
}
