import { readFileSync } from 'node:fs'

// Settings as a table: name, kind, default and one sentence each. Reads all of them from PRATU_* variables at once,
// reports every mistake together, and prints the manual from the same table. Knows no particular setting: that is
// config.ts.

/** A kind of value: how it reads from text, and how the manual calls it. */
export interface Kind<T> {
  readonly called: string
  /** @throws Error with the rest of the sentence "PRATU_X …", for instance "is not a whole number". */
  read(text: string): T
}

export interface Setting<T> {
  readonly kind: Kind<T>
  /** One sentence for the operator. */
  readonly says: string
  /** What the manual shows where there is no fixed default. */
  readonly absent: string
  readonly fallback?: T
  /** Its value never appears in a message. */
  readonly secret?: true
}

type Table = Readonly<Record<string, Setting<unknown>>>
type Fallback<S> = S extends { readonly fallback: infer F } ? F : undefined
type Value<S> = S extends Setting<infer T> ? T | Fallback<S> : never
export type Values<S extends Table> = { readonly [Name in keyof S]: Value<S[Name]> }
export type Environment = Readonly<Record<string, string | undefined>>

/** All mistakes at once, one line each. */
export class SettingMistakes extends Error {
  readonly mistakes: readonly string[]
  constructor(mistakes: readonly string[]) {
    const heading = mistakes.length === 1 ? 'One setting is wrong' : `${mistakes.length} settings are wrong`
    super([`${heading}:`, ...mistakes.map((mistake) => `  ${mistake}`), 'All settings: npx pratu config'].join('\n'))
    this.mistakes = mistakes
  }
}

const PREFIX = 'PRATU_'

/** `masterKey` → `PRATU_MASTER_KEY` */
export const variable = (name: string): string => PREFIX + name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()

/**
 * Reads every setting of the table. `PRATU_X_FILE` names a file that holds the value of `PRATU_X`, less a last newline.
 * @param others PRATU_ variables that somebody else reads.
 * @returns what could be read and all mistakes; a value is only to be trusted where there is no mistake at all.
 */
export function readSettings<S extends Table>(
  table: S,
  environment: Environment,
  others: readonly string[] = [],
): { values: Values<S>; mistakes: string[] } {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, setting] of Object.entries(table)) {
    values[name] = setting.fallback
    const text = textOf(variable(name), environment, mistakes)
    if (text === undefined) continue
    try {
      values[name] = setting.kind.read(text)
    } catch (error) {
      const shown = setting.secret ? '' : ` (${JSON.stringify(text)})`
      mistakes.push(`${variable(name)} ${(error as Error).message}${shown}`)
    }
  }
  mistakes.push(...unknownNames(Object.keys(table).map(variable), environment, others))
  return { values: values as Values<S>, mistakes }
}

/** An empty variable counts as absent: compose files and unit files often leave one behind. */
function textOf(name: string, environment: Environment, mistakes: string[]): string | undefined {
  const direct = environment[name] || undefined
  const path = environment[`${name}_FILE`] || undefined
  if (path === undefined) return direct
  if (direct !== undefined) {
    mistakes.push(`${name} and ${name}_FILE are both set: only one may be`)
    return undefined
  }
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    mistakes.push(`${name}_FILE: ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
    return undefined
  }
}

function unknownNames(known: readonly string[], environment: Environment, others: readonly string[]): string[] {
  const all = new Set([...known, ...known.map((name) => `${name}_FILE`), ...others])
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !all.has(name))
    .toSorted()
    .map((name) => {
      const [nearest, far] = [...all]
        .map((candidate) => [candidate, distance(name, candidate)] as const)
        .reduce((best, next) => (next[1] < best[1] ? next : best))
      return `${name} is not a setting${far <= 4 ? `: did you mean ${nearest}?` : ''}`
    })
}

/** Levenshtein's: how many letters to add, drop or change. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const change = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change))
    }
    row = next
  }
  return row[to.length]!
}

/** The manual: one paragraph per setting, from the table itself. */
export function manual(table: Table): string {
  return Object.entries(table)
    .map(([name, { kind, says, absent, secret }]) => {
      const lines = [variable(name), `    ${says}`, `    ${kind.called}; when absent: ${absent}`]
      if (secret) lines.push(`    A secret: better given as ${variable(name)}_FILE.`)
      return lines.join('\n')
    })
    .join('\n\n')
}

export const text: Kind<string> = { called: 'text', read: (value) => value }

export const folder: Kind<string> = { called: 'a folder', read: (value) => value }

export function choice<T extends string>(...options: readonly T[]): Kind<T> {
  return {
    called: options.join(' | '),
    read(value) {
      const found = options.find((option) => option === value)
      if (found === undefined) throw new Error(`must be one of: ${options.join(', ')}`)
      return found
    },
  }
}

export function whole(least: number, most: number): Kind<number> {
  return {
    called: `a whole number, ${least} to ${most}`,
    read(value) {
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN
      if (!(number >= least && number <= most)) throw new Error(`must be a whole number from ${least} to ${most}`)
      return number
    },
  }
}

/** Comma-separated; every item is read by `item`. */
export function list<T>(item: Kind<T>): Kind<readonly T[]> {
  return {
    called: `${item.called}, several with commas`,
    read: (value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => item.read(part)),
  }
}

/** An address that must parse as a URL with one of these schemes. The message never repeats it: it may hold a password. */
export function url(...schemes: readonly string[]): Kind<string> {
  return {
    called: `an address (${schemes.map((scheme) => `${scheme}://`).join(', ')})`,
    read(value) {
      const parsed = URL.parse(value)
      if (!parsed || !schemes.includes(parsed.protocol.slice(0, -1))) {
        throw new Error(`must be an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`)
      }
      return value
    },
  }
}
