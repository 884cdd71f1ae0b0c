import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import { Argument, type Command, Option } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Clients } from '../clients/client.ts'
import type { Disclosure } from '../disclosure/disclosure.ts'
import type { Actor } from '../identity/actor.ts'
import { displayPersonId, maskPersonId } from '../identity/person-id.ts'
import { wordsOf } from '../persons/blocks.ts'
import { UnusableFile } from '../persons/file.ts'
import { ImportBusy, ImportInterrupted, type ImportProgress } from '../persons/import.ts'
import type { FileJob, FileResult } from '../persons/import-file.ts'
import { PERSON_STATUSES, type PersonStatus } from '../persons/kind-and-status.ts'
import { type FileMap, readMap } from '../persons/map.ts'
import type { Person, Persons, PersonVersion } from '../persons/person.ts'
import { ERAS, type Era } from '../persons/row.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { type LookUpParts, lookUp, reasonOption, type Why, whom, withheldOption } from './look-up.ts'
import { CommandRefused, opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Standard input: an imported file or a person code, where `-` is given. */
  readonly input: Readable
  /** Where progress is shown, so that the output stays clean. */
  readonly errors: NodeJS.WritableStream
  /** A person watches: a bar instead of lines, where the size of the file is known. */
  readonly terminal: boolean
  readonly clock: Clock
  /** Calls back when the operator presses Ctrl-C; returns how to stop listening. */
  onInterrupt(interrupted: () => void): () => void
}

interface Parts extends LookUpParts {
  readonly db: Db
  readonly persons: Pick<Persons, 'findEver' | 'history' | 'setStatus' | 'setLocked' | 'setBlocks'>
  readonly clients: Pick<Clients, 'find'>
  readonly disclosure: Pick<Disclosure, 'consents'>
  readonly audit: AuditLog
  readonly actor: Actor
  importPersons(job: FileJob): Promise<FileResult>
  close(): Promise<void>
}

