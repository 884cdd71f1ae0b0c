import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import encodeQR from 'qr'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId, parsePersonId } from '../identity/person-id.ts'
import { enrolmentUri, secretText } from '../methods/totp/code.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Persons } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { writeLetter } from './letter.ts'
import { CommandRefused, opened } from './opened.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** A person watches: colours and full blocks for the QR code. */
  readonly terminal: boolean
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

interface Parts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find'>
  readonly credentials: Pick<Credentials, 'enrolTotp' | 'issueLetter'>
  readonly clock: Clock
  readonly actor: Actor
  readonly config: {
    readonly issuer: string
    readonly helpPhone: string
    readonly timeZone: string
    readonly profile: string
  }
  close(): Promise<void>
}

const CODE = 'national code; - reads it from standard input, so that it stays out of the shell history'

// `pratu persons enrol-totp` and `enrol-letter`: an operator gives a person the means to sign in.
export function addEnrolCommands(program: Command, { open, print, terminal, input }: Needs): void {
  const persons = program.commands.find((command) => command.name() === 'persons') ?? program.command('persons')

  persons
    .command('enrol-totp')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE)
    .option('--uri', 'print the address that the QR code holds, and the secret for typing, instead of a picture')
    .description('Give a person a new one-time code; the former stops working at once')
    .action(async (scheme: string, code: string, { uri }: { uri?: true }) => {
      const typed = await codeOf(code, input)
      await opened(open, async ({ db, persons, credentials, actor, config }) => {
        const found = await personOf(db, persons, scheme, typed)
        const { secret } = await transaction(db, (tx) => credentials.enrolTotp(tx, found.person.key, actor))
        const address = enrolmentUri(secret, new URL(config.issuer).host, maskPersonId(found.scheme, found.code))
        if (!uri) print(encodeQR(address, terminal ? 'term' : 'ascii'))
        else print(address)
        print(secretText(secret).replace(/.{4}(?=.)/g, '$& '))
        print('Shown once. The person scans or types it into an authenticator app; any former code works no more.')
      })
    })

  persons
    .command('enrol-letter')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE)
    .option('--out <file.html>', 'where to write the letter; must not exist yet', 'letter.html')
    .description('Write a letter with an activation code, good once and for 30 days; an earlier letter stops working')
    .action(async (scheme: string, code: string, { out }: { out: string }) => {
      const typed = await codeOf(code, input)
      await opened(open, async (parts) => {
        const { db, persons, credentials, actor } = parts
        const found = await personOf(db, persons, scheme, typed)
        await writeLetter(parts, out, async (tx) => ({
          ...found,
          letter: await credentials.issueLetter(tx, found.person.key, actor),
        }))
      })
      print(`The letter is in ${out}. Print it, post it, and delete the file: who reads it can activate.`)
    })
}

async function codeOf(code: string, input: NodeJS.ReadableStream): Promise<string> {
  if (code !== '-') return code
  const lines = createInterface({ input })
  for await (const line of lines) return line
  throw new CommandRefused('Nothing came on standard input.')
}

/** @throws CommandRefused; the code itself is not repeated. */
async function personOf(db: Db, persons: Pick<Persons, 'find'>, scheme: string, typed: string) {
  const known = scheme.toUpperCase()
  const parsed = parsePersonId(known, typed)
  if (!parsed.ok) throw new CommandRefused(`This is no ${known} person code (${parsed.reason}).`)
  const person = await persons.find(db, known, parsed.code)
  if (!person) throw new CommandRefused(`Nobody in the register has this ${known} person code.`)
  return { person, scheme: known, code: parsed.code }
}
