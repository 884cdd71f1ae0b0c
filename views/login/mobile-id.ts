import { countryPrefix } from '../../src/identity/phone-number.ts'
import { field, summary, type WhoInput, whoFields } from '../fields.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'
import { leaveButton } from './leave.ts'

/** Who it is and whose telephone rings; the number to compare comes on the page after it (wait.ts). */
export interface MobileIdInput extends Omit<WhoInput, 'typed'> {
  /** Where the form posts `scheme` (with several), `person_code` and `phone`, or `cancel=1`. */
  readonly action: string
  readonly typed?: (WhoInput['typed'] & { readonly phone?: string }) | undefined
  readonly trouble?: Trouble | undefined
  /** Where another means can be chosen, if there is one. */
  readonly others?: string | undefined
}

/** Nobody's number, with the country that is offered first. */
const example = ([scheme = '']: readonly string[]): string => `${countryPrefix(scheme) ?? '+372'} 00 000 0000`

function render(input: MobileIdInput, frame: Frame): string {
  const { acts, mobileId: words } = wordsIn(frame.language)
  const { trouble, others } = input
  const phone = {
    name: 'phone',
    label: words.phone.label,
    hint: words.phone.hint(example(input.schemes)),
    value: input.typed?.phone,
    // The keypad of a telephone has the plus.
    keypad: 'tel',
    numeric: true,
    autocomplete: 'tel',
    maxlength: 40,
  } as const
  return layout(frame, {
    title: words.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(words.title)}</h1>
${summary(trouble, frame)}
<form method="post" action="${input.action}" class="sheet">
<p>${words.lead}</p>
${whoFields(input, trouble, frame)}
${field(phone, trouble, frame)}
<div class="acts">
<button type="submit" class="act" id="continue">${words.act}</button>
${others === undefined ? undefined : html`<a class="act quiet" id="others" href="${others}">${acts.other}</a>`}
${leaveButton(frame)}
</div>
</form>`,
  })
}

const action = '/login/sample/mobile-id'
const others = '/login/sample'
const now = Date.parse('2026-11-21T02:41:00Z')
const typed = { scheme: 'TH', personCode: '1 9999 00001 01 0', phone: '01 0000 0101' }

export const mobileIdPage: Page<MobileIdInput> = {
  render,
  samples: {
    first: { input: { action, schemes: ['TH'], others } },
    'the only way': { input: { action, schemes: ['EE'] } },
    'phone mistyped': {
      input: { action, schemes: ['TH', 'EE'], others, typed, trouble: { code: 'PRT-1701', field: 'phone' } },
    },
    'asked too often': {
      input: {
        action,
        schemes: ['TH', 'EE'],
        others,
        typed,
        trouble: { code: 'PRT-2401', values: { seconds: 480, until: now + 480_000 } },
      },
      frame: { now, requestId: 'k2Rc4gAdFqruO1VCZObpug' },
    },
  },
}
