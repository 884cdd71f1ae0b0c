// What the forms of the service have in common: the summary above a form that did not go through, and the fields that
// say who somebody is. An input in trouble gets the focus and names the summary as its description.
import { isScheme, SCHEMES } from '../src/identity/person-id.ts'
import type { TroubleCode } from '../src/identity/trouble.ts'
import { attr, html, type Markup, unbroken } from './html.ts'
import type { Frame } from './layout.ts'
import { say, type Trouble } from './trouble-words.ts'
import { troubleIn, wordsIn } from './words/words.ts'

// Where the focus goes when the method named no field: to what is most likely to be typed again.
const LIKELY: Partial<Record<TroubleCode, string>> = {
  'PRT-1201': 'code',
  'PRT-1202': 'code',
  'PRT-1205': 'person_code',
  'PRT-1206': 'code',
  'PRT-1501': 'code',
  'PRT-1701': 'phone',
}

/** Nothing was tried, so nothing is on record: the help desk would look up such a request in vain. */
const SLIPS: readonly TroubleCode[] = [
  ...(['PRT-1205', 'PRT-1206', 'PRT-1701', 'PRT-2006', 'PRT-2023'] as const),
  // On the citizen's own page: only what has changed something is on record.
  ...(['PRT-2007', 'PRT-2008', 'PRT-2220', 'PRT-2224', 'PRT-2226', 'PRT-2227'] as const),
]

export function summary(trouble: Trouble | undefined, frame: Frame): Markup | undefined {
  if (!trouble) return undefined
  const said = say(trouble, frame)
  const words = wordsIn(frame.language).trouble
  const request = SLIPS.includes(trouble.code) ? undefined : frame.requestId
  return html`<div class="sheet trouble brief" role="alert" id="trouble">
<p><b>${unbroken(said.title)}</b></p>
<p>${said.happened} ${said.not}</p>
${said.reason ? html`<p class="reason">${said.reason}</p>` : undefined}
<p>${said.now}${said.left ? html` <b>${said.left}</b>` : undefined}</p>
<p class="ref"><span>${words.code} <b>${trouble.code}</b></span>${request ? html` <span>${words.request} <b class="id">${request}</b></span>` : undefined}</p>
</div>`
}

export interface Field {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly value?: string | undefined
  readonly numeric: boolean
  /** Another keypad than that of digits. */
  readonly keypad?: 'tel'
  readonly autocomplete: string
  /** Looks of the input: `code` spaces the digits out. */
  readonly look?: 'code' | 'letter'
  /** Nobody who looks over a shoulder shall read it. */
  readonly secret?: boolean
  /** Generous: spaces and hyphens count, and a text cut short by the browser would be a wrong one. */
  readonly maxlength: number
}

export function field(field: Field, trouble: Trouble | undefined, frame: Frame): Markup {
  const { name, label, hint, look, value } = field
  const wrong = trouble && (trouble.field ?? LIKELY[trouble.code]) === name ? trouble : undefined
  return html`<div class="field">
<label for="${name}">${label}</label>
<p class="hint" id="${`${name}-hint`}">${hint}</p>
${wrong ? html`<p class="wrong" id="${`${name}-wrong`}">${unbroken(troubleIn(frame.language, wrong.code).title)}</p>` : undefined}
<input id="${name}" name="${name}" type="${field.secret ? 'password' : 'text'}"${attr('class', look)}${attr('inputmode', field.keypad ?? (field.numeric ? 'numeric' : undefined))} autocomplete="${field.autocomplete}" autocapitalize="off" spellcheck="false" maxlength="${field.maxlength}" required aria-describedby="${wrong ? `${name}-wrong ${name}-hint` : `${name}-hint`}"${attr('value', value)}${wrong ? html` aria-invalid="true" autofocus` : undefined}>
</div>`
}

/** A code that works once: spaced out, and offered by the browser of a telephone that has just received it. */
export const codeField = (
  said: Pick<Field, 'label' | 'hint' | 'value'>,
  trouble: Trouble | undefined,
  frame: Frame,
): Markup =>
  field(
    { name: 'code', numeric: true, autocomplete: 'one-time-code', look: 'code', maxlength: 20, ...said },
    trouble,
    frame,
  )

export interface WhoInput {
  /** Schemes on offer, the default first; with one there is no choice to make. */
  readonly schemes: readonly string[]
  /** What was typed last, given back so that nobody types it twice. */
  readonly typed?: { readonly scheme?: string; readonly personCode?: string; readonly code?: string } | undefined
}

/** The person code, and before it the choice of its country where several are on offer. */
export function whoFields({ schemes, typed }: WhoInput, trouble: Trouble | undefined, frame: Frame): Markup {
  const words = wordsIn(frame.language)
  const offered = schemes.filter(isScheme)
  const [first] = offered
  const only = first !== undefined && offered.length === 1 ? words.schemes[first] : words.person
  const choice = offered.map(
    (scheme) =>
      html`<option value="${scheme}"${attr('selected', scheme === typed?.scheme ? true : undefined)}>${words.schemes[scheme].country}</option>`,
  )
  const select = html`<div class="field">
<label for="scheme">${words.person.scheme}</label>
<select id="scheme" name="scheme">${choice}</select>
</div>`
  return html`${offered.length > 1 ? select : undefined}
${field(
  {
    name: 'person_code',
    label: only.code,
    hint: only.hint,
    value: typed?.personCode,
    // A keypad without letters would shut out every scheme that has some.
    numeric: offered.every((scheme) => SCHEMES[scheme].hint.numeric),
    autocomplete: 'username',
    maxlength: 64,
  },
  trouble,
  frame,
)}`
}
