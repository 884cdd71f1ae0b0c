import type { GoOnInput } from '../../../views/login/go-on.ts'
import type { Language } from '../../identity/language.ts'
import { Problem } from '../../identity/trouble.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Persons } from '../../persons/person.ts'
import type { Db } from '../../platform/db.ts'

/**
 * The question whether it is who is signed in that sits there, for agencies whose agreement wants it asked.
 * @throws Problem PRT-1001 when nobody is signed in any more.
 */
export type GoOnQuestion = (
  interaction: Interaction,
) => Promise<{ readonly question: Pick<GoOnInput, 'name' | 'agency'>; readonly language: Language | undefined }>

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'get'>
}

export function openGoOnQuestion({ db, persons }: Needs): GoOnQuestion {
  return async ({ signedInAs, client }) => {
    const person = signedInAs && (await persons.get(db, signedInAs))
    if (!person) throw new Problem('PRT-1001')
    const { given, givenLatin, family, familyLatin } = person.names
    const name = [given ?? givenLatin, family ?? familyLatin].filter(Boolean).join(' ')
    return { question: { name, agency: { name: client.name } }, language: person.language }
  }
}
