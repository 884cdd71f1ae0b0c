#!/usr/bin/env node
// Completes package-lock.json after an `npm install`: adds every optional package of another platform that the registry
// mirror could not tell npm about. Without those entries `npm ci` stops with "Missing … from lock file".
//   node bin/complete-lock.mjs           adds what is missing
//   node bin/complete-lock.mjs --check   only says what is missing, and fails
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const CPU = ['arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64', 'arm']
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' }

/** Optional dependencies that no entry of the lock answers: `[path for a new entry, version range]`. */
export function missing(packages) {
  const found = new Map()
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (!places(path).some((place) => packages[`${place}node_modules/${name}`]))
        found.set(`node_modules/${name}`, version)
    }
  }
  return [...found]
}

/** Where Node looks for what the package at `path` asks for: its own folder first, then each one around it. */
function places(path) {
  const around = ['']
  for (const part of path.split('node_modules/').slice(1))
    around.unshift(`${around[0]}node_modules/${part.replace(/\/$/, '')}/`)
  return around
}

/** The entry npm would have written: the platform is read from the package's name, as its makers put it there. */
export function entryFor(path, version) {
  const words = path.split(/[/-]/)
  const os = OS.find((name) => words.includes(name))
  const cpu = CPU.find((name) => words.includes(name))
  const libc = LIBC[words.at(-1)]
  return {
    version,
    optional: true,
    ...(cpu ? { cpu: [cpu] } : {}),
    ...(os ? { os: [os] } : {}),
    ...(libc ? { libc: [libc] } : {}),
  }
}

/** Entries that carry a download address: the lock must work with whatever registry is set. */
export const addressed = (packages) => Object.keys(packages).filter((path) => packages[path].resolved !== undefined)

function complete(file, check) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const lacking = missing(lock.packages)
  const addresses = addressed(lock.packages)
  if (check) {
    for (const [path] of lacking) console.log(`missing: ${path}`)
    for (const path of addresses) console.log(`has an address: ${path}`)
    return lacking.length + addresses.length === 0
  }
  for (const [path, version] of lacking) lock.packages[path] = entryFor(path, version)
  for (const path of addresses) delete lock.packages[path].resolved
  const sorted = Object.keys(lock.packages).toSorted((a, b) => a.localeCompare(b, 'en'))
  lock.packages = Object.fromEntries(sorted.map((path) => [path, lock.packages[path]]))
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`package-lock.json: ${lacking.length} entries added, ${addresses.length} addresses removed`)
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url))
  process.exitCode = complete(file, process.argv.includes('--check')) ? 0 : 1
}