// `pratu persons import | show | history | set-status | unblock | withdraw-consent`: the register as an operator sees it. Looking somebody up is an
// act like any other: it leaves an entry in the audit.
export function addPersonsCommands(program: Command, needs: Needs): void {
  const { open, print, input } = needs
  const persons =
    program.commands.find((command) => command.name() === 'persons') ??
    program.command('persons').description('The person register')

  persons
    .command('import')
    .argument('<file>', 'CSV with a heading, or JSON Lines (docs/operate.md); - for standard input')
    .option('--strict', 'load nothing when a single row is bad')
    .option('--rejected <file>', 'where bad rows go; <file>.rejected otherwise, stdin.rejected for standard input')
    .option('--encoding <name>', 'of the file: tis-620, windows-874, utf-16 …; otherwise UTF-8, or what its mark says')
    .addOption(
      new Option('--era <era>', 'in which years are counted: ce common, be Buddhist').choices(ERAS).default('ce'),
    )
    .option('--map <file>', "JSON that tells what the columns of a register's own export mean (docs/operate.md)")
    .description('Take persons in, new and known ones, in one transaction; the same file again changes nothing')
    .action(async (path: string, { strict, rejected, encoding, era, map }: ImportOptions) => {
      const form = {
        ...(encoding !== undefined && { encoding }),
        ...(map !== undefined && { map: await mapFrom(map) }),
      }
      await opened(open, (parts) =>
        bringIn(needs, parts, {
          path,
          stdin: input,
          ...(rejected !== undefined && { rejectedPath: rejected }),
          form,
          era,
          strict: strict === true,
          actor: parts.actor,
        }),
      )
    })

  const oneOf = (name: string, description: string) =>
    persons.command(name).argument('<scheme>', 'TH, EE …').argument('<code>', CODE_ARGUMENT).description(description)

  const looking = (name: string, description: string) =>
    oneOf(name, description).addOption(reasonOption().makeOptionMandatory()).addOption(withheldOption())

  looking('show', 'Show the entry of one person; the look is audited').action(
    async (scheme: string, typed: string, why: Why) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { person } = await lookUp(parts, asked, 'entry', why)
        for (const line of picture(person)) print(line)
      })
    },
  )

  looking('history', 'Show every version of one entry, newest first; the look is audited').action(
    async (scheme: string, typed: string, why: Why) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { person } = await lookUp(parts, asked, 'history', why)
        const all = await parts.persons.history(parts.db, person.key)
        for (const [at, version] of all.entries()) for (const line of versionPicture(version, all[at - 1])) print(line)
      })
    },
  )

  oneOf('set-status', 'Change the status of one person; the version before is kept')
    .addArgument(new Argument('<status>').choices(PERSON_STATUSES))
    .requiredOption('--reason <text>', 'why, for the history and the audit')
    .action(async (scheme: string, typed: string, status: PersonStatus, { reason }: { reason: string }) => {
      const asked = await personCode(scheme, typed, input)
      if (reason.trim() === '') throw new CommandRefused('A change of status needs a reason.')
      await opened(open, async (parts) => {
        const { db, persons, actor } = parts
        const person = await whom(parts, persons.findEver, asked, 'set-status')
        const changed = await persons.setStatus(db, person.key, status, { actor, reason: reason.trim() })
        const masked = maskPersonId(asked.scheme, asked.code)
        print(changed ? `${masked}: ${person.status} before, ${status} now.` : `${masked} is ${status} already.`)
      })
    })

  for (const [verb, locked, says] of [
    ['lock', true, 'Let nobody in as one person, and end their sessions, until it is lifted; their status stays'],
    ['unlock', false, 'Let a locked person in again; sessions from before stay over'],
  ] as const)
    oneOf(verb, says)
      .requiredOption('--reason <text>', 'why, for the history and the audit')
      .option('--json', 'the outcome as one JSON object')
      .action(async (scheme: string, typed: string, { reason, json }: { reason: string; json?: true }) => {
        const asked = await personCode(scheme, typed, input)
        if (reason.trim() === '') throw new CommandRefused(`To ${verb} somebody needs a reason.`)
        await opened(open, async (parts) => {
          const { db, persons, actor } = parts
          const person = await whom(parts, persons.findEver, asked, verb)
          const changed = await persons.setLocked(db, person.key, locked, { actor, reason: reason.trim() })
          const masked = maskPersonId(asked.scheme, asked.code)
          if (json) print(JSON.stringify({ scheme: asked.scheme, code: masked, locked, changed }))
          else if (!changed) print(`${masked} is ${locked ? 'locked already' : 'not locked'}.`)
          else print(`${masked}: ${verb}ed, on every node within 5 seconds.`)
        })
      })

  oneOf('unblock', 'Open every way of signing in that one person has shut for themselves; for a desk that knows them')
    .requiredOption('--reason <text>', 'how the desk knew them, for the audit')
    .action(async (scheme: string, typed: string, { reason }: { reason: string }) => {
      const asked = await personCode(scheme, typed, input)
      if (reason.trim() === '') throw new CommandRefused('To open what somebody has shut needs a reason.')
      await opened(open, async (parts) => {
        const { db, persons, actor } = parts
        const person = await whom(parts, persons.findEver, asked, 'unblock')
        const changed = await persons.setBlocks(db, person.key, undefined, { actor, reason: reason.trim() })
        const masked = maskPersonId(asked.scheme, asked.code)
        print(changed ? `${masked}: opened; ${wordsOf(person.blocks)} was shut.` : `${masked} has shut nothing.`)
      })
    })

  oneOf('withdraw-consent', 'End what one person agreed to towards one site, for a citizen who asks by telephone')
    .argument('<client>', 'as `pratu clients list` names it')
    .action(async (scheme: string, typed: string, id: string) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { db, persons, clients, disclosure, actor } = parts
        const client = clients.find(id)
        if (!client) throw new CommandRefused(`There is no site ${id}. See: pratu clients list`)
        const person = await whom(parts, persons.findEver, asked, 'withdraw-consent')
        const ended = await disclosure.consents.withdraw(db, { person: person.key, client: client.id }, actor)
        const masked = maskPersonId(asked.scheme, asked.code)
        if (ended.length === 0) print(`${masked} has no consent standing towards ${id}.`)
        else print(`${masked}: consent withdrawn. From now on ${id} is not told: ${ended.join(', ')}.`)
      })
    })
}

interface ImportOptions {
  readonly strict?: true
  readonly rejected?: string
  readonly encoding?: string
  readonly era: Era
  readonly map?: string
}

async function mapFrom(path: string): Promise<FileMap> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw explained(error)
  }
  const read = readMap(text)
  if ('map' in read) return read.map
  throw new CommandRefused(`The map ${path} can't be used:\n${read.mistakes.map((line) => `  ${line}`).join('\n')}`)
}

async function bringIn(needs: Needs, parts: Parts, job: FileJob): Promise<void> {
  const { print } = needs
  const stop = new AbortController()
  const release = needs.onInterrupt(() => stop.abort())
  const shown = needs.terminal && job.path !== '-' ? bar(needs) : lines(needs)
  let result: FileResult
  try {
    result = await parts.importPersons({ ...job, progress: shown.progress, signal: stop.signal })
  } catch (error) {
    throw explained(error)
  } finally {
    shown.end()
    release()
  }
  const { rows, created, changed, unchanged, rejected, loaded, rejectedPath } = result
  if (rejectedPath) print(`${count(rejected, 'bad row')} set aside, with line and reason, in ${rejectedPath}`)
  if (!loaded) throw new CommandRefused('Nothing was loaded, because of --strict.')
  print(`${count(rows, 'row')}: ${created} new, ${changed} changed, ${unchanged} as before, ${rejected} rejected.`)
}

