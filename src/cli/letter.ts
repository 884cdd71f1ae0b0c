import { letterPage } from '../../views/portal/letter.ts'
import { displayActivationCode } from '../persons/activation-code.ts'
import type { Letter } from '../persons/credentials.ts'
import type { Person } from '../persons/person.ts'
import type { Db } from '../platform/db.ts'
import { nameOf, onPaper, type PaperParts } from './paper.ts'

// A letter with an activation code, as a file for the printer, written in the transaction that puts it in force.

export type LetterParts = PaperParts

/**
 * @param out must not exist yet; is taken away again where `make` fails.
 * @param make of its `scheme` is the language that the letter speaks where the person has chosen none.
 */
export const writeLetter = <Made extends { readonly letter: Letter; readonly person: Person; readonly scheme: string }>(
  parts: LetterParts,
  out: string,
  make: (tx: Db) => Promise<Made>,
): Promise<Made> =>
  onPaper(parts, { out, sheet: 'letter.css' }, make, ({ letter, person }, paper) =>
    letterPage.render(
      {
        to: [nameOf(person)],
        code: displayActivationCode(letter.code),
        issued: parts.clock.now(),
        until: letter.expires.getTime(),
        address: `${parts.config.issuer}/activate`,
      },
      paper,
    ),
  )
