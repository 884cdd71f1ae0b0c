// The quiet way out of every step of a sign-in: says where it leads, and asks for nothing to be filled in first.
import { broken, html, type Markup } from '../html.ts'
import type { Frame } from '../layout.ts'
import { wordsIn } from '../words/words.ts'

export function leaveButton({ language, towards }: Frame): Markup {
  const { acts } = wordsIn(language)
  const label = towards ? acts.cancelTo(towards.name[language]) : acts.cancel
  return html`<button type="submit" class="act quiet" id="cancel" name="cancel" value="1" formnovalidate>${broken(label)}</button>`
}
