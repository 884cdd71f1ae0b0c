import { keeping } from '../dates.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { linesList, type OwnLine, SAMPLE_LINES } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

/** A page of what was done in somebody's name; or of who looked their entry up. */
export interface OwnHistoryInput {
  readonly what: 'all' | 'looks'
  readonly lines: readonly OwnLine[]
  /** For how many days lines are kept. */
  readonly keptDays: number
  /** For how long a law may keep a look-up back; 0: none is. */
  readonly delayDays: number
  readonly older?: string | undefined
  readonly newest?: string | undefined
  readonly back: string
}

function render(input: OwnHistoryInput, frame: Frame): string {
  const { language } = frame
  const { me, own } = wordsIn(language)
  const looks = input.what === 'looks'
  const title = looks ? own.looks.title : own.history.title
  const lead = looks ? own.looks.lead : own.history.lead(keeping(input.keptDays, language))
  const none = looks ? own.looks.none : own.history.none
  return layout(frame, {
    title,
    body: html`<h1>${broken(title)}</h1>
<p class="lead">${lead}</p>
<div class="sheet">
${input.lines.length > 0 ? linesList(input.lines, frame) : html`<p id="none">${none}</p>`}
</div>
${looks && input.delayDays > 0 ? html`<p class="aside">${own.looks.delayed(keeping(input.delayDays, language))}</p>` : undefined}
<nav class="acts" aria-label="${title}">
${input.older === undefined ? undefined : html`<a class="act" id="older" rel="next" href="${input.older}">${own.history.older}</a>`}
${input.newest === undefined ? undefined : html`<a class="act quiet" id="newest" href="${input.newest}">${own.history.newest}</a>`}
<a class="act quiet" id="back" href="${input.back}">${me.back}</a></nav>`,
  })
}

const base = { keptDays: 730, delayDays: 0, back: '/me' }
export const ownHistoryPage: Page<OwnHistoryInput> = {
  render,
  samples: {
    'a page in between': {
      input: { ...base, what: 'all', lines: SAMPLE_LINES, older: '/me/history?before=1', newest: '/me/history' },
    },
    nothing: { input: { ...base, what: 'all', lines: [] } },
    'look-ups': {
      input: { ...base, what: 'looks', lines: SAMPLE_LINES.filter(({ by }) => by === 'official'), delayDays: 365 },
    },
    'no look-ups': { input: { ...base, what: 'looks', lines: [] } },
  },
}
