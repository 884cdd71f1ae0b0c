import { type Command, InvalidArgumentError } from 'commander'
import { EVENTS } from '../audit/entry.ts'
import type { AuditReading, ReadEntry } from '../audit/read.ts'
import type { Actor } from '../identity/actor.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db.ts'
import { CommandRefused, opened } from './opened.ts'

export interface Needs {
  open(): Promise<{
    readonly db: Db
    readonly auditReading: AuditReading
    readonly actor: Actor
    readonly clock: Clock
    close(): Promise<void>
  }>
  readonly print: (line: string) => void
  /** Told how far a long check is; about nothing to stand in the output. */
  readonly progress?: (done: number, about: number) => void
}

interface ListOptions {
  readonly since?: Since
  readonly type?: string
  readonly client?: string
  readonly request?: string
  readonly limit: number
  readonly persons?: true
  readonly reason?: string
  readonly json?: true
}

// `pratu audit list` and `pratu audit verify`. Reading is an act like any other: it leaves an entry of its own.
export function addAuditCommands(program: Command, { open, print, progress }: Needs): void {
  const audit = program.command('audit').description('The record of what was done, by whom')

  audit
    .command('list')
    .description('Show the newest entries, persons only with --persons and a reason; the reading is itself an entry')
    .option('--since <time>', 'from then on: 2026-11-21, 2026-11-21T09:00Z, or 90m, 12h, 7d for so long ago', since)
    .option('--type <type>', 'one kind of entry, such as sign-in.refused', eventType)
    .option('--client <id>', "one site's client_id")
    .option('--request <id>', 'one request, as printed on pages of trouble')
    .option('--limit <n>', 'how many at most', whole, 100)
    .option('--persons', 'show who: person keys, actors and all details; needs --reason')
    .option('--reason <text>', 'why you look at persons, for the audit')
    .option('--json', 'one JSON object a line')
    .action(({ json, since, reason: typed = '', ...rest }: ListOptions) => {
      const reason = typed.trim()
      if (rest.persons && reason === '') throw new CommandRefused('To see whom it was about needs a reason: --reason.')
      const filter = { ...rest, ...(reason && { reason }) }
      return opened(open, async ({ db, auditReading, actor, clock }) => {
        const from = since && { since: new Date('at' in since ? since.at : clock.now() - since.ago) }
        for (const entry of await auditReading.read(db, actor, { ...filter, ...from }))
          print(json ? JSON.stringify(entry) : lineOf(entry))
      })
    })

  audit
    .command('verify')
    .description('Recompute every commitment; exit code 1 when a byte was changed. The check is itself an entry')
    .option('--json', 'the verdict as one JSON object')
    .action(({ json }: { json?: true }) =>
      opened(open, async ({ db, auditReading, actor }) => {
        const verdict = await auditReading.verify(db, actor, progress)
        if (!verdict.ok) process.exitCode = 1
        if (json) return print(JSON.stringify(verdict))
        for (const { id, what } of verdict.faults) print(id === '-' ? what : `entry ${id} does not verify: ${what}`)
        if (verdict.faulty > verdict.faults.length) print(`… and ${verdict.faulty - verdict.faults.length} more`)
        const erased = verdict.erased ? `, ${verdict.erased} of them past their retention and erased` : ''
        const signed = verdict.signed ? `, ${verdict.signed} of them signed by operators` : ''
        print(
          verdict.ok
            ? `${verdict.rows} entries verified${signed}${erased}: nothing was changed.`
            : `${verdict.faulty} of ${verdict.rows} entries do not verify. Keep the database as it is and call the auditor.`,
        )
      }),
    )
}

/** `2026-11-21T09:00:00.000Z sign-in.refused client=revenue request=… code=PRT-1201 method=totp` */
function lineOf({ at, type, client, request, by, detail, erased, person, actor }: ReadEntry): string {
  const told = Object.entries({ client, request, by: actor ?? by, person, ...detail })
  const words = told.map(([name, value]) => value !== undefined && value !== null && `${name}=${wordOf(value)}`)
  return [at.toISOString(), type, ...words, erased && '(erased)'].filter(Boolean).join(' ')
}

const wordOf = (value: unknown): string =>
  typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value)

type Since = { readonly at: number } | { readonly ago: number }
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

function since(text: string): Since {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? []
  if (count && unit) return { ago: Number(count) * UNITS[unit]! }
  // Without a zone JavaScript reads a time as local; an auditor's command must mean the same everywhere.
  const zoned = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const at = zoned ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw new InvalidArgumentError('A day, a time with its zone, or 90m, 12h, 7d.')
  return { at }
}

function eventType(text: string): string {
  if (!Object.hasOwn(EVENTS, text)) throw new InvalidArgumentError(`One of ${Object.keys(EVENTS).join(', ')}.`)
  return text
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A number from 1.')
  return Number(text)
}
