import type { Command } from 'commander'
import { troubleIn, worded } from '../../views/words/words.ts'
import type { AuditReading } from '../audit/read.ts'
import type { Actor } from '../identity/actor.ts'
import { personKey } from '../identity/identifiers.ts'
import { LANGUAGES } from '../identity/language.ts'
import { isTroubleCode, TROUBLE, type TroubleCode } from '../identity/trouble.ts'
import type { Credentials } from '../persons/credentials.ts'
import type { Persons } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'
import { type Around, tell } from './explain-request.ts'
import { CommandRefused, opened } from './opened.ts'

export interface Needs {
  open(): Promise<Parts>
  readonly print: (line: string) => void
}

interface Parts {
  readonly db: Db
  readonly auditReading: AuditReading
  readonly persons: Pick<Persons, 'get'>
  readonly credentials: Pick<Credentials, 'find'>
  readonly actor: Actor
  close(): Promise<void>
}

const HOUR = 3_600_000
const CODES = Object.keys(TROUBLE).filter(isTroubleCode)

// `pratu explain`: the printed catalogue for one code, or the story of one request for the night shift.
export function addExplainCommands(program: Command, { open, print }: Needs): void {
  program
    .command('explain')
    .argument('[code-or-request]', 'a code such as PRT-1203, or the request number from a page of trouble')
    .description('Say what a code means, or why a person could not sign in; alone, print the whole catalogue')
    .action((asked?: string) => {
      if (asked === undefined) return print(CODES.map((code) => catalogue(code).join('\n')).join('\n\n\n'))
      const code = asked.toUpperCase()
      if (isTroubleCode(code)) return print(catalogue(code).join('\n'))
      if (/^PRT-?\d*$/.test(code)) throw new CommandRefused(`There is no code ${asked}; they look like PRT-1203.`)
      return opened(open, async (parts) => {
        const { entries, around } = await story(parts, asked)
        for (const line of tell(entries, around)) print(line)
        if (entries.length === 0) process.exitCode = 1
      })
    })
}

/** The entry of the printed catalogue: for the help desk, then what the person reads in each language. */
export function catalogue(code: TroubleCode): string[] {
  const { status, meaning } = TROUBLE[code]
  const pages = LANGUAGES.flatMap((language) => {
    const { title, happened, not, now } = troubleIn(language, code)
    // ¦ marks where a title may break; a sentence that names a time is shown without one.
    return [
      '',
      `[${language}] ${title.replaceAll('¦', '')}`,
      `     ${happened}`,
      ...(not ? [`     ${not}`] : []),
      `     ${worded(now, {})}`,
    ]
  })
  return [`${code} (HTTP ${status})`, meaning, ...pages]
}

/** The entries of the request and, where somebody was refused, what the record says of the same person around it. */
async function story({ db, auditReading, persons, credentials, actor }: Parts, request: string) {
  const entries = await auditReading.read(db, actor, { request, persons: true, reason: 'explain' })
  const refused = entries.findLast(({ type }) => type === 'sign-in.refused' || type === 'credential.activation-refused')
  if (!refused?.person) return { entries, around: undefined }
  const key = personKey(refused.person)
  const since = new Date(refused.at.getTime() - HOUR)
  const around: Around = {
    others: await auditReading.read(db, actor, { person: key, since, limit: 1_000 }),
    status: (await persons.get(db, key))?.status,
    enrolled: (await credentials.find(db, key, 'totp'))?.enrolledAt,
  }
  return { entries, around }
}
