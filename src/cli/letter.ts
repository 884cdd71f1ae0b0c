import { open as openFile, readFile, rm } from 'node:fs/promises'
import { letterPage } from '../../views/portal/letter.ts'
import type { Language } from '../identity/language.ts'
import { displayActivationCode } from '../persons/activation-code.ts'
import type { Letter } from '../persons/credentials.ts'
import type { Person } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'

// A letter with an activation code, as a file for the printer, written in the transaction that puts it in force.

export interface LetterParts {
  readonly db: Db
  readonly clock: Clock
  readonly config: {
    readonly issuer: string
    readonly helpPhone: string
    readonly timeZone: string
    readonly profile: string
  }
}

const SPOKEN: Readonly<Record<string, Language>> = { TH: 'th', EE: 'et' }

/**
 * @param out must not exist yet; is taken away again where `make` fails.
 * @param make of its `scheme` is the language that the letter speaks where the person has chosen none.
 */
export async function writeLetter<
  Made extends { readonly letter: Letter; readonly person: Person; readonly scheme: string },
>({ db, clock, config }: LetterParts, out: string, make: (tx: Db) => Promise<Made>): Promise<Made> {
  const css = await readFile(new URL('../../views/portal/letter.css', import.meta.url), 'utf8')
  // The file first: a letter that is in force and nowhere on paper would put an earlier one out of force for nothing.
  const file = await openFile(out, 'wx', 0o600)
  try {
    return await transaction(db, async (tx) => {
      const made = await make(tx)
      const { letter, person, scheme } = made
      const page = letterPage.render(
        {
          to: [nameOf(person)],
          code: displayActivationCode(letter.code),
          issued: clock.now(),
          until: letter.expires.getTime(),
          address: `${config.issuer}/activate`,
        },
        {
          language: person.language ?? SPOKEN[scheme] ?? 'en',
          timeZone: config.timeZone,
          helpPhone: config.helpPhone,
          demo: config.profile === 'demo',
          css,
        },
      )
      await file.writeFile(page)
      await file.sync()
      return made
    })
  } catch (error) {
    await rm(out, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

const nameOf = ({ names: { given, family, givenLatin, familyLatin } }: Person): string =>
  [given, family].filter(Boolean).join(' ') || [givenLatin, familyLatin].filter(Boolean).join(' ')
