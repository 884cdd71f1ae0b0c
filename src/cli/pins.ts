import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId } from '../identity/person-id.ts'
import type { Persons } from '../persons/person.ts'
import type { Pins } from '../persons/pins.ts'
import { type Db, transaction } from '../platform/db.ts'
import { whom } from './look-up.ts'
import { opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find'>
  readonly pins: Pick<Pins, 'remove'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly actor: Actor
  close(): Promise<void>
}

// `pratu persons remove-pin`: for who has forgotten it. Their codes let them in alone then, at `low`; nobody can set or see
// a PIN for somebody else.
export function addPinCommands(program: Command, { open, print, input }: Needs): void {
  const persons = program.commands.find((command) => command.name() === 'persons') ?? program.command('persons')
  persons
    .command('remove-pin')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE_ARGUMENT)
    .description('Take away the PIN that a person has forgotten: their codes are low from then on; they are told')
    .action(async (scheme: string, typed: string) => {
      const asked = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { db, persons, pins, actor } = parts
        const person = await whom(parts, persons.find, asked, 'remove-pin')
        const had = await transaction(db, (tx) => pins.remove(tx, person.key, actor))
        const masked = maskPersonId(asked.scheme, asked.code)
        print(
          had ? `${masked}: the PIN is gone. One-time codes sign in by themselves, at low.` : `${masked} has no PIN.`,
        )
      })
    })
}
