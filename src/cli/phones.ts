import type { Command } from 'commander'
import type { AuditLog } from '../audit/log.ts'
import type { Actor } from '../identity/actor.ts'
import { maskPersonId } from '../identity/person-id.ts'
import { maskPhoneNumber, parsePhoneNumber } from '../identity/phone-number.ts'
import type { SmsSettings } from '../methods/sms-code/settings.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Persons } from '../persons/person.ts'
import { type Db, transaction } from '../platform/db.ts'
import { whom } from './look-up.ts'
import { CommandRefused, opened } from './opened.ts'
import { CODE_ARGUMENT, personCode } from './person-code.ts'

interface Parts {
  readonly db: Db
  readonly persons: Pick<Persons, 'find'>
  readonly credentials: Pick<Credentials, 'enrol' | 'revoke'>
  readonly audit: Pick<AuditLog, 'append'>
  readonly actor: Actor
  readonly config: { readonly sms?: Pick<SmsSettings, 'prefixes'> }
  close(): Promise<void>
}

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
  /** Where a person code comes from that is given as `-`. */
  readonly input: NodeJS.ReadableStream
}

// `pratu persons set-phone` and `remove-phone`: where codes and announcements go. An operator who has seen the person and
// the telephone answers for it; the former number hears of the change.
export function addPhoneCommands(program: Command, { open, print, input }: Needs): void {
  const persons = program.commands.find((command) => command.name() === 'persons') ?? program.command('persons')
  const oneOf = (name: string, description: string) =>
    persons.command(name).argument('<scheme>', 'TH, EE …').argument('<code>', CODE_ARGUMENT).description(description)

  oneOf('set-phone', 'Send codes and announcements of one person to this telephone; the former number hears of it')
    .argument('<number>', "with the country's prefix (+66…), or as it is typed in the country of the scheme")
    .action(async (scheme: string, typed: string, number: string) => {
      const who = await personCode(scheme, typed, input)
      const parsed = parsePhoneNumber(number, who.scheme)
      if (parsed === undefined) throw new CommandRefused('This is no telephone number.')
      await opened(open, async (parts) => {
        const { db, credentials, actor, config } = parts
        if (config.sms && !config.sms.prefixes.some((prefix) => parsed.startsWith(prefix)))
          throw new CommandRefused(`Messages are sent to ${config.sms.prefixes.join(', ')} only (PRATU_SMS_PREFIXES).`)
        const { key } = await whom(parts, parts.persons.find, who, 'set-phone')
        const telephone = { person: key, method: 'sms-code', secret: Buffer.from(parsed) } as const
        await transaction(db, (tx) => credentials.enrol(tx, telephone, actor))
        print(`${maskPersonId(who.scheme, who.code)}: messages go to ${maskPhoneNumber(parsed)}.`)
        if (!config.sms) print('No gateway is set (PRATU_SMS_GATEWAY): until one is, nothing is sent.')
      })
    })

  oneOf('remove-phone', 'Send one person no more codes nor announcements').action(
    async (scheme: string, typed: string) => {
      const who = await personCode(scheme, typed, input)
      await opened(open, async (parts) => {
        const { key } = await whom(parts, parts.persons.find, who, 'remove-phone')
        const gone = await transaction(parts.db, (tx) => parts.credentials.revoke(tx, key, 'sms-code', parts.actor))
        const masked = maskPersonId(who.scheme, who.code)
        print(gone ? `${masked}: the telephone is removed.` : `${masked} has no telephone.`)
      })
    },
  )
}
