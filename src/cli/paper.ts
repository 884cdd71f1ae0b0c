import { readFile } from 'node:fs/promises'
import type { Language } from '../identity/language.ts'
import type { Person } from '../persons/person.ts'
import type { Clock } from '../platform/clock.ts'
import { type Db, transaction } from '../platform/db.ts'
import { inNewFile } from './new-file.ts'

// What a command puts on paper for one person: a page that stands alone in a new file, readable by the operator alone.

export interface PaperParts {
  readonly db: Db
  readonly clock: Clock
  readonly config: {
    readonly issuer: string
    readonly helpPhone: string
    readonly timeZone: string
    readonly profile: string
  }
}

export interface Paper {
  readonly language: Language
  readonly timeZone: string
  readonly helpPhone: string
  readonly demo: boolean
  readonly css: string
}

const SPOKEN: Readonly<Record<string, Language>> = { TH: 'th', EE: 'et' }

/**
 * @param sheet the file in views/portal.
 * @param make in one transaction with the writing: what is in force is on paper, and the other way round.
 * @throws CommandRefused where the file is there already; nothing was done then.
 */
export async function onPaper<Made extends { readonly person: Person; readonly scheme: string }>(
  { db, config }: PaperParts,
  { out, sheet }: { readonly out: string; readonly sheet: string },
  make: (tx: Db) => Promise<Made>,
  render: (made: Made, paper: Paper) => string,
): Promise<Made> {
  const css = await readFile(new URL(`../../views/portal/${sheet}`, import.meta.url), 'utf8')
  return inNewFile(out, { mode: 0o600, taken: `${out} exists already: name another with --out.` }, (file) =>
    transaction(db, async (tx) => {
      const made = await make(tx)
      const { person, scheme } = made
      const { timeZone, helpPhone, profile } = config
      const language = person.language ?? SPOKEN[scheme] ?? 'en'
      await file.writeFile(render(made, { language, timeZone, helpPhone, demo: profile === 'demo', css }))
      await file.sync()
      return made
    }),
  )
}

export const nameOf = ({ names: { given, family, givenLatin, familyLatin } }: Person): string =>
  [given, family].filter(Boolean).join(' ') || [givenLatin, familyLatin].filter(Boolean).join(' ')
