// What went wrong, in the person's words: the same text on a page of its own and above a form.
import type { Words } from '../src/identity/language.ts'
import type { TroubleCode } from '../src/identity/trouble.ts'
import { opens } from './dates.ts'
import type { Frame } from './layout.ts'
import { troubleIn, worded, wordsIn } from './words/words.ts'

/** As a Problem or a method's Refusal carries it. `values`: `left` tries, `until` in epoch milliseconds. */
export interface Trouble {
  readonly code: TroubleCode
  /** The name of the input it belongs to, where there is one. */
  readonly field?: string | undefined
  readonly values?: Readonly<Record<string, string | number>> | undefined
  /** An operator's own words to the person. */
  readonly reason?: Words | undefined
}

export interface Said {
  readonly title: string
  readonly happened: string
  readonly reason: string | undefined
  readonly not: string | undefined
  readonly now: string
  /** How many tries are left, or from when the next one counts. */
  readonly left: string | undefined
}

export function say({ code, values = {}, reason }: Trouble, { language, timeZone, now }: Frame): Said {
  const words = troubleIn(language, code)
  const { left, until } = values
  const { trouble, code: onCodes } = wordsIn(language)
  const when = typeof until === 'number' ? opens(until, now, language, timeZone, trouble.from) : undefined
  const told = worded(words.now, { when })
  return {
    title: words.title,
    happened: words.happened,
    reason: reason?.[language],
    not: words.not,
    now: told,
    left:
      typeof left === 'number' && left > 0
        ? onCodes.left(left)
        : // A wait that this very try has begun, unless the sentence has said so already.
          when !== undefined && !told.includes(when)
          ? onCodes.wait(when)
          : undefined,
  }
}
