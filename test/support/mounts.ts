import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

// A file that is a mount, as orchestrators hand secrets over: it can be read, and nothing can take its place.

/** Mounts a copy of a file over it. @returns how to take the mount away. */
export function mountOver(path: string): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-mount-'))
  const copy = join(folder, 'copy')
  // With its mode: a key file that others can read is refused.
  copyFileSync(path, copy)
  chmodSync(copy, 0o600)
  execFileSync('mount', ['--bind', copy, path], { stdio: 'pipe' })
  return () => {
    execFileSync('umount', [path])
    rmSync(folder, { recursive: true })
  }
}

/** Why tests that need one are skipped; undefined where this account may mount. */
export const withoutMounts = tried()

function tried(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'pratu-mount-'))
  try {
    writeFileSync(join(folder, 'file'), '')
    mountOver(join(folder, 'file'))()
    return undefined
  } catch (error) {
    return `this account may not mount: ${(error as Error).message}`
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
