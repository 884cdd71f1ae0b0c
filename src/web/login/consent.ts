import type { ConsentInput, Shown } from '../../../views/login/consent.ts'
import type { Agreement } from '../../disclosure/agreements.ts'
import { CLAIMS, type ClaimName } from '../../disclosure/claims.ts'
import type { Disclosure } from '../../disclosure/disclosure.ts'
import type { Json } from '../../identity/json.ts'
import type { Language } from '../../identity/language.ts'
import { displayPersonId } from '../../identity/person-id.ts'
import { Problem } from '../../identity/trouble.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Person, Persons } from '../../persons/person.ts'
import type { Db } from '../../platform/db.ts'

// The question before data leave on the ground of consent: what exactly, to whom, what for. The citizen sees the values
// themselves, also those that the law sends without asking, so that the page tells the whole of it.

/** @throws Problem PRT-1001 when nobody is signed in any more, PRT-1301 when the agreement has ended meanwhile. */
export type ConsentQuestion = (
  interaction: Interaction,
) => Promise<{ readonly question: Omit<ConsentInput, 'action'>; readonly language: Language | undefined }>

export interface Needs {
  readonly db: Db
  readonly persons: Pick<Persons, 'get'>
  readonly disclosure: Pick<Disclosure, 'weigh'>
}

export function openConsentQuestion({ db, persons, disclosure }: Needs): ConsentQuestion {
  return async ({ signedInAs, requested, client }) => {
    const person = signedInAs && (await persons.get(db, signedInAs))
    if (!person) throw new Problem('PRT-1001')
    const { ask, release, agreement } = await disclosure.weigh(db, { client, person, requested })
    if (!agreement) throw new Problem('PRT-1301')
    const anyway = Object.entries(release).filter(([name]) => groundOf(agreement, name)?.ground !== 'consent')
    const question = {
      agency: client.agency.name,
      asked: Object.entries(ask).map(([name, value]) => shown(name as ClaimName, value, person)),
      anyway: anyway.map(([name, value]) => ({
        ...shown(name as ClaimName, value, person),
        provision: groundOf(agreement, name)?.reference,
      })),
      purpose: agreement.purpose,
      officer: agreement.officer,
    }
    return { question, language: person.language }
  }
}

const groundOf = (agreement: Agreement, claim: string) =>
  agreement.claims.find(({ names }) => (names as readonly string[]).includes(claim))

function shown(name: ClaimName, value: Json | undefined, person: Person): Shown {
  const { label } = CLAIMS[name]
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (name === 'birthdate') return { label, value: person.birthDate ?? text, kind: 'date' }
  if (name === 'person_code') {
    const own = person.identifiers.find(({ code }) => code === value)
    return { label, value: own ? displayPersonId(own.scheme, own.code) : text }
  }
  return { label, value: text }
}
