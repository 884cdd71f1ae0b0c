import { METHOD_IDS, type MethodId } from '../../src/identity/identifiers.ts'
import { summary } from '../fields.ts'
import { attr, broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { say, type Trouble } from '../trouble-words.ts'
import { wordsIn } from '../words/words.ts'

/** Which ways may let the person in. */
export interface OwnWaysInput {
  /** Where `way-<id>=1` is posted for each that is open, and `later=1`. */
  readonly action: string
  readonly back: string
  readonly ways: readonly { readonly id: MethodId; readonly open: boolean }[]
  readonly later: boolean
  readonly trouble?: Trouble | undefined
}

function render({ action, back, ways, later, trouble }: OwnWaysInput, frame: Frame): string {
  const words = wordsIn(frame.language)
  const { blocks } = words.me
  const tick = (name: string, on: boolean, title: string, small: string) =>
    html`<label for="${name}"><input type="checkbox" id="${name}" name="${name}" value="1"${attr('checked', on || undefined)}><span>${title}<small>${small}</small></span></label>`
  return layout(frame, {
    title: blocks.title,
    trouble: trouble && say(trouble, frame).title,
    body: html`<h1>${broken(blocks.title)}</h1>
<p class="lead">${blocks.lead}</p>
${summary(trouble, frame)}
<form method="post" action="${action}" class="sheet">
<div class="ticks" role="group" aria-label="${words.me.ways.title}">
${ways.map(({ id, open }) => tick(`way-${id}`, open, words.methods[id].title, words.methods[id].small))}
${tick('later', later, blocks.later.title, blocks.later.small)}
</div>
<div class="acts"><button type="submit" class="act" id="continue">${blocks.act}</button>
<a class="act quiet" id="back" href="${back}">${words.me.back}</a></div>
</form>`,
  })
}

const base = { action: '/me/ways', back: '/me', later: true }
export const ownWaysPage: Page<OwnWaysInput> = {
  render,
  samples: {
    'all open': { input: { ...base, ways: METHOD_IDS.map((id) => ({ id, open: true })) } },
    'only the card': {
      input: { ...base, later: false, ways: METHOD_IDS.map((id) => ({ id, open: id === 'smart-card' })) },
    },
    'none left': {
      input: { ...base, ways: METHOD_IDS.map((id) => ({ id, open: false })), trouble: { code: 'PRT-2226' } },
    },
  },
}
