import type { Command } from 'commander'
import encodeQR from 'qr'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId } from '../identity/person-id.ts'
import { enrolmentUri, secretText } from '../methods/totp/code.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Persons } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { writeLetter } from './letter.ts'
import { whom } from './look-up.ts'
import { opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

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
  readonly audit: Pick<AuditLog, 'append'>
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

// `pratu persons enrol-totp` and `enrol-letter`: an operator gives a person the means to sign in.
export function addEnrolCommands(program: Command, { open, print, terminal, input }: Needs): void {
  const persons = program.commands.find((command) => command.name() === 'persons') ?? program.command('persons')

  persons
    .command('enrol-totp')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE_ARGUMENT)
    .option('--uri', 'print the address that the QR code holds, and the secret for typing, instead of a picture')
    .description('Give a person one-time codes by an authenticator app; those of a former one stop working at once')
    .action(async (scheme: string, code: string, { uri }: { uri?: true }) => {
      const asked = await personCode(scheme, code, input)
      await opened(open, async (parts) => {
        const { db, persons, credentials, actor, config } = parts
        const { key } = await whom(parts, persons.find, asked, 'enrol-totp')
        const { secret } = await transaction(db, (tx) => credentials.enrolTotp(tx, key, actor))
        const address = enrolmentUri(secret, new URL(config.issuer).host, maskPersonId(asked.scheme, asked.code))
        if (!uri) print(encodeQR(address, terminal ? 'term' : 'ascii'))
        else print(address)
        print(secretText(secret).replace(/.{4}(?=.)/g, '$& '))
        print('Shown once. The person scans or types it into an authenticator app; any former code works no more.')
      })
    })

  persons
    .command('enrol-letter')
    .argument('<scheme>', 'TH, EE …')
    .argument('<code>', CODE_ARGUMENT)
    .option('--out <file.html>', 'where to write the letter; must not exist yet', 'letter.html')
    .description('Write a letter with an activation code, good once and for 30 days; an earlier letter stops working')
    .action(async (scheme: string, code: string, { out }: { out: string }) => {
      const asked = await personCode(scheme, code, input)
      await opened(open, async (parts) => {
        const { persons, credentials, actor } = parts
        const person = await whom(parts, persons.find, asked, 'enrol-letter')
        await writeLetter(parts, out, async (tx) => ({
          person,
          ...asked,
          letter: await credentials.issueLetter(tx, person.key, actor),
        }))
      })
      print(`The letter is in ${out}. Print it, post it, and delete the file: who reads it can activate.`)
    })
}
