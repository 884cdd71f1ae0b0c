import type { Proof } from '../identity/proof.ts'
import type { Person } from '../persons/person.ts'

// Whether the names that a means carries are the register's. Only ever a note in the audit: people marry, registers lag
// behind, and cards are printed by other rules than registers are kept by.

/**
 * @returns undefined where there is nothing to compare: the means has no names, or has them in a script in which the
 *   register knows none.
 */
export function sameNames({ names: shown }: Proof, { names }: Person): boolean | undefined {
  const card = wordsOf(shown?.given, shown?.family)
  if (card.length === 0) return undefined
  const known = [wordsOf(names.given, names.family), wordsOf(names.givenLatin, names.familyLatin)]
  const comparable = known.filter((words) => words.length > 0 && isLatin(words) === isLatin(card))
  if (comparable.length === 0) return undefined
  return comparable.some((words) => words.join(' ') === card.join(' '))
}

const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  æ: 'ae',
  œ: 'oe',
  þ: 'th',
  ı: 'i',
}

/** Small letters without accents, in alphabetical order: `Mari-Liis MÄNNIK` and `MÄNNIK, MARI LIIS` are the same. */
function wordsOf(...parts: readonly (string | undefined)[]): string[] {
  const text = parts
    .filter((part) => part !== undefined)
    .join(' ')
    .normalize('NFKD')
    .toLowerCase()
  // Accents of Latin letters only: a Thai vowel is a mark too, and no accent.
  const plain = text.replace(/[\u0300-\u036f]/g, '').replace(/[ßøđðłæœþı]/g, (letter) => LETTERS[letter]!)
  return (plain.match(/[\p{L}\p{M}]+/gu) ?? []).sort()
}

const isLatin = (words: readonly string[]): boolean => words.every((word) => /^\p{Script=Latin}+$/u.test(word))