/** What an operator can do something about is said in one sentence; the rest is a fault and keeps its stack. */
function explained(error: unknown): unknown {
  const known = error instanceof UnusableFile || error instanceof ImportInterrupted || error instanceof ImportBusy
  if (known) return new CommandRefused(error.message)
  const { code, path } = error as { code?: unknown; path?: unknown }
  if (code === 'ENOENT') return new CommandRefused(`There is no file ${String(path)}.`)
  if (code === 'EACCES' || code === 'EISDIR' || code === 'ENOSPC' || code === 'EROFS')
    return new CommandRefused(`${(error as Error).message}. Nothing has changed.`)
  return error
}

interface Shown {
  progress(progress: ImportProgress): void
  end(): void
}

function bar({ errors }: Needs): Shown {
  const bar = new SingleBar({
    format: '{bar} {percentage} % | {rows} rows, {rate}/s | {left} left | {rejected} rejected',
    stream: errors,
    hideCursor: true,
    clearOnComplete: true,
  })
  let begun = false
  return {
    progress({ bytes, size = 0, rows, rejected, rate, secondsLeft = 0 }) {
      const values = { rows, rejected, rate: Math.round(rate), left: spell(secondsLeft) }
      if (begun) bar.update(bytes, values)
      else bar.start(size, bytes, values)
      begun = true
    },
    end() {
      if (begun) bar.stop()
    },
  }
}

const LINE_EVERY = 5_000

function lines({ errors, clock }: Needs): Shown {
  let told = clock.now()
  return {
    progress({ rows, rejected, rate, secondsLeft }) {
      if (clock.now() - told < LINE_EVERY) return
      told = clock.now()
      const left = secondsLeft === undefined ? '' : `, ${spell(secondsLeft)} left`
      errors.write(`${rows} rows, ${Math.round(rate)}/s${left}, ${rejected} rejected\n`)
    },
    end() {},
  }
}

function spell(seconds: number): string {
  const whole = Math.ceil(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

const count = (number: number, thing: string): string => `${number} ${thing}${number === 1 ? '' : 's'}`

function picture(person: Person): string[] {
  const { key, kind, status, identifiers, names, birthDate, language, version, strongSince, lockedAt, blocks } = person
  const facts: [string, string | undefined][] = [
    ['key', key],
    ['kind', kind],
    ['status', status],
    ...identifiers.map(({ scheme, code, validFrom, validTo }): [string, string] => [
      scheme,
      [displayPersonId(scheme, code), validFrom && `from ${validFrom}`, validTo && `to ${validTo}`]
        .filter(Boolean)
        .join(' '),
    ]),
    ['name', nameOf(names.given, names.family)],
    ['in Latin script', nameOf(names.givenLatin, names.familyLatin)],
    ['born', birthDate],
    ['language', language],
    ['known surely', strongSince === undefined ? undefined : `since ${new Date(strongSince).toISOString()}`],
    ['blocked by them', blocks && wordsOf(blocks)],
    ['locked', lockedAt === undefined ? undefined : `since ${new Date(lockedAt).toISOString()}, by an operator`],
    ['version', String(version)],
  ]
  return facts.filter(([, value]) => value !== undefined).map(([name, value]) => `${name.padEnd(16)} ${value}`)
}

const nameOf = (given?: string, family?: string): string | undefined =>
  [given, family].filter(Boolean).join(' ') || undefined

/** @param next the version that replaced it. A lock and its lifting are named as such: nothing else of the entry tells them. */
function versionPicture({ person, since, replaced }: PersonVersion, next: PersonVersion | undefined): string[] {
  const by = replaced && ('name' in replaced.by ? replaced.by.name : replaced.by.kind)
  const until = replaced
    ? `until ${new Date(replaced.at).toISOString()}, ${endedBy(person, next?.person, replaced)} by ${by}${replaced.reason ? `: ${replaced.reason}` : ''}${replaced.import ? ` (import ${replaced.import})` : ''}`
    : 'in force'
  const hidden = new Set(['key', 'version', 'language'])
  return [
    `Version ${person.version}, since ${new Date(since).toISOString()}, ${until}`,
    ...picture(person)
      .filter((line) => !hidden.has(line.split(' ')[0]!))
      .map((line) => `  ${line}`),
  ]
}

/** An import locks nobody: what looks so was written by a node of a version that kept no locks here. */
function endedBy({ lockedAt }: Person, next: Person | undefined, by: NonNullable<PersonVersion['replaced']>): string {
  if (by.import !== undefined || (next?.lockedAt === undefined) === (lockedAt === undefined)) return 'replaced'
  return lockedAt === undefined ? 'locked' : 'unlocked'
}
