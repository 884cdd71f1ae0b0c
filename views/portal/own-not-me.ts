import type { MethodId } from '../../src/identity/identifiers.ts'
import { broken, html } from '../html.ts'
import { type Frame, layout, type Page } from '../layout.ts'
import { lineText, meansNames, type OwnLine, SAMPLE_LINES } from '../own-lines.ts'
import { wordsIn } from '../words/words.ts'

/** "This was not me": what it is about, and what will be done at once. */
export interface OwnNotMeInput {
  readonly action: string
  /** Absent where it is said by the link of a notice: there is nothing to go back to. */
  readonly back?: string | undefined
  readonly about: OwnLine
  /** What was entered is ended: that one, or all of it. */
  readonly ends: 'that' | 'all' | 'nothing'
  readonly blocks?: MethodId | undefined
}

function render({ action, back, about, ends, blocks }: OwnNotMeInput, frame: Frame): string {
  const { notMe } = wordsIn(frame.language).own
  const asks = about.by === 'official'
  const words = asks ? notMe.ask : notMe
  const lead = asks ? notMe.ask.lead : back === undefined ? notMe.linkLead : notMe.lead
  const done = [
    ...(ends === 'that' ? [notMe.ends] : ends === 'all' ? [notMe.endsAll] : []),
    ...(blocks ? [notMe.blocks(meansNames([blocks], frame))] : []),
    notMe.case,
  ]
  return layout(frame, {
    title: words.title,
    body: html`<h1>${broken(words.title)}</h1>
<div class="sheet">${lineText(about, frame)}</div>
<p class="lead">${lead}</p>
${asks ? undefined : html`<ul class="steps">${done.map((one) => html`<li>${one}</li>`)}</ul>`}
<form method="post" action="${action}">
<div class="acts"><button type="submit" class="act grave" id="not-me">${words.act}</button>
${back === undefined ? undefined : html`<a class="act quiet" id="keep" href="${back}">${words.keep}</a>`}</div>
</form>`,
  })
}

const [signIn, , look] = SAMPLE_LINES as [OwnLine, OwnLine, OwnLine]
export const ownNotMePage: Page<OwnNotMeInput> = {
  render,
  samples: {
    'a sign-in': {
      input: { action: '/me/not-me/1', back: '/me/history', about: signIn, ends: 'that', blocks: 'thaid' },
    },
    'by a link': { input: { action: '/n/1', about: { ...signIn, type: 'new-device' }, ends: 'all', blocks: 'thaid' } },
    'an official’s look-up': { input: { action: '/me/not-me/3', back: '/me/history', about: look, ends: 'nothing' } },
  },
}
