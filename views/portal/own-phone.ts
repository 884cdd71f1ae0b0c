import type { Frame, Page } from '../layout.ts'
import { type ChannelInput, renderChannel } from '../own-channel.ts'
import { wordsIn } from '../words/words.ts'

/** A telephone number for codes; `phone` is posted first. */
export interface OwnPhoneInput extends ChannelInput {
  readonly replaces: boolean
  /** What was typed last. */
  readonly phone?: string | undefined
}

function render(input: OwnPhoneInput, frame: Frame): string {
  const { phone: words } = wordsIn(frame.language).me
  const asks = {
    name: 'phone',
    label: words.number,
    hint: words.numberHint,
    value: input.phone,
    numeric: false,
    autocomplete: 'tel',
    maxlength: 30,
  } as const
  return renderChannel(input, words, { asks, lead: input.replaces ? words.replaces : undefined }, frame)
}

const base = { action: '/me/add/sms-code', back: '/me' }
export const ownPhonePage: Page<OwnPhoneInput> = {
  render,
  samples: {
    first: { input: { ...base, replaces: false } },
    'another number': { input: { ...base, replaces: true } },
    sent: { input: { ...base, replaces: false, sentTo: '5678' } },
    'wrong code': {
      input: {
        ...base,
        replaces: true,
        sentTo: '5678',
        trouble: { code: 'PRT-2220', field: 'code', values: { left: 4 } },
      },
    },
    'not a number': { input: { ...base, replaces: false, phone: '12', trouble: { code: 'PRT-2220', field: 'phone' } } },
  },
}
