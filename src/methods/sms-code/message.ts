import { shortest } from '../../formats/short-message.ts'
import type { Language, Words } from '../../identity/language.ts'

// What stands in a text message. The words are handed over (views/words), each longest first: the first that fits into
// one message is sent.

export interface MessageWords {
  /** Code and agency. */
  readonly code: readonly [CodeText, ...CodeText[]]
}
type CodeText = (code: string, agency: string) => string

/** An agency's own name, in one line and not for ever. */
const LONGEST_NAME = 60

/**
 * The last line lets the browser of this very address fill the code in, and no other (W3C "origin-bound one-time codes"):
 * a page that only looks like ours doesn't get it.
 */
export function codeMessage(
  words: MessageWords,
  {
    code,
    towards,
    language,
    host,
  }: { readonly code: string; readonly towards: Words; readonly language: Language; readonly host: string },
): string {
  const agency = towards[language].replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_NAME)
  const [first, ...others] = words.code.map((text) => `${text(code, agency)}\n@${host} #${code}`)
  return shortest([first!, ...others])
}
