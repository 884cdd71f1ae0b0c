import { html } from '../html.ts'
import type { Frame, Page } from '../layout.ts'
import { type ChannelInput, renderChannel } from '../own-channel.ts'
import { wordsIn } from '../words/words.ts'

/** Where somebody is written to; `address` is posted first, and `remove=1` takes it away. */
export interface OwnMailInput extends ChannelInput {
  /** The address in force, masked. */
  readonly now?: string | undefined
  /** What was typed last. */
  readonly typed?: string | undefined
}

function render(input: OwnMailInput, frame: Frame): string {
  const { mail: words } = wordsIn(frame.language).own
  const { now, typed } = input
  const asks = {
    name: 'address',
    label: words.label,
    hint: words.hint,
    value: typed,
    numeric: false,
    autocomplete: 'email',
    maxlength: 254,
  } as const
  const inForce =
    now === undefined
      ? {}
      : {
          above: html`<p class="aside" id="now">${words.now(now)} ${words.replaces}</p>`,
          act: html`<button type="submit" class="act grave" id="remove" name="remove" value="1" formnovalidate>${words.remove}</button>`,
        }
  return renderChannel(input, words, { asks, ...inForce }, frame)
}

const base = { action: '/me/mail', back: '/me' }
export const ownMailPage: Page<OwnMailInput> = {
  render,
  samples: {
    first: { input: base },
    another: { input: { ...base, now: 'so•••@example.org' } },
    sent: { input: { ...base, sentTo: 'so•••@example.org' } },
    'no address': { input: { ...base, typed: 'somchai', trouble: { code: 'PRT-2230', field: 'address' } } },
    'wrong code': {
      input: {
        ...base,
        sentTo: 'so•••@example.org',
        trouble: { code: 'PRT-2231', field: 'code', values: { left: 4 } },
      },
    },
  },
}
